"""Opening and restoring backups: into a new database, verified there, then swapped in.

Nothing in use is changed before the copy is verified, and the replaced data is kept under a dated
name.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.files.storage import Storage, storages
from django.db import DatabaseError

from backups import postgres, verification
from backups.archive import contents, encryption
from backups.archive.contents import Manifest, Part
from backups.errors import BackupUnusable, RestoreRefused
from backups.models import BackupRun, BackupStatus
from backups.postgres import Progress
from backups.signals import copy_restored


@dataclass(frozen=True)
class Opened:
    """A backup on this disk. ``manifest`` is None for an encrypted one without a key."""

    name: str
    whole: Part
    is_known: bool  # a BackupRun has this checksum
    manifest: Manifest | None
    folder: Path


@dataclass(frozen=True)
class Names:
    """Target of a restore, and the names of what it replaces."""

    live: str
    into: str
    kept: str
    media: Path | None
    media_into: Path | None
    media_kept: Path | None


def store() -> Storage:
    return storages["dbbackup"]


def newest() -> str:
    """File name of the newest backup; from the store itself without a database."""
    try:
        run = BackupRun.objects.filter(status=BackupStatus.DONE).first()
    except DatabaseError:
        run = None
    if run:
        return run.file_name
    files = sorted(name for name in store().listdir("")[1] if name.startswith("layar-"))
    if not files:
        raise BackupUnusable("there is no backup")
    return files[-1]


@contextmanager
def opened(
    name: str, key_file: Path | None, *, may_stay_encrypted: bool = False
) -> Iterator[Opened]:
    """A backup of the store, or a file, extracted to a private folder while the block lasts.

    Raises BackupUnusable unless it is intact.
    """
    with tempfile.TemporaryDirectory(prefix="layar-backup-") as temporary:
        folder = Path(temporary)
        file = _fetch(name, folder)
        whole = contents.digest_of(file)
        is_known = _compare(name, whole)
        if encryption.is_encrypted(file):
            if key_file is None and may_stay_encrypted:
                yield Opened(name, whole, is_known, None, folder)
                return
            plain = folder / "backup.tar"
            encryption.decrypt(file, plain, key_file)
            file = plain
        manifest = contents.unpack(file, folder)
        postgres.check_dump(folder / contents.DUMP, manifest.row_counts)
        yield Opened(name, whole, is_known, manifest, folder)


def names(into: str | None, at: datetime) -> Names:
    live, stamp = postgres.live_name(), f"{at:%Y%m%d_%H%M%S}"
    into = into or f"{live}_restored_{stamp}"
    media = contents.media_folder()
    return Names(
        live=live,
        into=into,
        kept=f"{live}_before_{stamp}",
        media=media,
        media_into=media and media.with_name(f"{media.name}_{into}"),
        media_kept=media and media.with_name(f"{media.name}_before_{stamp}"),
    )


def check_free(names: Names) -> None:
    """Raises RestoreRefused if the restore would have to overwrite anything."""
    if names.into == names.live:
        raise RestoreRefused(
            f"{names.live} is in use: restore into another name, then take its place with --swap"
        )
    if postgres.exists(names.into):
        raise RestoreRefused(f"there is a database {names.into} already; nothing was touched")
    if names.media_into and names.media_into.exists():
        raise RestoreRefused(f"there is a folder {names.media_into} already; nothing was touched")


def restore(backup: Opened, names: Names, progress: Progress, at: datetime) -> None:
    """Restore to the database (and media) ``names.into`` and verify it.

    Raises RestoreRefused if verification fails; that copy is kept for inspection. An incomplete
    copy is removed.
    """
    if backup.manifest is None:
        raise BackupUnusable("it is encrypted: a file with its private key is needed")
    check_free(names)
    restore_database(backup, names.into, progress)
    if names.media_into and contents.MEDIA in backup.manifest.parts:
        files = contents.unpack_media(backup.folder / contents.MEDIA, names.media_into)
        progress(f"{files} media files in {names.media_into}")
    problems = verification.verify(names.into, backup.manifest, progress)
    if problems:
        raise RestoreRefused(f"the copy {names.into} is not right: {'; '.join(problems)}")
    _record_backup(backup, names.into, at)
    _finish(names.into, progress, at)


def _record_backup(backup: Opened, name: str, at: datetime) -> None:
    """Complete the backup's own run in the copy, where it still runs, so that it is pruned too."""
    file_name = Path(backup.name).name
    if backup.manifest is None or not store().exists(file_name):
        return
    with postgres.inside(name, read_only=False):
        BackupRun.objects.filter(
            started_at=backup.manifest.started_at, status=BackupStatus.RUNNING
        ).update(
            status=BackupStatus.DONE,
            finished_at=at,
            file_name=file_name,
            size_bytes=backup.whole.size_bytes,
            sha256=backup.whole.sha256,
            row_counts=backup.manifest.row_counts,
            media_files=backup.manifest.media_files,
        )


def _finish(name: str, progress: Progress, at: datetime) -> None:
    """Let receivers complete the copy, such as repeating later erasures."""
    report_lines: list[str] = []
    try:
        with postgres.inside(name, read_only=False):
            copy_restored.send(Manifest, report_lines=report_lines, at=at)
    except Exception as error:  # whatever the error, the copy must not be used
        raise RestoreRefused(
            f"the copy {name} is whole, but not ready: {type(error).__name__}: {error}"
        ) from error
    for line in report_lines:
        progress(line)


def restore_database(backup: Opened, name: str, progress: Progress) -> None:
    if backup.manifest is None:
        raise BackupUnusable("it is encrypted: a file with its private key is needed")
    postgres.create(name)
    try:
        tables = len(backup.manifest.row_counts)
        postgres.restore_dump(backup.folder / contents.DUMP, name, tables, progress)
    except BaseException:
        postgres.drop(name)
        raise


def check_no_connections(names: Names) -> None:
    """Raise RestoreRefused while there are open connections: their writes would be lost."""
    others = postgres.sessions(names.live)
    if others:
        raise RestoreRefused(
            f"{others} connections to {names.live} are open: stop web, live, workers and beat first"
        )


def swap(names: Names) -> None:
    """Replace the live database by the restored copy; the old one stays as ``names.kept``."""
    check_no_connections(names)
    postgres.swap(names.into, names.live, names.kept)
    if not (names.media and names.media_into and names.media_kept and names.media_into.exists()):
        return
    if names.media.exists():
        names.media.rename(names.media_kept)
    names.media_into.rename(names.media)


def _fetch(name: str, folder: Path) -> Path:
    """The file itself if it is local, else a copy of it."""
    if Path(name).is_file():
        return Path(name)
    if not store().exists(name):
        raise BackupUnusable(f"there is no backup {name}")
    copy = folder / "fetched"
    with store().open(name, "rb") as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target)
    return copy


def _compare(name: str, whole: Part) -> bool:
    """Whether a run has this file. Raises BackupUnusable if its checksum differs."""
    try:
        run = BackupRun.objects.filter(file_name=Path(name).name).first()
    except DatabaseError:
        return False
    if run and (run.sha256, run.size_bytes) != (whole.sha256, whole.size_bytes):
        raise BackupUnusable(
            f"its checksum is not the one of the backup that was made: {whole.size_bytes} bytes,"
            f" SHA-256 {whole.sha256}, instead of {run.size_bytes} bytes, {run.sha256}"
        )
    return run is not None
