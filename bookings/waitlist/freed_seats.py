"""Notifies a worker of cancelled seats, so that the waitlist gets them before a visitor sees them.

Only a hint: the sweep finds all freed seats within SWEEP_SECONDS.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from django.dispatch import receiver
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from bookings.models import Booking, WaitlistEntry
from bookings.signals import booking_cancelled

logger = logging.getLogger(__name__)

TASK = "bookings.tasks.offer_waitlist"


@receiver(booking_cancelled, dispatch_uid="bookings.waitlist.freed_seats")
def offer_on_commit(*, booking: Booking, **_extra: Any) -> None:
    """Queue a round for the booking's showtime, if anybody waits there."""
    waiting = WaitlistEntry.objects.active().filter(waitlist_id=booking.showtime_id)
    if booking.confirmed_at is not None and waiting.exists():
        transaction.on_commit(partial(_queue, booking.showtime_id), robust=True)


def _queue(showtime_id: int) -> None:
    try:
        current_app.send_task(TASK, args=[showtime_id], ignore_result=True)
    except (KombuError, RedisError, OSError):
        logger.warning("broker unavailable: freed seats left to the sweep")
