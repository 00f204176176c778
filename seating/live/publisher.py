"""Telling every open seat map what changed.

A change is ``(seat id, status, version)``: public facts only, never who. It is announced after
commit, so nobody hears of what was rolled back. A lost announcement is harmless: versions and
digests let every map notice and catch up (docs/architecture.md, "The live map").
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

import redis
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings
from django.db import transaction

from core import redis as core_redis
from seating.seatmap import state

logger = logging.getLogger(__name__)

SeatChange = tuple[int, str, int]  # seat id, status, version


def group_name(showtime_id: int) -> str:
    return f"seats.{showtime_id}"


def redis_channel(group: str) -> str:
    """Where Redis carries what is sent to a group of the channel layer."""
    return f"{settings.CHANNEL_LAYER_PREFIX}__group__{group}"


def announce(showtime_id: int, changes: Sequence[SeatChange]) -> None:
    """Push ``changes`` to every open map of the showtime once the transaction has committed."""
    if changes:
        # A lambda, not a partial: Django names a robust callback that failed by __qualname__.
        transaction.on_commit(lambda: _publish(showtime_id, tuple(changes)), robust=True)


def _publish(showtime_id: int, changes: tuple[SeatChange, ...]) -> None:
    """Drop the kept map and tell the news: sent, and not waited for."""
    state.forget_at_hand(showtime_id)
    drop = ("DEL", *state.kept_keys(showtime_id))
    news = ("PUBLISH", *_wire_message(showtime_id, changes))
    told: dict[str, list[core_redis.Command]] = {settings.CACHE_URL: [drop]}
    told.setdefault(news_url(), []).append(news)
    for url, commands in told.items():
        try:
            core_redis.connection_for(url).send_nowait(*commands)
        except redis.RedisError as error:
            logger.warning("seat changes not pushed: %s", type(error).__name__)


def news_url() -> str:
    """Where news is told: by the cache's own line, where both are one Redis."""
    one, other = settings.CACHE_URL, settings.CHANNEL_LAYER_URL
    return one if _is_same_redis(one, other) else other


@lru_cache(maxsize=8)
def _is_same_redis(one: str, other: str) -> bool:
    """Whether two addresses differ in their database at most: pub/sub knows no databases."""
    return urlsplit(one)[:2] == urlsplit(other)[:2] != ("unix", "")


def _wire_message(showtime_id: int, changes: tuple[SeatChange, ...]) -> tuple[str, bytes]:
    """The Redis channel and bytes that ``channel_layer.group_send`` would publish.

    The web servers are synchronous: going through the layer's coroutine would start an event loop
    and a new connection for every tap. tests/seating/test_live.py holds the two to be the same.
    """
    layer = get_channel_layer()
    if not isinstance(layer, RedisPubSubChannelLayer):
        raise TypeError("the seat feed needs RedisPubSubChannelLayer")
    return redis_channel(group_name(showtime_id)), layer.serialize(
        {
            "type": "seats.changed",
            "showtime": showtime_id,
            "seats": changes,
            "at": time.time(),  # so that a relay knows how late it is
        }
    )
