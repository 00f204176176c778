"""One computation of a cinema's figures a second, however many desks are open.

Keys carry a generation that ``stale`` replaces, so that figures computed before a change are
never read after it. One process computes, the others wait for it a moment; what nobody has is
computed at once for all of its cinemas. A cache that is away costs the queries, never an error.
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
    found: dict[int, CinemaFigures] = {}
    try:
        _fill(found, wanted, at)
    except RedisError:
        found |= _computed([one for pk, one in wanted.items() if pk not in found], at)
    return [found[pk] for pk in wanted]


def stale(cinema_ids: Collection[int]) -> None:
    """Something changed in these cinemas: whoever asks from now on reads it."""
    try:
        with _redis().pipeline(transaction=False) as pipe:
            for cinema_id in cinema_ids:
                pipe.incr(_generation_key(cinema_id))
            pipe.execute()
    except RedisError:
        return  # the old figures are gone by themselves within FRESH_MS


def _fill(found: dict[int, CinemaFigures], wanted: dict[int, Cinema], at: datetime) -> None:
    """Until each is found: kept by somebody, or computed here when it is this one's turn."""
    store = _redis()
    keys = _keys(store, list(wanted))
    waited_until = time.monotonic() + WAIT_SECONDS
    while missing := [pk for pk in wanted if pk not in found]:
        found |= _kept(store, keys, missing)
        missing = [pk for pk in missing if pk not in found]
        mine = missing if time.monotonic() > waited_until else _turns(store, keys, missing)
        if mine:
            fresh = _computed([wanted[pk] for pk in mine], at)
            found |= fresh
            _keep(store, keys, fresh)
        elif missing:
            time.sleep(WAIT_STEP_SECONDS)


def _keys(store: Redis, cinema_ids: list[int]) -> dict[int, str]:
    if not cinema_ids:
        return {}
    kept = cast("list[bytes | None]", store.mget([_generation_key(pk) for pk in cinema_ids]))
    return {pk: f"{KEY}:{pk}:{int(now or 0)}" for pk, now in zip(cinema_ids, kept, strict=True)}


def _kept(store: Redis, keys: dict[int, str], missing: list[int]) -> dict[int, CinemaFigures]:
    kept = cast("list[bytes | None]", store.mget([keys[pk] for pk in missing]))
    return {pk: orjson.loads(one) for pk, one in zip(missing, kept, strict=True) if one}


def _turns(store: Redis, keys: dict[int, str], missing: list[int]) -> list[int]:
    """Those that nobody else is computing; nobody else will, for a while."""
    with store.pipeline(transaction=False) as pipe:
        for pk in missing:
            pipe.set(f"{keys[pk]}:lock", 1, nx=True, px=COMPUTE_LOCK_MS)
        return [pk for pk, is_mine in zip(missing, pipe.execute(), strict=True) if is_mine]


def _keep(store: Redis, keys: dict[int, str], fresh: dict[int, CinemaFigures]) -> None:
    with store.pipeline(transaction=False) as pipe:
        for pk, one in fresh.items():
            pipe.set(keys[pk], orjson.dumps(one), px=FRESH_MS)
            pipe.delete(f"{keys[pk]}:lock")
        pipe.execute()


def _computed(cinemas: list[Cinema], at: datetime) -> dict[int, CinemaFigures]:
    return {one["cinema"]: one for one in figures(cinemas, at)}


def _generation_key(cinema_id: int) -> str:
    return f"{KEY}:{cinema_id}:generation"


def _redis() -> Redis:
    return cast(Redis, get_redis_connection("default"))
