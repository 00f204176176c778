"""Restores of backups with the real programs of the embedded PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from accounts.models import User
from backups import backup, postgres, restore
from backups import drill as backups_drill
from backups.errors import RestoreRefused
from backups.models import BackupDrill, BackupRun, DrillStatus
from reports.models import Incident
from tests.factories import make_showtime, make_user
from tests.factories.orders import make_booking

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
HANGING_UP_SECONDS = 10


def databases() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY 1",
            [postgres.live_name()],
        )
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture
def copy() -> Iterator[str]:
    name = f"{postgres.live_name()}_copy"
    yield name
    postgres.drop(name)


@pytest.fixture
def key_file(settings: Any, tmp_path: Path) -> Path:
    """A private key, whose public one backups are encrypted to."""
    key = pyrage.x25519.Identity.generate()
    settings.BACKUP_PUBLIC_KEYS = [str(key.to_public())]
    file = tmp_path / "key.txt"
    file.write_text(f"# a note\n{key}\n")
    return file


@contextmanager
def taken_aside(names: list[str]) -> Iterator[None]:
    """Prepares a swap and drops the databases that it leaves."""
    deadline = time.monotonic() + HANGING_UP_SECONDS
    while postgres.sessions(postgres.live_name()):  # a server that an earlier test has stopped
        assert time.monotonic() < deadline
        time.sleep(0.1)
    try:
        yield
    finally:
        for name in databases():
            if name not in names:
                postgres.drop(name)


def test_restored_copy_holds_what_was_backed_up_and_nothing_else_is_touched(
    copy: str, media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_user()
    backup.run_backup(AT)
    make_user()

    call_command("restore", into=copy)

    with postgres.inside(copy):
        assert User.objects.count() == 1
    assert User.objects.count() == 2
    assert (media.parent / f"media_{copy}" / "poster.jpg").read_bytes() == b"a picture"
    assert f"{copy} is right" in capsys.readouterr().out


def test_copy_with_other_row_counts_is_refused(copy: str) -> None:
    make_user()
    run = backup.run_backup(AT)
    names = restore.names(copy, AT)

    with restore.opened(run.file_name, None) as opened:
        assert opened.manifest is not None
        counts = opened.manifest.row_counts | {"accounts_user": 2}
        short = replace(opened, manifest=replace(opened.manifest, row_counts=counts))
        with pytest.raises(RestoreRefused, match="accounts_user has 1 rows, the backup had 2"):
            restore.restore(short, names, print, AT)


def test_swap_replaces_the_database_and_keeps_the_old_one(media: Path) -> None:
    make_user()
    backup.run_backup(AT)
    make_user()
    (media / "poster.jpg").write_bytes(b"another")
    before = databases()

    with taken_aside(before):
        call_command("restore", swap=True, yes=True)

        kept = next(name for name in databases() if "_before_" in name)
        assert User.objects.count() == 1
        assert (media / "poster.jpg").read_bytes() == b"a picture"
        with postgres.inside(kept):
            assert User.objects.count() == 2
        assert len(list(media.parent.glob("media_before_*"))) == 1


def test_swap_with_open_connections_is_refused() -> None:
    backup.run_backup(AT)
    other = connections["default"].copy()
    other.ensure_connection()
    before = databases()
    try:
        with pytest.raises(CommandError, match="stop web, live, workers and beat first"):
            call_command("restore", swap=True, yes=True)
    finally:
        other.close()

    assert databases() == before


def test_swap_counts_connections_itself(copy: str) -> None:
    """Includes sessions that connected while the copy was made."""
    backup.run_backup(AT)
    call_command("restore", into=copy)
    other = connections["default"].copy()
    other.ensure_connection()
    try:
        with pytest.raises(RestoreRefused, match="1 connections to"):
            restore.swap(restore.names(copy, AT))
    finally:
        other.close()


def test_backup_that_was_restored_is_pruned_like_any_other(
    folder: Path, settings: Any, media: Path
) -> None:
    settings.BACKUP_KEEP_DAYS = 2
    used = backup.run_backup(AT)
    later = backup.run_backup(AT + timedelta(hours=4))

    with taken_aside(databases()):
        call_command("restore", used.file_name, swap=True, yes=True)
        restored = BackupRun.objects.get()
        newest = backup.run_backup(AT + timedelta(days=10))

        kept = sorted(file.name for file in folder.iterdir() if file.is_file())
        assert (restored.status, restored.file_name) == ("done", used.file_name)
        assert kept == [newest.file_name]
        assert later.file_name not in kept


def test_restore_over_what_exists_is_refused(copy: str) -> None:
    make_user()
    backup.run_backup(AT)
    call_command("restore", into=copy)

    with pytest.raises(CommandError, match="already; nothing was touched"):
        call_command("restore", into=copy)
    with pytest.raises(CommandError, match="is in use"):
        call_command("restore", into=postgres.live_name())

    with postgres.inside(copy):
        assert User.objects.count() == 1
    assert User.objects.count() == 1


def test_dry_run_changes_nothing(
    copy: str, media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup.run_backup(AT)
    before = databases()

    call_command("restore", into=copy, dry_run=True)

    assert databases() == before
    assert [path.name for path in media.parent.glob("media*")] == ["media"]
    assert f"would restore into {copy}" in capsys.readouterr().out


def test_encrypted_backup_is_restored_with_its_key_alone(copy: str, key_file: Path) -> None:
    make_user()
    run = backup.run_backup(AT)

    with pytest.raises(CommandError, match="it is encrypted"):
        call_command("restore", into=copy)
    call_command("restore", into=copy, key=key_file)

    assert run.file_name == "layar-2026-03-01-040000.tar.age"
    with postgres.inside(copy):
        assert User.objects.count() == 1


def test_restore_with_a_lost_ticket_key_is_refused(copy: str, settings: Any) -> None:
    past = timezone.now() - timedelta(days=3)
    booking = make_booking(make_showtime(at=past - timedelta(days=1)), 1, at=past)
    booking.tickets.update(issued_at=past)
    backup.run_backup(AT)
    settings.TICKET_SIGNING_KEYS = ["/" * 42 + "8="]

    with pytest.raises(CommandError, match="an old ticket: its signature is not valid here"):
        call_command("restore", into=copy)


def test_drill_restores_judges_and_leaves_nothing() -> None:
    make_user()
    run = backup.run_backup(AT)
    before = databases()

    drill = backups_drill.drill(AT)

    assert (drill.status, drill.problems, drill.file_name) == (
        DrillStatus.PASSED,
        [],
        run.file_name,
    )
    assert drill.rows == sum(run.row_counts.values())
    assert databases() == before


def test_drill_that_fails_is_an_incident(folder: Path) -> None:
    run = backup.run_backup(AT)
    (folder / run.file_name).write_bytes(b"nothing")

    drill = backups_drill.drill(AT)

    assert BackupDrill.objects.get().status == DrillStatus.FAILED
    assert "its checksum is not the one" in drill.problems[0]
    assert Incident.objects.get().kind == "drill_failed"


def test_drill_without_the_key_checks_what_it_can(key_file: Path, settings: Any) -> None:
    backup.run_backup(AT)

    statuses = [backups_drill.drill(AT).status]
    settings.BACKUP_PRIVATE_KEY_FILE = str(key_file)
    statuses.append(backups_drill.drill(AT).status)

    assert statuses == [DrillStatus.SEALED, DrillStatus.PASSED]


def test_missing_backup_is_noticed_after_eight_hours() -> None:
    backup.run_backup(AT)

    hours = [backup.hours_without(AT + timedelta(hours=each)) for each in (4, 8, 9)]

    assert hours == [None, None, 9]
