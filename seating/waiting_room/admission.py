"""The tick of a waiting room: draws and ranks, ends places, and calls the next.

The only code that calls places. It locks the room's row (SKIP LOCKED), so one tick at a time calls
and the limits inside hold. Celery ticks every few seconds, and so does whoever asks for a place.
Only Celery draws, because a statement may take longer there than in a request.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from seating.models import PlaceEnd, RoomControl, WaitingPlace, WaitingRoom
from seating.waiting_room import demand, draw, rate, rooms
from seating.waiting_room.limits import (
    ABANDONED_SECONDS,
    CALL_PRESENCE_SECONDS,
    ENTER_SECONDS,
    KEPT_DAYS,
    SWEEP_EVERY_SECONDS,
    SWEEP_PLACES_MAX,
    TICK_SECONDS,
)
from seating.waiting_room.occupancy import END_BUYERS, occupancy_of

logger = logging.getLogger(__name__)

ENGAGED_SECONDS_MIN = 60

CALL = """
WITH next AS (
    SELECT id FROM seating_waitingplace
    WHERE room_id = %(room_id)s AND called_at IS NULL AND ended_at IS NULL AND rank IS NOT NULL
      AND seen_at > statement_timestamp() - make_interval(secs => %(presence_seconds)s)
    ORDER BY rank LIMIT %(limit)s
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE seating_waitingplace AS place
SET called_at = statement_timestamp(),
    admitted_until = statement_timestamp() + make_interval(secs => %(enter_seconds)s)
FROM next WHERE place.id = next.id
"""
END_OVER = """
UPDATE seating_waitingplace
SET ended_at = statement_timestamp(), visitor = '',
    "end" = CASE WHEN entered_at IS NULL THEN 'missed' ELSE 'over' END
WHERE room_id = %(room_id)s AND called_at IS NOT NULL AND ended_at IS NULL
  AND admitted_until <= statement_timestamp()
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
STATE_FIELDS = (
    *("drawn_at", "drawn_count", "last_rank", "called_count", "credit", "rate_per_minute"),
    *("ticked_at", "swept_at", "engaged_at"),
)
_last_ticks: dict[int, float] = {}  # of this process, by room


def tick_all() -> int:
    """Tick every room that is switched on; how many visitors were called. A room that fails is
    logged and does not keep the others waiting."""
    return sum(_tick_or_log(room.pk, may_draw=True) for room in rooms.refresh())


def tick_if_due(room_id: int) -> None:
    """Tick, without drawing, unless this process did within TICK_SECONDS. Logs a failure: whoever
    asks for their place gets it."""
    now = time.monotonic()
    if now - _last_ticks.get(room_id, 0.0) >= TICK_SECONDS:
        _last_ticks[room_id] = now
        _tick_or_log(room_id, may_draw=False)


def _tick_or_log(room_id: int, *, may_draw: bool) -> int:
    try:
        return tick(room_id, may_draw=may_draw)
    except DatabaseError:
        logger.exception("waiting room %s was not brought up to date", room_id)
        return 0


@transaction.atomic
def tick(room_id: int, *, may_draw: bool = True) -> int:
    """Bring a room up to date; how many visitors were called. 0 while another tick runs.

    The draw has DRAW_SECONDS_MAX; without ``may_draw`` everybody waits on until it was made.
    Locks the room (SKIP LOCKED), then places (SKIP LOCKED, by rank).
    """
    room = (
        WaitingRoom.objects.switched_on()
        .with_now()
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .filter(pk=room_id)
        .first()
    )
    if room is None or not _is_due(room):
        return 0
    if room.closes_at is not None and room.closes_at <= room.now:
        close(room)
        return 0
    if room.control == RoomControl.AUTOMATIC:
        _engage(room, demand.measure(room.pk, room.now))
    called = _admit(room) if _is_admitting(room) and _is_drawn(room, may_draw) else 0
    room.called_count += called
    room.ticked_at = room.now
    room.save(update_fields=STATE_FIELDS)
    return called


def close(room: WaitingRoom) -> None:
    """Switch a locked room off and end its places."""
    locked_at = room.now
    room.control, room.engaged_at = RoomControl.OFF, None
    room.save(update_fields=["control", "engaged_at"])
    room.places.live().update(ended_at=locked_at, end=PlaceEnd.CLOSED, visitor="")
    transaction.on_commit(rooms.refresh)


def switch_off(room_id: int) -> None:
    """Let everybody in again. Locks the room, then its places."""
    with transaction.atomic():
        close(WaitingRoom.objects.with_now().select_for_update(no_key=True).get(pk=room_id))


def delete_old_places() -> int:
    """Delete places that ended more than KEPT_DAYS ago; how many."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    old = WaitingPlace.objects.filter(ended_at__lt=before).order_by("pk")[:SWEEP_PLACES_MAX]
    deleted, _by_model = WaitingPlace.objects.filter(pk__in=old.values("pk")).delete()
    return deleted


def _is_due(room: WaitingRoom) -> bool:
    return room.ticked_at is None or (room.now - room.ticked_at).total_seconds() >= TICK_SECONDS / 2


def _is_admitting(room: WaitingRoom) -> bool:
    begins = room.opens_at or room.waits_from
    return (begins is None or begins <= room.now) and rooms.RoomRecord.of(room).is_open(room.now)


def _is_drawn(room: WaitingRoom, may_draw: bool) -> bool:
    """Whether the turns are drawn, if they are to be; draws them if it may."""
    if room.opens_at is not None and room.drawn_at is None and may_draw:
        draw.draw(room)
    return room.opens_at is None or room.drawn_at is not None


def _engage(room: WaitingRoom, measured: demand.Demand) -> None:
    """Open an automatic room above the measured rate; close it once nobody waits any more."""
    before = room.engaged_at
    is_busy = measured.wanted > rate.rate_per_minute(room.per_minute_max, measured.held)
    if before is None and is_busy:
        room.engaged_at = room.now
    elif (
        before is not None
        and not is_busy
        and (room.now - before).total_seconds() >= ENGAGED_SECONDS_MIN
        and not room.places.waiting().exists()
    ):
        room.engaged_at = None
    if room.engaged_at != before:
        transaction.on_commit(rooms.refresh)


def _admit(room: WaitingRoom) -> int:
    draw.append(room)
    _end_places(room)
    occupancy = occupancy_of(room)
    room.rate_per_minute = rate.rate_per_minute(room.per_minute_max, occupancy.holds_per_minute)
    begins = max(filter(None, (room.ticked_at, room.opens_at, room.waits_from)), default=room.now)
    elapsed = (room.now - begins).total_seconds()
    room.credit = rate.grown_credit(room.credit, room.rate_per_minute, elapsed)
    wanted = rate.admissions(room.credit, room.inside_max, occupancy)
    called = _call(room, wanted) if wanted else 0
    room.credit -= called
    return called


def _call(room: WaitingRoom, limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            CALL,
            {
                "room_id": room.pk,
                "limit": limit,
                "presence_seconds": CALL_PRESENCE_SECONDS,
                "enter_seconds": ENTER_SECONDS,
            },
        )
        return int(cursor.rowcount)


def _end_places(room: WaitingRoom) -> None:
    """End the places of who did not come, was inside long enough, has bought, or went away."""
    with connection.cursor() as cursor:
        cursor.execute(END_OVER, {"room_id": room.pk})
        if room.showtime_id is not None:
            cursor.execute(END_BUYERS, {"room_id": room.pk, "showtime_id": room.showtime_id})
        if _may_sweep(room, room.now):
            room.swept_at = room.now
            cursor.execute(
                END_ABANDONED,
                {
                    "room_id": room.pk,
                    "abandoned_seconds": ABANDONED_SECONDS,
                    "limit": SWEEP_PLACES_MAX,
                },
            )


def _may_sweep(room: WaitingRoom, at: datetime) -> bool:
    """Who went away before the opening has time to come back after it."""
    if room.opens_at is not None and (at - room.opens_at).total_seconds() < ABANDONED_SECONDS:
        return False
    return room.swept_at is None or (at - room.swept_at).total_seconds() >= SWEEP_EVERY_SECONDS
