"""Backups with the real pg_dump of the embedded PostgreSQL."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test import Client

from backups import backup as backups_backup
from backups import postgres, tasks
from backups.errors import BackupFailed, BackupRunning
from backups.locks import BACKUP_KEY, exclusive
from backups.models import BackupRun, BackupStatus
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

PG_RESTORE: str = settings.DBBACKUP_CONNECTORS["default"]["RESTORE_CMD"]
AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def broken_pg_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pg_dump that writes half of a dump and exits with an error."""
    import dbbackup.settings

    monkeypatch.setitem(
        dbbackup.settings.CONNECTORS,
        "default",
        dbbackup.settings.CONNECTORS["default"]
        | {"DUMP_CMD": "sh -c 'echo half; echo no space left >&2; exit 1'"},
    )


def dump_in(backup: Path) -> Path:
    with tarfile.open(backup) as tar:
        tar.extract("database.dump", backup.parent.parent, filter="data")
    return backup.parent.parent / "database.dump"


def listing(backup: Path) -> str:
    """Table of contents of a backup, read by pg_restore."""
    return subprocess.run(
        [PG_RESTORE, "--list", str(dump_in(backup))], capture_output=True, text=True, check=True
    ).stdout


def reachable() -> dict[str, Any]:
    """Connection options with which another client reaches the same database."""
    names = ("host", "port", "user", "password", "dbname")
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in names if name in parameters}


