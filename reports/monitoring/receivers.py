"""Backups, seen from above: what a restored copy must obey, and incidents when one went wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from backups import signals, verification
from backups.models import BackupDrill, BackupRun
from reports.monitoring import incidents
from reports.monitoring.invariants import check_invariants

# As in reports.monitoring.runner: one language for the rows.
ROW_LANGUAGE = "en"


def connect() -> None:
    verification.register(verification.Check("invariants", _violations))
    signals.backup_failed.connect(_on_backup_failed, dispatch_uid="reports.backup_failed")
    signals.drill_failed.connect(_on_drill_failed, dispatch_uid="reports.drill_failed")


def _violations(_witness: str) -> list[str]:
    return [violation.fingerprint for violation in check_invariants()]


def _on_backup_failed(sender: object, run: BackupRun, at: datetime, **_more: Any) -> None:
    with translation.override(ROW_LANGUAGE):
        summary = _("A backup has failed.")
    facts = {"run": run.pk, "failure": run.failure}
    incidents.record("backup_failed", "backup_failed", summary, facts, None, at)


def _on_drill_failed(sender: object, drill: BackupDrill, at: datetime, **_more: Any) -> None:
    with translation.override(ROW_LANGUAGE):
        summary = _("The newest backup could not be restored in a drill.")
    facts = {"drill": drill.pk, "file": drill.file_name, "problems": drill.problems}
    incidents.record("drill_failed", "drill_failed", summary, facts, None, at)
