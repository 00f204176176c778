"""Restore drill: tests whether the newest backup can be restored."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from backups import postgres, restore, verification
from backups.locks import DRILL_KEY, exclusive
from backups.models import BackupDrill, DrillStatus
from backups.restore import Opened
from backups.signals import drill_failed

logger = logging.getLogger(__name__)

PROBLEMS_MAX = 20
PROBLEM_LENGTH_MAX = 300


def drill(at: datetime) -> BackupDrill:
    """Restore the newest backup into a scratch database, verify it there, and drop it.

    Raises BackupRunning if another drill runs. Any other error is the drill's result.
    """
    with exclusive(DRILL_KEY):
        result = BackupDrill(started_at=at, status=DrillStatus.PASSED)
        try:
            _run(result)
        except Exception as error:  # any failure of a drill would also fail a restore
            logger.exception("RESTORE DRILL FAILED, started %s", at.isoformat())
            result.problems = [f"{type(error).__name__}: {error}"]
        result.problems = [each[:PROBLEM_LENGTH_MAX] for each in result.problems[:PROBLEMS_MAX]]
        if result.problems:
            result.status = DrillStatus.FAILED
        result.finished_at = timezone.now()
        result.save()
    if result.problems:
        drill_failed.send(BackupDrill, drill=result, at=at)
    return result


def _run(result: BackupDrill) -> None:
    key_file = settings.BACKUP_PRIVATE_KEY_FILE
    result.file_name = restore.newest()
    with restore.opened(
        result.file_name, Path(key_file) if key_file else None, may_stay_encrypted=True
    ) as backup:
        if backup.manifest is None:
            result.status = DrillStatus.SEALED
            if not backup.is_known:
                result.problems = ["no backup run remembers its checksum"]
            return
        result.problems = _verify(backup)
        result.rows = sum(backup.manifest.row_counts.values())


def _verify(backup: Opened) -> list[str]:
    if backup.manifest is None:
        return ["it is encrypted"]
    scratch = f"{postgres.live_name()}_drill"
    postgres.drop(scratch)  # of a drill that died
    restore.restore_database(backup, scratch, logger.debug)
    try:
        return verification.verify(scratch, backup.manifest, logger.debug)
    finally:
        postgres.drop(scratch)