def test_backup_is_complete_and_its_manifest_lists_its_contents(folder: Path) -> None:
    for _number in range(3):
        make_user()

    run = backups_backup.run_backup(AT)

    run.refresh_from_db()
    file = folder / "layar-2026-03-01-040000.tar"
    content = file.read_bytes()
    assert (run.status, run.file_name) == (BackupStatus.DONE, file.name)
    assert (run.size_bytes, run.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert run.row_counts["accounts_user"] == 3
    assert run.row_counts["bookings_booking"] == 0
    assert run.finished_at is not None
    tables = listing(file)
    for table in ("accounts_user", "bookings_booking", "seating_showtimeseat", "django_migrations"):
        assert f"TABLE DATA public {table} " in tables


def test_backup_is_for_its_owner_only(folder: Path) -> None:
    run = backups_backup.run_backup(AT)

    assert oct((folder / run.file_name).stat().st_mode & 0o777) == "0o600"


def test_counts_belong_to_the_very_moment_that_is_dumped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_rows = postgres.count_rows

    def count_while_others_write(cursor: CursorWrapper) -> dict[str, int]:
        counts = count_rows(cursor)
        with psycopg.connect(**reachable()) as other:
            other.execute("INSERT INTO auth_group (name) VALUES ('latecomers')")
        return counts

    monkeypatch.setattr(postgres, "count_rows", count_while_others_write)
    run = backups_backup.run_backup(AT)

    rows = subprocess.run(
        [
            PG_RESTORE,
            "--data-only",
            "--table=auth_group",
            "--file=-",
            str(dump_in(folder / run.file_name)),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert run.row_counts["auth_group"] == 0
    assert rows.count("latecomers") == 0
    assert Group.objects.count() == 1


def test_newest_backups_are_kept(folder: Path, settings: Any) -> None:
    settings.BACKUP_KEEP_COUNT = 2

    for hour in range(4):
        backups_backup.run_backup(AT + timedelta(hours=hour))

    names = ["layar-2026-03-01-060000.tar", "layar-2026-03-01-070000.tar"]
    assert sorted(file.name for file in folder.iterdir()) == names
    assert sorted(BackupRun.objects.values_list("file_name", flat=True)) == names


def test_old_backups_are_deleted_and_the_newest_is_kept(folder: Path, settings: Any) -> None:
    settings.BACKUP_KEEP_DAYS = 2
    for day in range(4):
        backups_backup.run_backup(AT + timedelta(days=day))
    backups_backup.prune(AT + timedelta(days=90))
    kept = sorted(file.name for file in folder.iterdir())

    assert kept == ["layar-2026-03-04-040000.tar"]


@pytest.mark.usefixtures("broken_pg_dump")
def test_backup_that_fails_is_loud_and_costs_no_older_one(
    folder: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.BACKUP_KEEP_COUNT = 0
    older = BackupRun.objects.create(
        status=BackupStatus.DONE,
        started_at=AT - timedelta(hours=4),
        finished_at=AT,
        file_name="older.dump",
        size_bytes=1,
        sha256="0",
    )
    (folder / "older.dump").write_bytes(b"x")

    with pytest.raises(BackupFailed, match="no space left"):
        backups_backup.run_backup(AT)

    failed = BackupRun.objects.get(started_at=AT)
    assert (failed.status, failed.file_name, failed.size_bytes) == (BackupStatus.FAILED, "", None)
    assert "no space left" in failed.failure
    assert [file.name for file in folder.iterdir()] == ["older.dump"]
    assert BackupRun.objects.filter(pk=older.pk).exists()
    assert "BACKUP FAILED" in caplog.text


@pytest.mark.usefixtures("broken_pg_dump")
def test_backup_that_fails_deletes_none_beyond_the_limit(folder: Path, settings: Any) -> None:
    settings.BACKUP_KEEP_COUNT = 1
    for hours in (4, 8):
        BackupRun.objects.create(
            status=BackupStatus.DONE,
            started_at=AT - timedelta(hours=hours),
            finished_at=AT,
            file_name=f"{hours}.dump",
            size_bytes=1,
            sha256="0",
        )
        (folder / f"{hours}.dump").write_bytes(b"x")

    with pytest.raises(BackupFailed):
        backups_backup.run_backup(AT)

    assert sorted(file.name for file in folder.iterdir()) == ["4.dump", "8.dump"]


def test_backup_that_was_not_written_whole_has_failed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = FileSystemStorage.save

    def save_less(self: FileSystemStorage, name: str, content: File[bytes]) -> str:
        return save(self, name, ContentFile(content.read()[:-1]))

    monkeypatch.setattr(FileSystemStorage, "save", save_less)

    with pytest.raises(BackupFailed, match="differs from the dump"):
        backups_backup.run_backup(AT)

    assert BackupRun.objects.get().status == BackupStatus.FAILED
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("broken_pg_dump")
def test_backup_command_reports_a_failure() -> None:
    with pytest.raises(CommandError, match=r"no backup was made: .*no space left"):
        call_command("backup")


def test_backup_command_prints_the_backup(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("backup")

    run = BackupRun.objects.get()
    assert f"{run.file_name}  {run.size_bytes} bytes" in capsys.readouterr().out


def test_second_backup_at_once_is_refused(folder: Path) -> None:
    taken, may_end = threading.Event(), threading.Event()

    def hold_the_lock() -> None:
        with exclusive(BACKUP_KEY):
            taken.set()
            may_end.wait(5)
        connection.close()

    other = threading.Thread(target=hold_the_lock)
    other.start()
    assert taken.wait(5)
    try:
        with pytest.raises(BackupRunning):
            backups_backup.run_backup(AT)
        tasks.run_backup()
    finally:
        may_end.set()
        other.join()

    assert BackupRun.objects.count() == 0
    assert backups_backup.run_backup(AT).status == BackupStatus.DONE


def test_backup_that_died_is_closed_by_the_next(folder: Path) -> None:
    BackupRun.objects.create(started_at=AT - timedelta(hours=4))

    backups_backup.run_backup(AT)

    assert list(BackupRun.objects.order_by("started_at").values_list("status", "failure")) == [
        (BackupStatus.FAILED, "it never finished"),
        (BackupStatus.DONE, ""),
    ]


def test_backup_admin_is_read_only(client: Client) -> None:
    run = backups_backup.run_backup(AT)
    client.force_login(
        make_user(is_staff=True, is_superuser=True), "django.contrib.auth.backends.ModelBackend"
    )
    base = "/admin/backups/backuprun/"

    statuses = [
        client.get(base).status_code,
        client.get(f"{base}{run.pk}/change/").status_code,
        client.get(f"{base}add/").status_code,
        client.post(f"{base}{run.pk}/change/", {"status": "failed"}).status_code,
        client.post(f"{base}{run.pk}/delete/", {"post": "yes"}).status_code,
    ]

    assert statuses == [200, 200, 403, 403, 403]


def test_dump_uses_the_options_of_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {**connection.settings_dict["OPTIONS"], "sslmode": "disable", "keepalives_idle": "5"}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)

    variables = postgres.libpq_variables()

    assert {name: variables[name] for name in ("PGSSLMODE", "PGCONNECT_TIMEOUT", "PGUSER")} == {
        "PGSSLMODE": "disable",
        "PGCONNECT_TIMEOUT": "3",
        "PGUSER": connection.settings_dict["USER"],
    }
    assert "PGOPTIONS" not in variables
