"""The tick of a waiting room: draws and ranks, ends places, and calls the next.

The only code that calls places. It locks the room's row (SKIP LOCKED), so one tick at a time calls
and the limits inside hold. Celery ticks every few seconds, and so does whoever asks for a place.
Only Celery draws, because a statement may take longer there than in a request.
"""

from __future__ import annotations

import logging
import time

from django.db import DatabaseError, connection, transaction

from seating.models import RoomControl, WaitingRoom
from seating.waiting_room import demand, draw, ending, rate, rooms
from seating.waiting_room.limits import (
    CALL_PRESENCE_SECONDS,
    ENTER_SECONDS,
    TICK_SECONDS,
)
from seating.waiting_room.occupancy import occupancy_of

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
STATE_FIELDS = (
    *("drawn_at", "drawn_count", "last_rank", "called_count", "credit", "rate_per_minute"),
    *("ticked_at", "swept_at", "engaged_at"),
)
_last_ticks: dict[int, float] = {}  # of this process, by room


def tick_all() -> int:
    """Tick every room that is switched on, and end places of rooms that are not; how many visitors
    were called. A room that fails is logged and does not keep the others waiting."""
    called = sum(_tick_or_log(room.pk, may_draw=True) for room in rooms.refresh())
    ending.end_in_closed_rooms()
    return called


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
    Locks the room (SKIP LOCKED), then places (SKIP LOCKED; the draw waits for them).
    """
    room = (
        WaitingRoom.objects.switched_on()
        .with_now()
        .select_related("showtime")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
        .filter(pk=room_id)
        .first()
    )
    if room is None or not _is_due(room):
        return 0
    if _is_over(room):
        _close(room)
        return 0
    ending.end_due(room)
    begins = room.waits_from is None or room.waits_from <= room.now
    if room.control == RoomControl.AUTOMATIC and begins:
        _engage(room, demand.measure(room.pk, room.now))
    called = _admit(room) if _is_admitting(room) and _is_drawn(room, may_draw) else 0
    room.called_count += called
    room.ticked_at = room.now
    room.save(update_fields=STATE_FIELDS)
    return called


def _close(room: WaitingRoom) -> None:
    """Switch a locked room off, which commits before its places are ended in batches."""
    room.control, room.engaged_at = RoomControl.OFF, None
    room.save(update_fields=["control", "engaged_at"])
    transaction.on_commit(rooms.refresh)


def _is_over(room: WaitingRoom) -> bool:
    """Whether there is nothing to wait for any more: its end came, or that of the sale."""
    showtime = room.showtime
    return (room.closes_at is not None and room.closes_at <= room.now) or (
        showtime is not None
        and (showtime.cancelled_at is not None or showtime.sale_closes_at <= room.now)
    )


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
