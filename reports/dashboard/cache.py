"""One computation of a cinema's figures a second, however many desks are open.

Keys carry a generation that ``stale`` replaces, so that figures computed before a change are
never read after it. One process computes, the others wait for it a moment; what nobody has is
computed at once for all of its cinemas. A cache that is away costs the queries, never an error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import cast

import orjson
from django_redis import get_redis_connection
from redis import Redis
from redis.exceptions import RedisError

from core.cache import Timing, get_or_build
from movies.models import Cinema
from reports.dashboard.figures import figures
from reports.dashboard.types import CinemaFigures

FRESH_MS = 1_000
COMPUTE_LOCK_MS = 2_000
WAIT_SECONDS = 1.0
WAIT_STEP_SECONDS = 0.02
KEY = "layar:desk"


def fresh_figures(cinemas: Iterable[Cinema], at: datetime) -> list[CinemaFigures]:
    """``desk.figures``, at most ``FRESH_MS`` old and never older than the last ``stale``."""
    wanted = {cinema.pk: cinema for cinema in cinemas}
    store = _redis()
    try:
        keys = _keys(store, list(wanted))
    except RedisError:
        found = _computed(list(wanted.values()), at)
        return [found[pk] for pk in wanted]

    def build(missing: list[str]) -> dict[str, bytes]:
        fresh = _computed([wanted[keys[key]] for key in missing], at)
        return {key: orjson.dumps(fresh[keys[key]]) for key in missing}

    timing = Timing(FRESH_MS, COMPUTE_LOCK_MS, WAIT_SECONDS, WAIT_STEP_SECONDS)
    entries = get_or_build(store, list(keys), build, timing)
    return [orjson.loads(entries[key]) for key in keys]


def stale(cinema_ids: Collection[int]) -> None:
    """Something changed in these cinemas: whoever asks from now on reads it."""
    try:
        with _redis().pipeline(transaction=False) as pipe:
            for cinema_id in cinema_ids:
                pipe.incr(_generation_key(cinema_id))
            pipe.execute()
    except RedisError:
        return  # the old figures are gone by themselves within FRESH_MS


def _keys(store: Redis, cinema_ids: list[int]) -> dict[str, int]:
    """The cinema of each key."""
    if not cinema_ids:
        return {}
    kept = cast("list[bytes | None]", store.mget([_generation_key(pk) for pk in cinema_ids]))
    return {f"{KEY}:{pk}:{int(now or 0)}": pk for pk, now in zip(cinema_ids, kept, strict=True)}


def _computed(cinemas: list[Cinema], at: datetime) -> dict[int, CinemaFigures]:
    return {one["cinema"]: one for one in figures(cinemas, at)}


def _generation_key(cinema_id: int) -> str:
    return f"{KEY}:{cinema_id}:generation"


def _redis() -> Redis:
    return cast(Redis, get_redis_connection("default"))
