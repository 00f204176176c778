"""Queues export tasks. Best effort: the sweep picks up jobs whose task was lost."""

from __future__ import annotations

import logging
from functools import partial
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from reports.models import ExportJob

logger = logging.getLogger(__name__)

EXPORT_TASK = "reports.tasks.make_export"


def queue_on_commit(job: ExportJob) -> None:
    transaction.on_commit(partial(_queue, job.pk), robust=True)


def _queue(job_id: UUID) -> None:
    try:
        current_app.send_task(EXPORT_TASK, args=[str(job_id)], ignore_result=True)
    except (KombuError, RedisError, OSError) as error:
        logger.warning("broker unavailable (%s): export left to the sweep", type(error).__name__)
