"""Which waiting rooms are switched on: a copy in each process, read again once a second.

While none is, asking costs a comparison of clocks. The copy is read from Redis, and from the
database where Redis has none; the tick writes it there every few seconds.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime

import orjson
import redis
from django.conf import settings
from django.utils import timezone

from core import redis as core_redis
from movies.models import Showtime
from seating.models import RoomControl, WaitingRoom
from seating.waiting_room.limits import ROOMS_READ_MAX

logger = logging.getLogger(__name__)

KEY = "layar:waiting-rooms"
KEPT_MS = 10_000
LOCAL_SECONDS = 1.0


@dataclass(frozen=True)
class RoomRecord:
    """What decides whether a room is open."""

    pk: int
    showtime_id: int | None
    movie_id: int | None
    is_automatic: bool
    is_engaged: bool
    waits_from: datetime | None
    closes_at: datetime | None

    def is_open(self, at: datetime) -> bool:
        """Whether seats need a pass now."""
        if self.closes_at is not None and at >= self.closes_at:
            return False
        if self.waits_from is not None and at < self.waits_from:
            return False
        return self.is_engaged if self.is_automatic else True

    @classmethod
    def of(cls, room: WaitingRoom) -> RoomRecord:
        return cls(
            pk=room.pk,
            showtime_id=room.showtime_id,
            movie_id=room.movie_id,
            is_automatic=room.control == RoomControl.AUTOMATIC,
            is_engaged=room.engaged_at is not None,
            waits_from=room.waits_from,
            closes_at=room.closes_at,
        )


Rooms = tuple[RoomRecord, ...]


class _Local:
    """This process's copy."""

    rooms: Rooms = ()
    fresh_until = 0.0


def switched_on() -> Rooms:
    """The rooms that are on or automatic, at most LOCAL_SECONDS old. Never raises for Redis."""
    now = time.monotonic()
    if now >= _Local.fresh_until:
        _Local.rooms = _read()
        _Local.fresh_until = now + LOCAL_SECONDS
    return _Local.rooms


def covering(showtime_id: int) -> tuple[RoomRecord, ...]:
    """The switched on rooms in front of a showtime, open or not: its own, its film's, the site's.

    One query while a film has a room, else none.
    """
    rooms = switched_on()
    if not rooms:
        return ()
    by_scope = {(room.showtime_id, room.movie_id): room for room in rooms}
    scopes: list[tuple[int | None, int | None]] = [(showtime_id, None)]
    if any(room.movie_id for room in rooms):
        movie_id = Showtime.objects.values_list("movie_id", flat=True).filter(pk=showtime_id)
        scopes.append((None, movie_id.first() or 0))
    scopes.append((None, None))
    return tuple(by_scope[scope] for scope in scopes if scope in by_scope)


def deciding(showtime_id: int, at: datetime) -> RoomRecord | None:
    """The most specific room that is open; without an open one the most specific, whose demand is
    counted."""
    rooms = covering(showtime_id)
    return next((room for room in rooms if room.is_open(at)), next(iter(rooms), None))


def open_room(showtime_id: int) -> RoomRecord | None:
    """The room whose pass the seats of a showtime need now."""
    at = timezone.now()
    room = deciding(showtime_id, at)
    return room if room is not None and room.is_open(at) else None


def refresh() -> Rooms:
    """Read the rooms from the database and store them for every process. One query."""
    found = tuple(
        RoomRecord.of(room)
        for room in WaitingRoom.objects.switched_on().order_by("pk")[:ROOMS_READ_MAX]
    )
    keep(found)
    return found


def keep(rooms: Rooms) -> None:
    """Store ``rooms`` in Redis, without waiting for it, and in this process."""
    try:
        connection = core_redis.connection_for(settings.CACHE_URL)
        connection.send_nowait(("SET", KEY, orjson.dumps(rooms), "PX", KEPT_MS))
    except redis.RedisError as error:
        logger.warning("waiting rooms are not cached: %s", type(error).__name__)
    _Local.rooms, _Local.fresh_until = rooms, time.monotonic() + LOCAL_SECONDS


def _read() -> Rooms:
    try:
        kept = core_redis.connection_for(settings.CACHE_URL).execute("GET", KEY)
    except redis.RedisError as error:
        logger.warning("waiting rooms are read from the database: %s", type(error).__name__)
        kept = None
    return refresh() if kept is None else tuple(_parsed(each) for each in orjson.loads(kept))


def _parsed(values: dict[str, object]) -> RoomRecord:
    times = {
        name: datetime.fromisoformat(str(values[name])) if values[name] else None
        for name in ("waits_from", "closes_at")
    }
    return RoomRecord(**{**values, **times})  # type: ignore[arg-type]  # as dumped above
