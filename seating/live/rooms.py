"""One relay per process: hears each watched showtime once, writes to every viewer.

Viewers join and leave a room; a room subscribes when its first viewer comes and unsubscribes
when its last one leaves. Changes within ``COALESCE_SECONDS`` travel as one frame that is encoded
once, however many are watching. Every ``DIGEST_SECONDS`` the room compares what it told with the
rows: what the channel layer lost is told then, and a digest lets each map notice what itself has
missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from typing import Any

import orjson
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.utils import timezone
from redis.exceptions import RedisError

from seating import metrics
from seating.live import publisher
from seating.live.publisher import SeatChange
from seating.live.transports import CLOSE_TOO_SLOW, Frame, Outlet, OutletClosed, TooSlow
from seating.seatmap import state

logger = logging.getLogger(__name__)

COALESCE_SECONDS = 0.1
DIGEST_SECONDS = 5.0
SUBSCRIBE_RETRY_SECONDS = 1.0
SUBSCRIBED_SECONDS_MAX = 2.0  # with the layer away a viewer gets the snapshot all the same
VIEWERS_AT_ONCE = 250  # then the process looks after others for a moment


class Ear:
    """This process's one channel of the layer."""

    def __init__(self) -> None:
        self.layer = get_channel_layer()
        self.channel: str | None = None
        self.turn = asyncio.Lock()
        self.task: asyncio.Task[None] | None = None

    async def _listen(self, channel: str) -> None:
        while True:
            try:
                message = await self.layer.receive(channel)
            except (RedisError, OSError) as error:
                logger.warning("seat feed: %s", type(error).__name__)
                await asyncio.sleep(SUBSCRIBE_RETRY_SECONDS)
                continue
            if (room := _rooms.get(message["showtime"])) is not None:
                room.collect(message["seats"], message.get("at", time.time()))

    async def listen_to(self, showtime_id: int) -> bool:
        """Whether it worked. Taking turns keeps a room's end from unsubscribing its successor."""
        async with self.turn:
            try:
                if self.channel is None:
                    self.channel = await self.layer.new_channel()
                    self.task = asyncio.create_task(self._listen(self.channel))
                await self.layer.group_add(publisher.group_name(showtime_id), self.channel)
            except (RedisError, OSError) as error:
                logger.warning("seat feed: %s", type(error).__name__)
                return False
            return True

    async def forget(self, showtime_id: int) -> None:
        async with self.turn:
            if showtime_id in _rooms or self.channel is None:
                return
            try:
                await self.layer.group_discard(publisher.group_name(showtime_id), self.channel)
            except (RedisError, OSError) as error:
                logger.warning("seat feed: %s", type(error).__name__)


