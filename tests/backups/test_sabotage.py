"""Tampered backups and failing machines: refused with the reason, nothing damaged."""

from __future__ import annotations

import io
import json
import random
import resource
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dbbackup.settings
import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from backups import backup as backups_backup
from backups import postgres
from backups.archive import contents
from backups.errors import BackupFailed
from backups.models import BackupRun, BackupStatus

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
COPY = "layar_sabotaged_copy"


def databases() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname = %s", [COPY])
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture
def backup(folder: Path, tmp_path: Path) -> Path:
    """A valid backup whose checksum no run has recorded."""
    run = backups_backup.run_backup(AT)
    return (folder / run.file_name).rename(tmp_path / "elsewhere.tar")


@pytest.fixture
def key_file(settings: Any, tmp_path: Path) -> Path:
    key = pyrage.x25519.Identity.generate()
    settings.BACKUP_PUBLIC_KEYS = [str(key.to_public())]
    file = tmp_path / "key.txt"
    file.write_text(str(key))
    return file


def everything() -> tuple[dict[str, int], dict[str, bytes]]:
    """Rows of the live database, and its media files."""
    with connection.cursor() as cursor:
        rows = postgres.count_rows(cursor)
    media = contents.media_folder() or Path()
    return rows, {str(file): file.read_bytes() for file in media.parent.glob("media*/**/*.jpg")}


def refused(file: Path, reason: str, **options: Any) -> None:
    """Both commands report this reason, there is no copy, and the live data is unchanged."""
    before = everything()
    with pytest.raises(CommandError, match=reason):
        call_command("verify_backup", str(file), **options)
    with pytest.raises(CommandError, match=reason):
        call_command("restore", str(file), into=COPY, **options)
    assert (databases(), everything()) == ([], before)


