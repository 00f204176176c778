"""Work in the background."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from backups import drills, runs
from backups.errors import BackupRunning

logger = logging.getLogger(__name__)


@shared_task(name="backups.tasks.run_backup", time_limit=runs.RUN_SECONDS_MAX)
def run_backup() -> None:
    try:
        runs.run_backup(timezone.now())
    except BackupRunning:
        logger.info("another backup is running")


@shared_task(name="backups.tasks.drill", time_limit=runs.RUN_SECONDS_MAX)
def drill() -> None:
    try:
        drills.drill(timezone.now())
    except BackupRunning:
        logger.info("another drill is running")
