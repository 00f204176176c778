"""Telling every open desk that something moved: which showtime or cinema, never what.

Seat changes are heard from the seat feed itself (``reports.dashboard.rooms``), so that a tap on a
seat pays nothing for the desks. What the seats do not show, money and incidents, is announced
here, after the commit. A lost word is harmless: every desk looks again at regular times.
"""

from __future__ import annotations

import logging
from typing import Any

import orjson
import redis
from django.db import transaction
from django.db.models.signals import post_save

from bookings.models import Booking, BookingEvent, EventKind
from bookings.signals import event_recorded
from core import redis as core_redis
from reports.models import Incident
from seating.live import publisher

logger = logging.getLogger(__name__)

# A confirmation comes with its payment and a voided ticket with its seat: they need no word more.
MOVING_KINDS = frozenset(
    {
        EventKind.PAYMENT_SUCCEEDED,
        EventKind.PAYMENT_FAILED,
        EventKind.CANCELLED,
        EventKind.REFUND_DUE,
        EventKind.REFUNDED,
    }
)


def desk_channel() -> str:
    return publisher.redis_channel("desk")


def connect() -> None:
    event_recorded.connect(_on_event, dispatch_uid="reports.dashboard.figures.event")
    post_save.connect(
        _on_incident, sender=Incident, dispatch_uid="reports.dashboard.figures.incident"
    )


def _on_event(sender: Any, *, booking: Booking, event: BookingEvent, **_extra: Any) -> None:
    if event.kind in MOVING_KINDS:
        showtime_id = booking.showtime_id
        transaction.on_commit(lambda: _publish({"showtime": showtime_id}), robust=True)


def _on_incident(sender: Any, *, instance: Incident, **_extra: Any) -> None:
    changed = {"chain": 1} if instance.cinema_id is None else {"cinema": instance.cinema_id}
    transaction.on_commit(lambda: _publish(changed), robust=True)


def _publish(changed: dict[str, int]) -> None:
    try:
        news = ("PUBLISH", desk_channel(), orjson.dumps(changed))
        core_redis.connection_for(publisher.news_url()).send_nowait(news)
    except redis.RedisError as error:
        logger.warning("desk not told: %s", type(error).__name__)
