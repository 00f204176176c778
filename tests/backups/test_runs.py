"""Backups with the real pg_dump of the embedded PostgreSQL."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from backups import runs, tasks
from backups.errors import BackupFailed, BackupRunning
from backups.models import BackupRun, BackupStatus
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

PG_RESTORE: str = settings.DBBACKUP_CONNECTORS["default"]["RESTORE_CMD"]
AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.STORAGES = settings.STORAGES | {
        "dbbackup": settings.STORAGES["dbbackup"]
        | {"OPTIONS": settings.STORAGES["dbbackup"]["OPTIONS"] | {"location": str(tmp_path)}}
    }
    return tmp_path


@pytest.fixture
def broken_pg_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes half of a dump and dies."""
    import dbbackup.settings

    monkeypatch.setitem(
        dbbackup.settings.CONNECTORS,
        "default",
        dbbackup.settings.CONNECTORS["default"]
        | {"DUMP_CMD": "sh -c 'echo half; echo no space left >&2; exit 1'"},
    )


def listing(file: Path) -> str:
    """What pg_restore finds in a dump."""
    return subprocess.run(
        [PG_RESTORE, "--list", str(file)], capture_output=True, text=True, check=True
    ).stdout


def reachable() -> dict[str, Any]:
    """How another client reaches the same database."""
    names = ("host", "port", "user", "password", "dbname")
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in names if name in parameters}


def test_backup_is_whole_and_says_what_it_holds(folder: Path) -> None:
    for _number in range(3):
        make_user()

    run = runs.run_backup(AT)

    run.refresh_from_db()
    file = folder / "layar-2026-03-01-040000.dump"
    content = file.read_bytes()
    assert (run.status, run.file_name) == (BackupStatus.DONE, file.name)
    assert (run.size_bytes, run.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert run.row_counts["accounts.User"] == 3
    assert run.row_counts["bookings.Booking"] == 0
    assert run.finished_at is not None
    tables = listing(file)
    for table in ("accounts_user", "bookings_booking", "seating_showtimeseat", "django_migrations"):
        assert f"TABLE DATA public {table} " in tables


def test_backup_is_for_its_owner_only(folder: Path) -> None:
    run = runs.run_backup(AT)

    assert oct((folder / run.file_name).stat().st_mode & 0o777) == "0o600"


def test_counts_belong_to_the_very_moment_that_is_dumped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user()
    count_rows = runs.count_rows

    def count_while_others_write() -> dict[str, int]:
        counts = count_rows()
        with psycopg.connect(**reachable()) as other:
            other.execute(
                "INSERT INTO accounts_user (email, name, phone, language, is_staff, is_active,"
                " is_superuser, password, date_joined)"
                " VALUES ('late@example.com', '', '', 'id', false, true, false, '', now())"
            )
        return counts

    monkeypatch.setattr(runs, "count_rows", count_while_others_write)
    run = runs.run_backup(AT)

    rows = subprocess.run(
        [
            PG_RESTORE,
            "--data-only",
            "--table=accounts_user",
            "--file=-",
            str(folder / run.file_name),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert run.row_counts["accounts.User"] == 1
    assert rows.count("@example.com") == 1
    assert count_rows()["accounts.User"] == 2


def test_newest_backups_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "KEPT_BACKUPS", 2)

    for hour in range(4):
        runs.run_backup(AT + timedelta(hours=hour))

    names = ["layar-2026-03-01-060000.dump", "layar-2026-03-01-070000.dump"]
    assert sorted(file.name for file in folder.iterdir()) == names
    assert sorted(BackupRun.objects.values_list("file_name", flat=True)) == names


@pytest.mark.usefixtures("broken_pg_dump")
def test_backup_that_fails_is_loud_and_costs_no_older_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runs, "KEPT_BACKUPS", 0)
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
        runs.run_backup(AT)

    failed = BackupRun.objects.get(started_at=AT)
    assert (failed.status, failed.file_name, failed.size_bytes) == (BackupStatus.FAILED, "", None)
    assert "no space left" in failed.failure
    assert [file.name for file in folder.iterdir()] == ["older.dump"]
    assert BackupRun.objects.filter(pk=older.pk).exists()
    assert "BACKUP FAILED" in caplog.text


def test_backup_that_was_not_written_whole_has_failed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = iter([("what was dumped", 5), ("what was written", 4)])
    monkeypatch.setattr(runs, "sha256_of", lambda _file: next(told))

    with pytest.raises(BackupFailed, match="not what was dumped"):
        runs.run_backup(AT)

    assert BackupRun.objects.get().status == BackupStatus.FAILED
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("broken_pg_dump")
def test_command_that_fails_says_so() -> None:
    with pytest.raises(CommandError, match=r"no backup was made: .*no space left"):
        call_command("backup")


def test_command_tells_what_was_made(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("backup")

    run = BackupRun.objects.get()
    assert f"{run.file_name}  {run.size_bytes} bytes" in capsys.readouterr().out


def test_second_backup_at_once_is_refused(folder: Path) -> None:
    taken, may_end = threading.Event(), threading.Event()

    def hold_the_lock() -> None:
        with runs._alone():
            taken.set()
            may_end.wait(5)
        connection.close()

    other = threading.Thread(target=hold_the_lock)
    other.start()
    assert taken.wait(5)
    try:
        with pytest.raises(BackupRunning):
            runs.run_backup(AT)
        tasks.run_backup()
    finally:
        may_end.set()
        other.join()

    assert BackupRun.objects.count() == 0
    assert runs.run_backup(AT).status == BackupStatus.DONE


def test_backup_that_died_is_closed_by_the_next(folder: Path) -> None:
    BackupRun.objects.create(started_at=AT - timedelta(hours=4))

    runs.run_backup(AT)

    assert list(BackupRun.objects.order_by("started_at").values_list("status", "failure")) == [
        (BackupStatus.FAILED, "it never finished"),
        (BackupStatus.DONE, ""),
    ]


def test_admin_may_look_and_not_touch(client: Client) -> None:
    run = runs.run_backup(AT)
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
