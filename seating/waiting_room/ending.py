"""The ends of places: their time is over, they have bought, went away, or the room was closed.

Statements lock places with SKIP LOCKED and in batches: what is left is ended by the next tick.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from seating.models import PlaceEnd, WaitingPlace, WaitingRoom
from seating.waiting_room.limits import (
    ABANDONED_SECONDS,
    KEPT_DAYS,
    SWEEP_EVERY_SECONDS,
    SWEEP_PLACES_MAX,
)

END_OVER = """
UPDATE seating_waitingplace AS place
SET ended_at = statement_timestamp(), visitor = '',
    "end" = CASE WHEN entered_at IS NULL THEN 'missed' ELSE 'over' END
FROM (
    SELECT id FROM seating_waitingplace
    WHERE room_id = %(room_id)s AND called_at IS NOT NULL AND ended_at IS NULL
      AND admitted_until <= statement_timestamp()
    LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
) AS finished
WHERE place.id = finished.id
"""
# Whoever has bought behind the room needs no place inside any more.
END_BUYERS = """
UPDATE seating_waitingplace AS place
SET ended_at = statement_timestamp(), visitor = '', "end" = 'over'
FROM (
    SELECT inside.id FROM seating_waitingplace AS inside
    WHERE inside.room_id = %(room_id)s AND inside.called_at IS NOT NULL AND inside.ended_at IS NULL
      AND EXISTS (
          SELECT FROM seating_hold AS hold
          JOIN movies_showtime AS showtime ON showtime.id = hold.showtime_id
          WHERE hold.visitor = inside.visitor AND hold."end" = 'sold'
            AND hold.ended_at >= inside.called_at
            AND hold.showtime_id = coalesce(%(showtime_id)s, hold.showtime_id)
            AND showtime.movie_id = coalesce(%(movie_id)s, showtime.movie_id)
      )
    LIMIT %(limit)s FOR NO KEY UPDATE OF inside SKIP LOCKED
) AS buyers
WHERE place.id = buyers.id
"""
END_ABANDONED = """
UPDATE seating_waitingplace AS place
SET ended_at = statement_timestamp(), visitor = '', "end" = 'abandoned'
FROM (
    SELECT id FROM seating_waitingplace
    WHERE room_id = %(room_id)s AND called_at IS NULL AND ended_at IS NULL
      AND seen_at < statement_timestamp() - make_interval(secs => %(abandoned_seconds)s)
    LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
) AS abandoned
WHERE place.id = abandoned.id
"""
# Also of who joined while the room was being switched off.
END_CLOSED = """
UPDATE seating_waitingplace AS place
SET ended_at = statement_timestamp(), visitor = '', "end" = 'closed'
FROM (
    SELECT live.id FROM seating_waitingplace AS live
    JOIN seating_waitingroom AS room ON room.id = live.room_id
    WHERE live.ended_at IS NULL AND room.control = 'off'
    LIMIT %(limit)s FOR NO KEY UPDATE OF live SKIP LOCKED
) AS closed
WHERE place.id = closed.id
"""


def end_due(room: WaitingRoom) -> None:
    """End the places of who did not come, was inside long enough, has bought, or went away.
    ``room`` is locked."""
    values: dict[str, Any] = {
        "room_id": room.pk,
        "showtime_id": room.showtime_id,
        "movie_id": room.movie_id,
        "abandoned_seconds": ABANDONED_SECONDS,
        "limit": SWEEP_PLACES_MAX,
    }
    with connection.cursor() as cursor:
        cursor.execute(END_OVER, values)
        cursor.execute(END_BUYERS, values)
        if _may_sweep(room, room.now):
            room.swept_at = room.now
            cursor.execute(END_ABANDONED, values)


def end_in_closed_rooms(limit: int = SWEEP_PLACES_MAX) -> int:
    """End places of rooms that are switched off, at most ``limit``; how many. They count as ended
    from the moment of the switch (``WaitingPlaceQuerySet.of``)."""
    with connection.cursor() as cursor:
        cursor.execute(END_CLOSED, {"limit": limit})
        return int(cursor.rowcount)


def end_of_visitor(visitor: str) -> None:
    """End every place of a visitor, who is named by none of them afterwards."""
    WaitingPlace.objects.live().filter(visitor=visitor).update(
        ended_at=Now(), end=PlaceEnd.LEFT, visitor=""
    )


def delete_old_places() -> int:
    """Delete places that ended more than KEPT_DAYS ago; how many."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    old = WaitingPlace.objects.filter(ended_at__lt=before).order_by("pk")[:SWEEP_PLACES_MAX]
    deleted, _by_model = WaitingPlace.objects.filter(pk__in=old.values("pk")).delete()
    return deleted


def _may_sweep(room: WaitingRoom, at: datetime) -> bool:
    """Who went away before the opening has time to come back after it."""
    if room.opens_at is not None and (at - room.opens_at).total_seconds() < ABANDONED_SECONDS:
        return False
    return room.swept_at is None or (at - room.swept_at).total_seconds() >= SWEEP_EVERY_SECONDS
