"""One room per process: receives changes and broadcasts them to dashboards once a second.

Dashboards receive cinema ids, never figures: they request those with their own session, so
permissions are checked each time. All sales within ``PUSH_SECONDS`` cause one frame per dashboard
and one computation (``reports.dashboard.cache``).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol

import orjson
from channels.db import database_sync_to_async
from django.conf import settings
from redis.exceptions import RedisError

from core.redis import async_client
from movies.models import Showtime
from reports.dashboard import cache
from reports.dashboard.publisher import dashboard_channel
from seating.live import publisher

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 0.1  # merges the seat and the payment of one sale
PUSH_SECONDS = 1.0
SUBSCRIBE_RETRY_SECONDS = 1.0
SHOWTIMES_KNOWN_MAX = 10_000
SEATS_OF_ANY_SHOWTIME = publisher.redis_channel("seats.*")


class DashboardSocket(Protocol):
    cinemas: frozenset[int]
    sees_chain: bool  # including changes without a cinema

    async def push(self, document: dict[str, Any]) -> None: ...


class Room:
    """All open dashboards of this process."""

    def __init__(self) -> None:
        self.sockets: set[DashboardSocket] = set()
        self.showtimes: set[int] = set()
        self.cinemas: set[int] = set()
        self.chain_changed = False
        self.changed = asyncio.Event()
        self.subscribed = asyncio.Event()
        self.tasks = [
            asyncio.create_task(work()) for work in (self._listen, self._broadcast_changes)
        ]

    async def _listen(self) -> None:
        while True:
            try:
                await self._subscribe()
            except (RedisError, OSError) as error:
                logger.warning("dashboard feed: %s", type(error).__name__)
                self.subscribed.set()  # dashboards poll in the meantime
                await asyncio.sleep(SUBSCRIBE_RETRY_SECONDS)

    async def _subscribe(self) -> None:
        async with (
            async_client(settings.CHANNEL_LAYER_URL, socket_timeout=None) as client,
            client.pubsub() as pubsub,
        ):
            await pubsub.psubscribe(SEATS_OF_ANY_SHOWTIME)
            await pubsub.subscribe(dashboard_channel())
            async for message in pubsub.listen():
                self._on_message(message)

    def _on_message(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":  # the second of the two
            self.subscribed.set()
        elif message["type"] == "pmessage":
            self.showtimes.add(int(message["channel"].rsplit(b".", 1)[1]))
            self.changed.set()
        elif message["type"] == "message":
            changed = orjson.loads(message["data"])
            self.showtimes |= {changed["showtime"]} if "showtime" in changed else set()
            self.cinemas |= {changed["cinema"]} if "cinema" in changed else set()
            self.chain_changed |= "chain" in changed
            self.changed.set()

    async def _broadcast_changes(self) -> None:
        while True:
            await self.changed.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            self.changed.clear()
            showtimes, self.showtimes = self.showtimes, set()
            cinemas, self.cinemas = self.cinemas, set()
            chain_changed, self.chain_changed = self.chain_changed, False
            try:
                cinemas |= await database_sync_to_async(_cinemas_showing)(showtimes)
                await database_sync_to_async(cache.invalidate)(cinemas)
            except Exception as error:  # e.g. database outage; dashboards poll
                logger.warning("dashboard feed: %s", type(error).__name__)
            await self._broadcast(cinemas, chain_changed)
            await asyncio.sleep(PUSH_SECONDS - SETTLE_SECONDS)

    async def _broadcast(self, cinemas: set[int], chain_changed: bool) -> None:
        for socket in tuple(self.sockets):
            shown = sorted(cinemas & socket.cinemas)
            if not shown and not (chain_changed and socket.sees_chain):
                continue
            try:
                await socket.push({"type": "changed", "cinemas": shown})
            except Exception as error:  # one broken socket must not affect the others
                logger.info("dashboard feed: socket dropped: %s", type(error).__name__)
                self.sockets.discard(socket)

    def close(self) -> None:
        for task in self.tasks:
            task.cancel()


_room: Room | None = None
_cinema_of_showtime: dict[int, int] = {}


async def join(socket: DashboardSocket) -> None:
    """Add ``socket``; returns once the subscription is active, so no change is missed."""
    global _room
    if _room is None:
        _room = Room()
    room = _room
    room.sockets.add(socket)
    await room.subscribed.wait()


def leave(socket: DashboardSocket) -> None:
    global _room
    if _room is None:
        return
    _room.sockets.discard(socket)
    if not _room.sockets:
        _room.close()
        _room = None


def _cinemas_showing(showtime_ids: set[int]) -> set[int]:
    """Cached per showtime, because showtimes never move to another cinema."""
    unknown = showtime_ids - _cinema_of_showtime.keys()
    if unknown:
        if len(_cinema_of_showtime) + len(unknown) > SHOWTIMES_KNOWN_MAX:
            _cinema_of_showtime.clear()
            unknown = showtime_ids
        found = Showtime.objects.filter(pk__in=unknown)
        _cinema_of_showtime.update(found.values_list("pk", "studio__cinema"))
    return {_cinema_of_showtime[pk] for pk in showtime_ids if pk in _cinema_of_showtime}
