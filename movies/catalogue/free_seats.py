"""Cache of ``FreeSeats`` in Redis, and its refresh after seats changed.

A change of seats marks the showtime as due, after the commit and without waiting. At most once in
``REFRESH_SECONDS`` one process counts the due showtimes again, with one query, and makes a new
revision of the catalogue's pages if a count that they show changed. A hold that expires is due at
its end. While Redis is unavailable, counts come from the database.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import cast

import orjson
from django.db import DatabaseError
from redis import Redis
from redis.exceptions import RedisError

from core.cache import Timing, get_or_build
from core.redis import Command
from movies.catalogue import availability, cache
from movies.catalogue.availability import FreeSeats, SeatCount

logger = logging.getLogger(__name__)

KEY = "layar:free-seats"
DUE_KEY = f"{KEY}:due"  # showtime → when it has to be counted again
TURN_KEY = f"{KEY}:turn"
ENTRY_SECONDS = 600  # maximum time for which a change stays unseen if its mark is lost with Redis
REFRESH_SECONDS = 1.0
DUE_MAX = 500  # showtimes counted by one refresh
DUE_NOW = 0
NO_SEATS = b"null"  # a showtime without rows of seats

Entries = dict[str, bytes]


class _Turn:
    """Time at which this process checks for due showtimes next."""

    next_at = 0.0


def due_command(showtime_id: int) -> Command:
    """The Redis command that marks a showtime as due; for the connection of the cache."""
    return ("ZADD", DUE_KEY, DUE_NOW, showtime_id)


def mark_due(showtime_id: int) -> None:
    """Have a showtime counted again. Call after the commit."""
    try:
        cache.redis().zadd(DUE_KEY, {str(showtime_id): DUE_NOW})
    except RedisError as error:
        cache.outage.trip(error)


def generation() -> bytes | None:
    """The catalogue's generation, after the refresh that may be due."""
    if is_refresh_due():
        _Turn.next_at = time.monotonic() + REFRESH_SECONDS
        try:
            _refresh(cache.redis())
        except RedisError as error:
            cache.outage.trip(error)
    return cache.generation()


def is_refresh_due() -> bool:
    """Whether ``generation`` will check for due showtimes, which may need a query."""
    return time.monotonic() >= _Turn.next_at and not cache.outage.is_open()


def invalidate() -> None:
    """Check for due showtimes at the next request. For tests."""
    _Turn.next_at = 0.0


def read(showtime_ids: Sequence[int]) -> dict[int, FreeSeats]:
    """Free seats of the showtimes that have rows of seats."""
    if not showtime_ids:
        return {}
    by_key = {_key(showtime_id): showtime_id for showtime_id in showtime_ids}
    if cache.outage.is_open():
        entries = _build(list(by_key.values()))
    else:
        entries = get_or_build(
            cache.redis(),
            list(by_key),
            lambda keys: _build([by_key[key] for key in keys], schedules=True),
            Timing(
                ENTRY_SECONDS * 1_000,
                cache.BUILD_LOCK_MS,
                cache.WAIT_SECONDS,
                cache.WAIT_STEP_SECONDS,
            ),
            cache.outage,
        )
    return {
        by_key[key]: FreeSeats(**orjson.loads(entry))
        for key, entry in entries.items()
        if entry != NO_SEATS
    }


def _key(showtime_id: int) -> str:
    return f"{KEY}:{showtime_id}"


def _build(showtime_ids: list[int], *, schedules: bool = False) -> Entries:
    counts = availability.count(showtime_ids)
    if schedules:
        _schedule_lapses(cache.redis(), counts)
    return _entries(showtime_ids, counts)


def _entries(showtime_ids: list[int], counts: Mapping[int, SeatCount]) -> Entries:
    return {
        _key(each): orjson.dumps(asdict(counts[each].shown())) if each in counts else NO_SEATS
        for each in showtime_ids
    }


def _schedule_lapses(store: Redis, counts: Mapping[int, SeatCount]) -> None:
    """Have showtimes counted again when the first of their holds is over, or earlier."""
    lapses = {
        str(showtime_id): count.next_lapse_at.timestamp()
        for showtime_id, count in counts.items()
        if count.next_lapse_at is not None
    }
    if lapses:
        store.zadd(DUE_KEY, lapses, lt=True)


def _refresh(store: Redis) -> None:
    """Count due showtimes again; a new revision if what is shown of one changed."""
    if not store.set(TURN_KEY, b"1", nx=True, px=int(REFRESH_SECONDS * 1_000)):
        return
    members = cast("list[bytes]", store.zrangebyscore(DUE_KEY, "-inf", time.time(), 0, DUE_MAX))
    if not members:
        return
    store.zrem(DUE_KEY, *members)  # a change from now on marks them again
    due = [int(member) for member in members]
    try:
        counts = availability.count(due)
    except DatabaseError as error:
        logger.warning("free seats not counted: %s", type(error).__name__)
        store.zadd(DUE_KEY, dict.fromkeys(members, DUE_NOW))
        return
    _schedule_lapses(store, counts)
    _replace(store, due, _entries(due, counts))


def _replace(store: Redis, due: list[int], entries: Entries) -> None:
    keys = list(entries)
    before = cast("list[bytes | None]", store.mget(keys))
    locks = cast("list[bytes | None]", store.mget([f"{key}:lock" for key in keys]))
    with store.pipeline(transaction=False) as pipe:
        for key, entry in entries.items():
            pipe.set(key, entry, ex=ENTRY_SECONDS)
        for showtime_id, lock in zip(due, locks, strict=True):
            if lock is not None:  # another process may still store an older count
                pipe.zadd(DUE_KEY, {str(showtime_id): time.time() + REFRESH_SECONDS})
        pipe.execute()
    if before != list(entries.values()):
        cache.new_revision()
