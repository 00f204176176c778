"""People who want or hold seats behind a waiting room, counted in Redis in windows of 10 s.

They decide whether an automatic room opens. A visitor counts once a minute however often they ask,
and a network as PEOPLE_BY_NETWORK_MAX at most, so one client cannot open a room. Redis stores
sketches (HyperLogLog, off by about 1 %) and no names. Without Redis nothing is counted, and none
opens.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

import redis
from django.conf import settings
from django.utils import timezone

from core import redis as core_redis

logger = logging.getLogger(__name__)

KEY = "layar:waiting-people"
WINDOW_SECONDS = 10
WINDOWS = 6  # a minute
KEPT_SECONDS = (WINDOWS + 2) * WINDOW_SECONDS
PEOPLE_BY_NETWORK_MAX = 20
WANTED, HELD = "wanted", "held"


@dataclass(frozen=True)
class Demand:
    """People of the last minute: who wanted seats, refused ones included, and who held some."""

    wanted: int = 0
    held: int = 0


def count(room_id: int, kind: str, visitor: str, network: str) -> None:
    """Count who wants (WANTED) or holds (HELD) seats. Does not wait for Redis; never raises."""
    key = _key(room_id, kind, _window(timezone.now()))
    try:
        core_redis.connection_for(settings.CACHE_URL).send_nowait(
            ("PFADD", key, _person(visitor, network)), ("EXPIRE", key, KEPT_SECONDS)
        )
    except redis.RedisError as error:
        logger.warning("demand is not counted: %s", type(error).__name__)


def measure(room_id: int, at: datetime) -> Demand:
    """The last minute. Zero without Redis."""
    last = _window(at)
    windows = range(last - WINDOWS + 1, last + 1)
    try:
        connection = core_redis.connection_for(settings.CACHE_URL)
        wanted, held = (
            int(connection.execute("PFCOUNT", *(_key(room_id, kind, each) for each in windows)))
            for kind in (WANTED, HELD)
        )
    except redis.RedisError as error:
        logger.warning("demand is not known: %s", type(error).__name__)
        return Demand()
    return Demand(wanted, held)


def _person(visitor: str, network: str) -> str:
    """Whom a visitor counts as: one of PEOPLE_BY_NETWORK_MAX of their network."""
    digest = hashlib.sha256(visitor.encode()).digest()
    if not network:
        return digest.hex()
    return f"{network} {int.from_bytes(digest[:8]) % PEOPLE_BY_NETWORK_MAX}"


def _window(at: datetime) -> int:
    return int(at.timestamp()) // WINDOW_SECONDS


def _key(room_id: int, kind: str, window: int) -> str:
    return f"{KEY}:{room_id}:{kind}:{window}"
