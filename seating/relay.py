"""One relay per process and showtime: hears the channel layer once, writes to every socket.

Sockets join and leave a room; the room subscribes when its first socket comes and unsubscribes
when its last one leaves. Changes within ``COALESCE_SECONDS`` travel as one frame that is encoded
once, however many are watching. Every ``DIGEST_SECONDS`` a digest lets a map notice that it
missed something.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any, Protocol

import orjson
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from seating import live, seatmap

logger = logging.getLogger(__name__)

COALESCE_SECONDS = 0.1
DIGEST_SECONDS = 5.0
SUBSCRIBE_RETRY_SECONDS = 1.0


class Socket(Protocol):
    async def push(self, frame: str) -> None: ...


class Room:
    """Everybody in this process who is watching one showtime."""

    def __init__(self, showtime_id: int) -> None:
        self.showtime_id = showtime_id
        self.sockets: set[Socket] = set()
        self.pending: dict[int, tuple[int, str, int]] = {}
        self.subscribed = asyncio.Event()
        self.changed = asyncio.Event()
        self.tasks = [
            asyncio.create_task(work())
            for work in (self._listen, self._flush_changes, self._send_digests)
        ]

    async def _listen(self) -> None:
        """Collect the newest change of each seat. Only this task receives from the layer."""
        layer = get_channel_layer()
        channel = None
        group = live.group_name(self.showtime_id)
        try:
            while True:
                try:
                    if channel is None:
                        channel = await layer.new_channel()
                        await layer.group_add(group, channel)
                        self.subscribed.set()
                    self._collect(await layer.receive(channel))
                except (RedisError, OSError) as error:
                    logger.warning("seat feed: %s", type(error).__name__)
                    channel = None
                    self.subscribed.set()  # viewers get the snapshot and digests meanwhile
                    await asyncio.sleep(SUBSCRIBE_RETRY_SECONDS)
        finally:
            if channel is not None:
                with contextlib.suppress(Exception):
                    await layer.group_discard(group, channel)

    def _collect(self, message: dict[str, Any]) -> None:
        for seat_id, status, version in message["seats"]:
            known = self.pending.get(seat_id)
            if known is None or known[2] < version:
                self.pending[seat_id] = (seat_id, status, version)
        self.changed.set()

    async def _flush_changes(self) -> None:
        while True:
            await self.changed.wait()
            await asyncio.sleep(COALESCE_SECONDS)
            self.changed.clear()
            changes, self.pending = list(self.pending.values()), {}
            await self._broadcast({"type": "delta", "seats": changes})

    async def _send_digests(self) -> None:
        while True:
            await asyncio.sleep(DIGEST_SECONDS)
            try:
                snapshot = await read_snapshot(self.showtime_id)
            except Exception as error:  # the database may be away; the next digest tries again
                logger.warning("seat digest: %s", type(error).__name__)
                continue
            await self._broadcast(
                {
                    "type": "digest",
                    "versions": snapshot["versions"],
                    "available": snapshot["available"],
                }
            )

    async def _broadcast(self, document: dict[str, Any]) -> None:
        frame = orjson.dumps(document).decode()
        for socket in tuple(self.sockets):
            try:
                await socket.push(frame)
            except Exception as error:  # one broken socket must not silence the others
                logger.info("seat feed: socket dropped: %s", type(error).__name__)
                self.sockets.discard(socket)

    def close(self) -> None:
        for task in self.tasks:
            task.cancel()


_rooms: dict[int, Room] = {}


async def join(showtime_id: int, socket: Socket) -> None:
    """Let ``socket`` hear of the showtime; returns once nothing can be missed any more."""
    room = _rooms.get(showtime_id)
    if room is None:
        room = _rooms[showtime_id] = Room(showtime_id)
    room.sockets.add(socket)
    await room.subscribed.wait()


def leave(showtime_id: int, socket: Socket) -> None:
    room = _rooms.get(showtime_id)
    if room is None:
        return
    room.sockets.discard(socket)
    if not room.sockets:
        del _rooms[showtime_id]
        room.close()


async def read_snapshot(showtime_id: int) -> dict[str, Any]:
    """The statuses document, from the micro-cache. Raises NotFound."""
    snapshot: dict[str, Any] = orjson.loads(
        await database_sync_to_async(seatmap.statuses_bytes)(showtime_id)
    )
    return snapshot
