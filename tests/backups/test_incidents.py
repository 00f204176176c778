"""Failed and overdue backups open incidents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from backups import backup, postgres
from backups.errors import BackupFailed
from reports.models import Incident
from reports.monitoring import runner
from reports.monitoring.checks.backups import BACKUP_OVERDUE

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def test_overdue_backup_is_one_incident_while_it_lasts() -> None:
    backup.run_backup(AT)

    found = [runner.run_check(BACKUP_OVERDUE, AT + timedelta(hours=hours)) for hours in (7, 9, 10)]

    assert found == [0, 1, 1]
    assert list(Incident.objects.values_list("kind", "times_seen", "summary")) == [
        ("backup_overdue", 2, "There has been no good backup for 10 hours.")
    ]


def test_failed_backup_is_an_incident(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_any: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(postgres, "check_dump", refuse)

    with pytest.raises(BackupFailed):
        backup.run_backup(AT)

    incident = Incident.objects.get()
    assert (incident.kind, incident.facts["failure"]) == (
        "backup_failed",
        "OSError: no space left",
    )


def test_backup_of_a_newer_program_is_refused() -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("bookings", "9999_from_tomorrow")
    try:
        backup.run_backup(AT)
    finally:
        recorder.record_unapplied("bookings", "9999_from_tomorrow")
    copy = f"{postgres.live_name()}_newer"
    try:
        with pytest.raises(CommandError, match=r"bookings\.9999_from_tomorrow is unknown"):
            call_command("restore", into=copy)
    finally:
        postgres.drop(copy)
