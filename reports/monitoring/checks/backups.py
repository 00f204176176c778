"""Health checks of backups and restore drills: failed or overdue."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from backups import backup
from backups.models import BackupDrill, BackupRun, BackupStatus, DrillStatus
from reports.monitoring.checks.check import Finding, HealthCheck

DRILL_OVERDUE_HOURS = 50  # two nightly drills missed


def _backup_overdue(at: datetime) -> list[Finding]:
    hours = backup.hours_without(at)
    if hours is None:
        return []
    summary = _("There has been no good backup for %(hours)d hours.") % {"hours": hours}
    return [Finding("", summary, {"hours": hours}, None)]


def _backup_failed(at: datetime) -> list[Finding]:
    """Whether the newest finished backup failed."""
    newest = BackupRun.objects.exclude(status=BackupStatus.RUNNING).first()
    if newest is None or newest.status != BackupStatus.FAILED:
        return []
    facts = {"run": newest.pk, "failure": newest.failure}
    return [Finding("", _("A backup has failed."), facts, None)]


def _drill_failed(at: datetime) -> list[Finding]:
    newest = BackupDrill.objects.first()
    if newest is None or newest.status != DrillStatus.FAILED:
        return []
    facts = {"drill": newest.pk, "file": newest.file_name, "problems": newest.problems}
    return [Finding("", _("The newest backup could not be restored in a drill."), facts, None)]


def _drill_overdue(at: datetime) -> list[Finding]:
    """Measured from the first backup if there was no drill yet."""
    drill = BackupDrill.objects.first()
    first = BackupRun.objects.filter(status=BackupStatus.DONE).order_by("started_at").first()
    since = drill.started_at if drill else first.started_at if first else None
    if since is None or at - since <= timedelta(hours=DRILL_OVERDUE_HOURS):
        return []
    hours = (at - since) // timedelta(hours=1)
    summary = _("No restore has been tried for %(hours)d hours.") % {"hours": hours}
    return [Finding("", summary, {"hours": hours}, None)]


BACKUP_OVERDUE = HealthCheck("backup_overdue", _backup_overdue, stays_resolved=False)
BACKUP_FAILED = HealthCheck("backup_failed", _backup_failed, stays_resolved=False)
DRILL_FAILED = HealthCheck("drill_failed", _drill_failed, stays_resolved=False)
DRILL_OVERDUE = HealthCheck("drill_overdue", _drill_overdue, stays_resolved=False)
BACKUP_CHECKS = (BACKUP_OVERDUE, BACKUP_FAILED, DRILL_FAILED, DRILL_OVERDUE)
