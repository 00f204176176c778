"""Cache of dashboard figures: each cinema is computed at most once a second.

Keys contain a generation that ``invalidate`` increments, so figures computed before a change are
not served after it. Without Redis the figures are computed from the database.
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


def cached_figures(cinemas: Iterable[Cinema], at: datetime) -> list[CinemaFigures]:
    """``figures.figures``, at most ``FRESH_MS`` old and newer than the last ``invalidate``."""
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


def invalidate(cinema_ids: Collection[int]) -> None:
    """Drop the cached figures of these cinemas."""
    try:
        with _redis().pipeline(transaction=False) as pipe:
            for cinema_id in cinema_ids:
                pipe.incr(_generation_key(cinema_id))
            pipe.execute()
    except RedisError:
        return  # the cached figures expire within FRESH_MS


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
