"""Telling a worker that a message waits. Only a hint: the sweep finds what was not told."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

DELIVER_TASK = "notifications.tasks.deliver"


def queue_on_commit(message_ids: Iterable[UUID]) -> None:
    """Queue the delivery of these messages once the transaction that made them is committed."""
    transaction.on_commit(partial(_queue, list(message_ids)), robust=True)


def _queue(message_ids: list[UUID]) -> None:
    """A broker that is away costs one short wait (settings) and never the sale."""
    try:
        for message_id in message_ids:
            current_app.send_task(DELIVER_TASK, args=[str(message_id)], ignore_result=True)
    except (KombuError, RedisError, OSError) as error:
        logger.warning(
            "broker away (%s): %d messages left to the sweep",
            type(error).__name__,
            len(message_ids),
        )