def rewrite(backup: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change the parts of a backup."""
    with tarfile.open(backup) as tar:
        parts = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    change(parts)
    with tarfile.open(backup, "w") as tar:
        for name, content in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def forge(parts: dict[str, bytes], dump: bytes) -> None:
    """Replace the dump and its checksum in the manifest."""
    manifest = json.loads(parts["manifest.json"])
    digest = contents.digest(io.BytesIO(dump))
    manifest["parts"]["database.dump"] = {"sha256": digest.sha256, "size_bytes": digest.size_bytes}
    parts["database.dump"], parts["manifest.json"] = dump, json.dumps(manifest).encode()


def flip(file: Path, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def test_good_backup_is_whole(backup: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_backup", str(backup))

    assert "whole: made 2026-03-01T04:00:00+00:00" in capsys.readouterr().out


def test_file_that_was_cut_short_is_refused(backup: Path) -> None:
    backup.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])

    refused(backup, "cut short")


def test_byte_that_was_flipped_is_refused(backup: Path) -> None:
    with tarfile.open(backup) as tar:
        start = tar.getmember("database.dump").offset_data
    flip(backup, start + 5_000)

    refused(backup, "database.dump in it is not what was backed up")


def test_file_of_the_store_is_compared_with_its_run(folder: Path) -> None:
    run = backups_backup.run_backup(AT)
    flip(folder / run.file_name, 3_000)

    with pytest.raises(CommandError, match="its checksum is not the one of the backup"):
        call_command("verify_backup")


@pytest.mark.parametrize("lost", ["media.tar.gz", "database.dump", "manifest.json"])
def test_part_that_is_missing_is_refused(backup: Path, lost: str) -> None:
    rewrite(backup, lambda parts: parts.__delitem__(lost))

    refused(backup, "no manifest" if lost == "manifest.json" else f"{lost} is missing from it")


def test_dump_of_another_postgresql_is_refused(backup: Path) -> None:
    def from_the_future(parts: dict[str, bytes]) -> None:
        dump = bytearray(parts["database.dump"])
        dump[6] = 99  # after PGDMP and the major: the archive's minor version
        forge(parts, bytes(dump))

    rewrite(backup, from_the_future)

    refused(backup, "pg_restore cannot read the dump: .*unsupported version")


def test_dump_of_a_newer_server_is_refused(backup: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        [version] = cursor.fetchone()
    newer = version.replace(version[:2], "99", 1)

    def from_a_newer_server(parts: dict[str, bytes]) -> None:
        assert version.encode() in parts["database.dump"][:400]  # the archive's header
        dump = parts["database.dump"].replace(version.encode(), newer.encode(), 1)
        forge(parts, dump)

    rewrite(backup, from_a_newer_server)

    refused(backup, f"it was made by PostgreSQL 99; this server is {version[:2]} and older")


def test_dump_without_its_data_fails_the_restore(backup: Path) -> None:
    rewrite(
        backup,
        lambda parts: forge(parts, parts["database.dump"][: len(parts["database.dump"]) - 2_000]),
    )

    with pytest.raises(CommandError, match="pg_restore failed"):
        call_command("restore", str(backup), into=COPY)
    assert databases() == []


def test_wrong_key_is_refused(key_file: Path, folder: Path) -> None:
    run = backups_backup.run_backup(AT)
    key_file.write_text(str(pyrage.x25519.Identity.generate()))

    refused(folder / run.file_name, "it was not encrypted to this key", key=key_file)


@pytest.mark.parametrize("harm", ["cut", "flip"])
def test_encrypted_file_that_was_changed_is_refused(
    key_file: Path, folder: Path, tmp_path: Path, harm: str
) -> None:
    run = backups_backup.run_backup(AT)
    file = (folder / run.file_name).rename(tmp_path / "elsewhere.tar.age")
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-1])
    else:
        flip(file, file.stat().st_size - 100)

    refused(file, "changed or cut short", key=key_file)


@contextmanager
def small_disk(size_bytes: int) -> Iterator[None]:
    """Limits the file size: further writes fail as on a full disk."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def failing_run_costs_nothing(folder: Path, older: BackupRun, reason: str) -> None:
    failed = BackupRun.objects.get(status=BackupStatus.FAILED)
    assert reason in failed.failure
    assert [file.name for file in folder.iterdir()] == [older.file_name]
    call_command("verify_backup")


@pytest.mark.parametrize("size_bytes", [4_096, 1_000_000])
def test_full_disk_fails_the_backup_and_keeps_the_older(
    folder: Path,
    media: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    size_bytes: int,
) -> None:
    """In the dump, and in the media."""
    (media / "film.jpg").write_bytes(random.randbytes(1_500_000))
    older = backups_backup.run_backup(AT)
    settings.BACKUP_KEEP_COUNT = 0
    # The limit sends a signal, which a full disk does not.
    without_signal = 'sh -c \'trap "" XFSZ; exec "$0" "$@"\' '
    usual = dbbackup.settings.CONNECTORS["default"]
    monkeypatch.setitem(
        dbbackup.settings.CONNECTORS,
        "default",
        usual | {"DUMP_CMD": without_signal + usual["DUMP_CMD"]},
    )

    with small_disk(size_bytes), pytest.raises(BackupFailed):
        backups_backup.run_backup(AT + timedelta(hours=4))

    failing_run_costs_nothing(folder, older, "File too large")


def test_dump_that_is_killed_fails_the_backup_and_keeps_the_older(
    folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = backups_backup.run_backup(AT)
    settings.BACKUP_KEEP_COUNT = 0
    usual = dbbackup.settings.CONNECTORS["default"]
    monkeypatch.setitem(
        dbbackup.settings.CONNECTORS, "default", usual | {"DUMP_CMD": "sh -c 'kill -9 $$'"}
    )

    with pytest.raises(BackupFailed, match="was it killed"):
        backups_backup.run_backup(AT + timedelta(hours=4))

    failing_run_costs_nothing(folder, older, "was it killed")
