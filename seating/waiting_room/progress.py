"""Where a waiting room stands, and a visitor's position in it.

The state of a room is the same for everybody, so it is read once in STATE_MS for all who ask. With
it comes how many wait up to each of STEPS ranks; a position is read off those steps, and counted
exactly near the front.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from django.db import connection
from django.utils import timezone
from django_redis import get_redis_connection

from core.cache import Timing, get_or_build
from core.outage import CircuitBreaker
from seating.models import WaitingPlace, WaitingRoom
from seating.waiting_room import occupancy, places
from seating.waiting_room.limits import (
    CHECK_LATE_SECONDS,
    CHECK_SECONDS_MAX,
    CHECK_SECONDS_MIN,
    CHECK_SECONDS_UNKNOWN,
    CHECK_SHARE,
    CHECKS_PER_SECOND_MAX,
    COUNT_PRESENCE_SECONDS,
    CREDIT_SECONDS,
)

STATE_MS = 1_000
STEPS = 200
EXACT_MAX = 200
TIMING = Timing(ttl_ms=STATE_MS, lock_ms=3_000, wait_seconds=1.0, poll_seconds=0.02)
MINUTE_SECONDS = 60

COUNT_STEPS = """
SELECT coalesce(max(rank), 0), count(*)
FROM (
    SELECT rank, (rank::bigint * %(steps)s / greatest(1, %(last_rank)s)) AS step
    FROM seating_waitingplace
    WHERE room_id = %(room_id)s AND called_at IS NULL AND ended_at IS NULL
      AND seen_at > statement_timestamp() - make_interval(secs => %(presence_seconds)s)
) AS waiting
GROUP BY step ORDER BY step NULLS LAST
"""
COUNT_AHEAD = """
SELECT count(*) FROM (
    SELECT FROM seating_waitingplace
    WHERE room_id = %(room_id)s AND called_at IS NULL AND ended_at IS NULL AND rank < %(rank)s
      AND seen_at > statement_timestamp() - make_interval(secs => %(presence_seconds)s)
    LIMIT %(limit)s
) AS ahead
"""
CALLED_LATELY = """
SELECT count(*) FROM seating_waitingplace
WHERE room_id = %(room_id)s AND called_at > statement_timestamp() - interval '1 minute'
"""


_outage = CircuitBreaker("cache of waiting rooms", 2.0)


class Phase(StrEnum):
    BEFORE = "before"  # everybody waits for the opening
    OPEN = "open"
    SOLD_OUT = "sold_out"  # no seat is free now; unpaid ones may come back
    CLOSED = "closed"  # nobody needs to wait


class PlaceState(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    INSIDE = "inside"


@dataclass(frozen=True)
class RoomState:
    """``steps``: pairs of a rank, and how many wait up to it. ``unranked``: not in the order yet.
    ``inside``: called, and their time is not over. ``is_new``: it did not call for a minute yet.
    """

    room_id: int
    phase: Phase
    waiting: int
    inside: int
    called: int
    per_minute: float
    per_minute_max: int
    is_new: bool
    called_last_minute: int
    steps: list[tuple[int, int]]
    opens_at: str | None
    server_time: str

    @property
    def public(self) -> dict[str, Any]:
        """What everybody may see, and what the live feed sends."""
        return {
            "room": self.room_id,
            "phase": self.phase,
            "waiting": self.waiting,
            "called": self.called,
            "per_minute": round(self.speed_per_minute, 1),
            "opens_at": self.opens_at,
            "server_time": self.server_time,
        }

    @property
    def speed_per_minute(self) -> float:
        """Who was called in the last minute; the planned rate before there is a minute."""
        return float(self.per_minute if self.is_new else self.called_last_minute or self.per_minute)


@dataclass(frozen=True)
class Position:
    """``ahead``: who waits before this place; None before the opening. ``wait_seconds``: an
    estimate; None where there is none. ``check_seconds``: when to ask again."""

    state: PlaceState
    ahead: int | None
    wait_seconds: int | None
    check_seconds: int


def current(room_id: int) -> RoomState:
    """The state of a room, at most STATE_MS old. Raises NotFound."""
    values = orjson.loads(_document(room_id))
    values["phase"] = Phase(values["phase"])
    values["steps"] = [(rank, count) for rank, count in values["steps"]]
    return RoomState(**values)


def _document(room_id: int) -> bytes:
    if _outage.is_open():
        return _build(room_id)
    key = f"layar:waiting-room:{room_id}"
    store = get_redis_connection("default")
    return get_or_build(store, [key], lambda _keys: {key: _build(room_id)}, TIMING, _outage)[key]


def position_of(place: WaitingPlace, state: RoomState) -> Position:
    """One query near the front, none elsewhere."""
    if place.admitted_until is not None:
        inside = PlaceState.INSIDE if place.entered_at else PlaceState.CALLED
        left = (place.admitted_until - timezone.now()).total_seconds()
        return Position(inside, 0, 0, max(CHECK_SECONDS_MIN, math.ceil(left)))
    ahead = _ahead(place, state)
    wait_seconds = _wait_seconds(ahead, state)
    check_seconds = _check_seconds(ahead, wait_seconds, state)
    return Position(PlaceState.WAITING, ahead, wait_seconds, check_seconds)


def _ahead(place: WaitingPlace, state: RoomState) -> int | None:
    if state.phase == Phase.BEFORE:
        return None
    if place.rank is None:
        return max(0, state.waiting - 1)
    about = _by_steps(place.rank, state.steps)
    return about if about > EXACT_MAX else _exactly(place, about)


def _by_steps(rank: int, steps: list[tuple[int, int]]) -> int:
    """How many wait before ``rank``: in proportion within its step."""
    at = bisect_left(steps, (rank, 0))
    low_rank, low_count = steps[at - 1] if at else (0, 0)
    if at == len(steps):
        return low_count
    high_rank, high_count = steps[at]
    share = (rank - low_rank) / (high_rank - low_rank)
    return max(0, math.ceil(low_count + share * (high_count - low_count)) - 1)


def _exactly(place: WaitingPlace, about: int) -> int:
    values = {
        "room_id": place.room_id,
        "rank": place.rank,
        "presence_seconds": COUNT_PRESENCE_SECONDS,
        "limit": 2 * EXACT_MAX,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT_AHEAD, values)
        [(count,)] = cursor.fetchall()
    return int(count) if count < 2 * EXACT_MAX else about


def _wait_seconds(ahead: int | None, state: RoomState) -> int | None:
    if state.phase == Phase.BEFORE and state.opens_at:
        left = datetime.fromisoformat(state.opens_at) - datetime.fromisoformat(state.server_time)
        return max(0, math.ceil(left.total_seconds()))
    if ahead is None or state.phase != Phase.OPEN or not state.speed_per_minute:
        return None
    return math.ceil((ahead + 1) * MINUTE_SECONDS / state.speed_per_minute)


def _check_seconds(ahead: int | None, wait_seconds: int | None, state: RoomState) -> int:
    """Rare while many wait, but soon enough for the earliest possible call."""
    wished = CHECK_SECONDS_UNKNOWN if wait_seconds is None else wait_seconds // CHECK_SHARE
    shared = math.ceil(state.waiting / CHECKS_PER_SECOND_MAX)
    latest = _earliest_call_seconds(ahead, wait_seconds, state) + CHECK_LATE_SECONDS
    return min(CHECK_SECONDS_MAX, latest, max(CHECK_SECONDS_MIN, wished, shared))


def _earliest_call_seconds(ahead: int | None, wait_seconds: int | None, state: RoomState) -> int:
    """Before the draw anybody may be the first; after it the room's limit is the fastest pace."""
    if ahead is None:
        return wait_seconds or 0
    return max(0, ahead * MINUTE_SECONDS // state.per_minute_max - CREDIT_SECONDS)


def _build(room_id: int) -> bytes:
    room = places.get_room(room_id)
    values = {"room_id": room_id, "steps": STEPS, "last_rank": room.last_rank}
    with connection.cursor() as cursor:
        cursor.execute(COUNT_STEPS, values | {"presence_seconds": COUNT_PRESENCE_SECONDS})
        counted = cursor.fetchall()
        cursor.execute(CALLED_LATELY, values)
        [(called_last_minute,)] = cursor.fetchall()
    taken = occupancy.occupancy_of(room)
    steps, total = [], 0
    for rank, count in counted:
        total += count
        if rank:
            steps.append((rank, total))
    return orjson.dumps(
        RoomState(
            room_id=room_id,
            phase=_phase(room, taken.free_seats),
            waiting=total,
            inside=taken.inside,
            called=room.called_count,
            per_minute=room.rate_per_minute or room.per_minute_max,
            per_minute_max=room.per_minute_max,
            is_new=_is_new(room),
            called_last_minute=called_last_minute,
            steps=steps,
            opens_at=room.opens_at.isoformat() if room.opens_at else None,
            server_time=room.now.isoformat(),
        )
    )


def _is_new(room: WaitingRoom) -> bool:
    begins = room.engaged_at or room.opens_at or room.waits_from
    return begins is not None and (room.now - begins).total_seconds() < MINUTE_SECONDS


def _phase(room: WaitingRoom, free_seats: int | None) -> Phase:
    if not places.is_open(room, timezone.now()):
        return Phase.CLOSED
    if room.opens_at is not None and (room.drawn_at is None or room.now < room.opens_at):
        return Phase.BEFORE  # the draw may take some seconds
    return Phase.SOLD_OUT if free_seats == 0 else Phase.OPEN
