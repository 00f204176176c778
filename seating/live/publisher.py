"""Publishing seat changes to open seat maps.

A change is ``(seat id, status, version)``: public facts only, never the holder. It is published
after commit. A lost message is harmless: versions and digests let every map detect the gap and
catch up (docs/architecture.md, "The live map").
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
from movies.catalogue import free_seats
from seating.seatmap import state

logger = logging.getLogger(__name__)

SeatChange = tuple[int, str, int]  # seat id, status, version


def group_name(showtime_id: int) -> str:
    return f"seats.{showtime_id}"


def redis_channel(group: str) -> str:
    """The Redis channel of a channel layer group."""
    return f"{settings.CHANNEL_LAYER_PREFIX}__group__{group}"


def announce(showtime_id: int, changes: Sequence[SeatChange]) -> None:
    """Push ``changes`` to every open map of the showtime once the transaction has committed."""
    if changes:
        # A lambda, not a partial: Django logs a failed robust callback by its __qualname__.
        transaction.on_commit(lambda: _publish(showtime_id, tuple(changes)), robust=True)


def _publish(showtime_id: int, changes: tuple[SeatChange, ...]) -> None:
    """Invalidate the cached map, have the catalogue count the free seats again and publish the
    changes; does not wait for Redis."""
    state.invalidate_local(showtime_id)
    invalidate: core_redis.Command = ("DEL", *state.cache_keys(showtime_id))
    due = free_seats.due_command(showtime_id)
    publish: core_redis.Command = ("PUBLISH", *_channel_message(showtime_id, changes))
    commands: dict[str, list[core_redis.Command]] = {settings.CACHE_URL: [invalidate, due]}
    commands.setdefault(publish_url(), []).append(publish)
    for url, batch in commands.items():
        try:
            core_redis.connection_for(url).send_nowait(*batch)
        except redis.RedisError as error:
            logger.warning("seat changes not pushed: %s", type(error).__name__)


def publish_url() -> str:
    """Redis to publish to: the cache's connection is reused where both are one server."""
    cache, layer = settings.CACHE_URL, settings.CHANNEL_LAYER_URL
    return cache if _is_same_redis(cache, layer) else layer


@lru_cache(maxsize=8)
def _is_same_redis(one: str, other: str) -> bool:
    """Whether two addresses differ in their database at most: pub/sub ignores databases."""
    return urlsplit(one)._replace(path="") == urlsplit(other)._replace(path="")


def _channel_message(showtime_id: int, changes: tuple[SeatChange, ...]) -> tuple[str, bytes]:
    """The Redis channel and bytes that ``channel_layer.group_send`` would publish.

    The web servers are synchronous: calling the layer's coroutine would start an event loop and a
    new connection for every hold. tests/seating/test_live.py compares the two.
    """
    layer = get_channel_layer()
    if not isinstance(layer, RedisPubSubChannelLayer):
        raise TypeError("the seat feed needs RedisPubSubChannelLayer")
    return redis_channel(group_name(showtime_id)), layer.serialize(
        {
            "type": "seats.changed",
            "showtime": showtime_id,
            "seats": changes,
            "at": time.time(),  # for the delivery latency metric
        }
    )