class Room:
    """Everybody in this process who is watching one showtime."""

    def __init__(self, showtime_id: int, ear: Ear) -> None:
        self.showtime_id, self.ear = showtime_id, ear
        self.guests: set[Outlet] = set()
        self.viewers: set[Outlet] = set()  # the guests who have their snapshot
        self.waiting: list[tuple[Outlet, asyncio.Future[None]]] = []
        self.told: dict[int, tuple[str, int]] = {}  # seat → status, version
        self.pending: dict[int, SeatChange] = {}
        self.oldest_at: float | None = None  # commit of the first of them that was heard
        self.document: dict[str, Any] = {}  # as it was read last
        self.subscribed = asyncio.Event()
        self.somebody_waits = asyncio.Event()
        self.changed = asyncio.Event()
        self.voice = asyncio.Lock()  # one frame after the other
        self.tasks = [
            asyncio.create_task(work())
            for work in (self._subscribe, self._greet, self._flush_changes, self._send_digests)
        ]

    async def _subscribe(self) -> None:
        while not await self.ear.listen_to(self.showtime_id):
            self.subscribed.set()  # viewers get the snapshot and digests meanwhile
            await asyncio.sleep(SUBSCRIBE_RETRY_SECONDS)
        self.subscribed.set()

    def collect(self, changes: Iterable[SeatChange], at: float) -> None:
        """Keep the newest change of each seat until it is told. ``at``: of its commit."""
        self.oldest_at = min(self.oldest_at or at, at)
        for seat_id, status, version in changes:
            known = self.told.get(seat_id)
            if known is None or known[1] < version:
                self.told[seat_id] = (status, version)
                self.pending[seat_id] = (seat_id, status, version)
        if self.pending:
            self.changed.set()

    async def _look(self) -> None:
        """Read the rows. Whatever is newer than what was told gets told. Raises NotFound."""
        document = await read_snapshot(self.showtime_id)
        for seat_id, status, version in document["seats"]:
            known_version = self.told[seat_id][1] if seat_id in self.told else -1
            if known_version < version and self.document:
                self.pending[seat_id] = (seat_id, status, version)
            if known_version <= version:
                self.told[seat_id] = (status, version)
        if self.pending:
            self.changed.set()
        self.document = document

    async def _greet(self) -> None:
        """Those who came while the rows were read wait for the next reading, all for one."""
        while True:
            await self.somebody_waits.wait()
            self.somebody_waits.clear()
            newcomers, self.waiting = self.waiting, []
            try:
                await self._look()
            except Exception as error:
                for _viewer, greeted in newcomers:
                    if not greeted.done():
                        greeted.set_exception(error)
                continue
            frame = Frame(self._snapshot())
            for viewer, greeted in newcomers:
                if not greeted.done():
                    self.viewers.add(viewer)
                    self._push(viewer, frame)
                    greeted.set_result(None)

    def _snapshot(self) -> dict[str, Any]:
        """What was read, and what was heard since the reading began."""
        seats = [[seat_id, *self.told[seat_id]] for seat_id, *_rest in self.document["seats"]]
        return self.document | {
            "type": "snapshot",
            "seats": seats,
            "versions": sum(version for _seat, _status, version in seats),
            "available": sum(status == "available" for _seat, status, _version in seats),
            "server_time": timezone.now(),
        }

    async def _flush_changes(self) -> None:
        while True:
            await self.changed.wait()
            await asyncio.sleep(COALESCE_SECONDS)
            await self._tell_pending()

    async def _tell_pending(self) -> None:
        async with self.voice:
            self.changed.clear()
            changes, self.pending = list(self.pending.values()), {}
            oldest_at, self.oldest_at = self.oldest_at, None
            if changes:
                await self._broadcast(Frame({"type": "delta", "seats": changes}))
            if changes and oldest_at is not None:
                metrics.DELTA_SECONDS.observe(max(0.0, time.time() - oldest_at))

    async def _send_digests(self) -> None:
        while True:
            await asyncio.sleep(DIGEST_SECONDS)
            try:
                await self._look()
            except Exception as error:  # the database may be away; the next digest tries again
                logger.warning("seat digest: %s", type(error).__name__)
                continue
            digest = {name: self.document[name] for name in ("versions", "available")}
            await self._tell_pending()
            async with self.voice:
                await self._broadcast(Frame({"type": "digest"} | digest))

    async def _broadcast(self, frame: Frame) -> None:
        for number, viewer in enumerate(tuple(self.viewers), start=1):
            if viewer in self.viewers:
                self._push(viewer, frame)
            if number % VIEWERS_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _push(self, viewer: Outlet, frame: Frame) -> None:
        try:
            viewer.push(frame)
        except OutletClosed:
            self.viewers.discard(viewer)
        except TooSlow:
            logger.info("seat feed: a viewer was too slow")
            self.viewers.discard(viewer)
            viewer.close(CLOSE_TOO_SLOW)
            metrics.DROPPED.inc()

    async def greet(self, viewer: Outlet) -> None:
        """Let ``viewer`` in: its snapshot, then every frame from there on. Raises NotFound."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.subscribed.wait(), SUBSCRIBED_SECONDS_MAX)
        greeted = asyncio.get_running_loop().create_future()
        self.waiting.append((viewer, greeted))
        self.somebody_waits.set()
        await greeted

    def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        farewell = asyncio.create_task(self.ear.forget(self.showtime_id))
        _farewells.add(farewell)
        farewell.add_done_callback(_farewells.discard)


_ear: Ear | None = None
_rooms: dict[int, Room] = {}
_farewells: set[asyncio.Task[None]] = set()  # or they could be collected before they are done


async def join(showtime_id: int, viewer: Outlet) -> None:
    """Let ``viewer`` follow the showtime until it leaves. Raises NotFound."""
    global _ear
    if showtime_id not in _rooms:
        await read_snapshot(showtime_id)  # a room costs a subscription: only for what exists
    _ear = _ear or Ear()
    room = _rooms.get(showtime_id)
    if room is None:
        room = _rooms[showtime_id] = Room(showtime_id, _ear)
    room.guests.add(viewer)
    metrics.SOCKETS.inc()
    await room.greet(viewer)


def leave(showtime_id: int, viewer: Outlet) -> None:
    room = _rooms.get(showtime_id)
    if room is None:
        return
    if viewer in room.guests:
        metrics.SOCKETS.dec()
    room.guests.discard(viewer)
    room.viewers.discard(viewer)
    if not room.guests:
        del _rooms[showtime_id]
        room.close()


async def read_snapshot(showtime_id: int) -> dict[str, Any]:
    """The statuses document, from the micro-cache. Raises NotFound."""
    snapshot: dict[str, Any] = orjson.loads(
        await database_sync_to_async(state.statuses_bytes)(showtime_id)
    )
    return snapshot
