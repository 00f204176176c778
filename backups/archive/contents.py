"""Format of a backup: one tar file, encrypted if keys are configured (``encryption``), with

manifest.json   time, row counts, size and SHA-256 of the other parts
database.dump   pg_dump's custom format
media.tar.gz    the uploaded files; absent if they are not stored in a local folder

It can be restored by hand: ``age -d``, ``tar -x``, ``pg_restore``.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage

from backups.errors import BackupUnusable

FORMAT = 1
MANIFEST, DUMP, MEDIA = "manifest.json", "database.dump", "media.tar.gz"
READ_BYTES = 1024 * 1024
MANIFEST_BYTES_MAX = 4 * 1024 * 1024
# A fast level: pictures do not compress.
GZIP_LEVEL = 3


@dataclass(frozen=True)
class Part:
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Manifest:
    started_at: str
    row_counts: dict[str, int]  # by table
    media_files: int | None  # None: media are stored elsewhere
    witnesses: dict[str, str]  # values of checks at that time, see ``verification``
    parts: dict[str, Part]
    format: int = FORMAT


def digest(file: IO[bytes] | File[bytes]) -> Part:
    """Read in chunks from the current position."""
    sha256, size_bytes = hashlib.sha256(), 0
    while chunk := file.read(READ_BYTES):
        sha256.update(chunk)
        size_bytes += len(chunk)
    return Part(sha256.hexdigest(), size_bytes)


def digest_of(path: Path) -> Part:
    with path.open("rb") as file:
        return digest(file)


def media_folder() -> Path | None:
    """Folder of uploads; None if another service stores them."""
    if not isinstance(default_storage, FileSystemStorage):
        return None
    return Path(default_storage.location)


def pack_media(target: Path) -> int | None:
    """Write every uploaded file to ``target``; returns how many, None when there is no folder."""
    folder = media_folder()
    if folder is None:
        return None
    with tarfile.open(target, "w:gz", compresslevel=GZIP_LEVEL) as tar:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for file in files:
            tar.add(file, arcname=str(file.relative_to(folder)), recursive=False)
    return len(files)


def unpack_media(packed: Path, folder: Path) -> int:
    folder.mkdir(parents=True)
    with tarfile.open(packed, "r:gz") as tar:
        tar.extractall(folder, filter="data")
    return sum(1 for path in folder.rglob("*") if path.is_file())


def pack(target: Path, folder: Path, manifest: Manifest) -> None:
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True))
    with tarfile.open(target, "w") as tar:
        for name in (MANIFEST, *manifest.parts):
            tar.add(folder / name, arcname=name)


def unpack(packed: Path, folder: Path) -> Manifest:
    """Extract the parts to ``folder``. Raises BackupUnusable unless all are intact."""
    try:
        with tarfile.open(packed, "r:") as tar:
            members = {member.name: member for member in tar}
            manifest = _manifest(tar, members.pop(MANIFEST, None))
            for name, part in manifest.parts.items():
                if name not in members:
                    raise BackupUnusable(f"{name} is missing from it")
                if _extract(tar, members[name], folder / name) != part:
                    raise BackupUnusable(f"{name} in it is not what was backed up")
    except (tarfile.TarError, EOFError) as error:
        raise BackupUnusable(f"it is cut short or no backup at all: {error}") from error
    if DUMP not in manifest.parts:
        raise BackupUnusable("it names no database dump")
    if (manifest.media_files is not None) != (MEDIA in manifest.parts):
        raise BackupUnusable("its list of parts and its media do not agree")
    return manifest


def _manifest(tar: tarfile.TarFile, member: tarfile.TarInfo | None) -> Manifest:
    if member is None or not member.isfile() or member.size > MANIFEST_BYTES_MAX:
        raise BackupUnusable("it has no manifest")
    content = tar.extractfile(member)
    try:
        fields: dict[str, Any] = json.loads(content.read() if content else b"")
        if fields["format"] != FORMAT:
            raise BackupUnusable(f"its format is {fields['format']}, this program reads {FORMAT}")
        parts = {name: Part(**part) for name, part in fields.pop("parts").items()}
        if not set(parts) <= {DUMP, MEDIA}:
            raise BackupUnusable("its manifest names unknown parts")
        return Manifest(**fields, parts=parts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupUnusable(f"its manifest cannot be read: {error}") from error


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> Part:
    content = tar.extractfile(member) if member.isfile() else None
    if content is None:
        raise BackupUnusable(f"{member.name} in it is no file")
    with target.open("wb") as file:
        while chunk := content.read(READ_BYTES):
            file.write(chunk)
    return digest_of(target)
