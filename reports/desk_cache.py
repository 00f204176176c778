"""One computation of a cinema's figures a second, however many desks are open.

Keys carry a generation that ``stale`` replaces, so that figures computed before a change are
never read after it. One process computes, the others wait for it a moment; a cache that is away
costs the queries, never an error.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import cast

import orjson
from django_redis import get_redis_connection
from redis import Redis
from redis.exceptions import RedisError

from movies.models import Cinema
from reports.desk import CinemaFigures, cinema_figures

FRESH_MS = 1_000
COMPUTE_LOCK_MS = 2_000
WAIT_SECONDS = 1.0
WAIT_STEP_SECONDS = 0.02
KEY = "layar:desk"


def fresh_figures(cinemas: Iterable[Cinema], at: datetime) -> list[CinemaFigures]:
    """``desk.figures``, at most ``FRESH_MS`` old and never older than the last ``stale``."""
    return [_cached(cinema, at) for cinema in cinemas]


def stale(cinema_ids: Collection[int]) -> None:
    """Something changed in these cinemas: whoever asks from now on reads it."""
    try:
        with _redis().pipeline(transaction=False) as pipe:
            for cinema_id in cinema_ids:
                pipe.incr(_generation_key(cinema_id))
            pipe.execute()
    except RedisError:
        return  # the old figures are gone by themselves within FRESH_MS


def _cached(cinema: Cinema, at: datetime) -> CinemaFigures:
    try:
        store = _redis()
        generation = int(cast("bytes | None", store.get(_generation_key(cinema.pk))) or 0)
        key = f"{KEY}:{cinema.pk}:{generation}"
        kept = _kept_or_turn_to_compute(store, key)
        if kept is not None:
            return cast(CinemaFigures, orjson.loads(kept))
    except RedisError:
        return cinema_figures(cinema, at)
    fresh = cinema_figures(cinema, at)
    try:
        with store.pipeline(transaction=False) as pipe:
            pipe.set(key, orjson.dumps(fresh), px=FRESH_MS)
            pipe.delete(f"{key}:lock")
            pipe.execute()
    except RedisError:
        pass
    return fresh


def _kept_or_turn_to_compute(store: Redis, key: str) -> bytes | None:
    """What another process has kept; None when it is this one's turn to ask the database."""
    waited_until = time.monotonic() + WAIT_SECONDS
    while True:
        kept = cast("bytes | None", store.get(key))
        if kept is not None:
            return kept
        if store.set(f"{key}:lock", 1, nx=True, px=COMPUTE_LOCK_MS):
            return None
        if time.monotonic() > waited_until:
            return None
        time.sleep(WAIT_STEP_SECONDS)


def _generation_key(cinema_id: int) -> str:
    return f"{KEY}:{cinema_id}:generation"


def _redis() -> Redis:
    return cast(Redis, get_redis_connection("default"))
