"""Celery tasks."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from backups import backup
from backups import drill as backups_drill
from backups.errors import BackupRunning

logger = logging.getLogger(__name__)


@shared_task(name="backups.tasks.run_backup", time_limit=backup.RUN_SECONDS_MAX)
def run_backup() -> None:
    try:
        backup.run_backup(timezone.now())
    except BackupRunning:
        logger.info("another backup is running")


@shared_task(name="backups.tasks.run_first_backup", time_limit=backup.RUN_SECONDS_MAX)
def run_first_backup() -> None:
    try:
        backup.run_first_backup(timezone.now())
    except BackupRunning:
        logger.info("another backup is running")


@shared_task(name="backups.tasks.drill", time_limit=backup.RUN_SECONDS_MAX)
def drill() -> None:
    try:
        backups_drill.drill(timezone.now())
    except BackupRunning:
        logger.info("another drill is running")
