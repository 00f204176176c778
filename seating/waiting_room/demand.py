"""Measured demand and holds in front of a waiting room, counted in Redis in windows of 10 s.

They decide whether an automatic room opens. Without Redis nothing is counted, and none opens.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

import redis
from django.conf import settings
from django.utils import timezone

from core import redis as core_redis

logger = logging.getLogger(__name__)

KEY = "layar:waiting-demand"
WINDOW_SECONDS = 10
WINDOWS = 6  # a minute
KEPT_SECONDS = (WINDOWS + 2) * WINDOW_SECONDS
WANTED, HELD = "wanted", "held"


@dataclass(frozen=True)
class Demand:
    """In the last minute: requests for seats, refused ones included, and holds."""

    wanted: int = 0
    held: int = 0


def count(room_id: int, kind: str) -> None:
    """Count one request (WANTED) or one hold (HELD). Does not wait for Redis; never raises."""
    key = _key(room_id, kind, _window(timezone.now()))
    try:
        core_redis.connection_for(settings.CACHE_URL).send_nowait(
            ("INCR", key), ("EXPIRE", key, KEPT_SECONDS)
        )
    except redis.RedisError as error:
        logger.warning("demand is not counted: %s", type(error).__name__)


def measure(room_id: int, at: datetime) -> Demand:
    """The last minute. Zero without Redis."""
    last = _window(at)
    windows = range(last - WINDOWS + 1, last + 1)
    keys = [_key(room_id, kind, each) for kind in (WANTED, HELD) for each in windows]
    try:
        values = core_redis.connection_for(settings.CACHE_URL).execute("MGET", *keys)
    except redis.RedisError as error:
        logger.warning("demand is not known: %s", type(error).__name__)
        return Demand()
    counts = [int(value or 0) for value in values]
    return Demand(wanted=sum(counts[:WINDOWS]), held=sum(counts[WINDOWS:]))


def _window(at: datetime) -> int:
    return int(at.timestamp()) // WINDOW_SECONDS


def _key(room_id: int, kind: str, window: int) -> str:
    return f"{KEY}:{room_id}:{kind}:{window}"
