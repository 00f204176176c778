"""Live seat feed: one subscription per process, one room per watched showtime.

A room subscribes when its first client joins and unsubscribes when the last one leaves. Changes
within ``COALESCE_SECONDS`` are sent as one frame that is encoded once for all clients. Every
``DIGEST_SECONDS`` the room compares what it sent with the rows: changes that the channel layer
lost are sent then, and the digest lets each client detect frames that it missed.
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
from seating.live.transports import CLOSE_TOO_SLOW, ClientSocket, Frame, SlowConsumer, SocketClosed
from seating.seatmap import occupancy, state
from seating.seatmap.occupancy import SeatRuns

logger = logging.getLogger(__name__)

COALESCE_SECONDS = 0.1
DIGEST_SECONDS = 5.0
SUBSCRIBE_RETRY_SECONDS = 1.0
SUBSCRIBE_WAIT_SECONDS = 2.0  # without the channel layer a client still gets its snapshot
SENDS_PER_TURN = 250  # then yields to other tasks of the event loop


class Subscription:
    """This process's channel in the channel layer, shared by all rooms."""

    def __init__(self) -> None:
        self.layer = get_channel_layer()
        self.channel: str | None = None
        self.lock = asyncio.Lock()
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

    async def subscribe(self, showtime_id: int) -> bool:
        """Whether it worked. The lock keeps a closing room from unsubscribing its successor."""
        async with self.lock:
            try:
                if self.channel is None:
                    self.channel = await self.layer.new_channel()
                    self.task = asyncio.create_task(self._listen(self.channel))
                await self.layer.group_add(publisher.group_name(showtime_id), self.channel)
            except (RedisError, OSError) as error:
                logger.warning("seat feed: %s", type(error).__name__)
                return False
            return True

    async def unsubscribe(self, showtime_id: int) -> None:
        async with self.lock:
            if showtime_id in _rooms or self.channel is None:
                return
            try:
                await self.layer.group_discard(publisher.group_name(showtime_id), self.channel)
            except (RedisError, OSError) as error:
                logger.warning("seat feed: %s", type(error).__name__)


class Room:
    """The clients of this process that watch one showtime."""

    def __init__(self, showtime_id: int, subscription: Subscription) -> None:
        self.showtime_id, self.subscription = showtime_id, subscription
        self.connections: set[ClientSocket] = set()
        self.ready: set[ClientSocket] = set()  # those that have their snapshot
        self.joining: list[tuple[ClientSocket, asyncio.Future[None]]] = []
        self.last_sent: dict[int, tuple[str, int]] = {}  # seat → status, version
        self.pending: dict[int, SeatChange] = {}
        self.oldest_at: float | None = None  # commit time of the first pending change
        self.document: dict[str, Any] = {}  # as last read from the database
        self.runs = SeatRuns((), ())  # of the layout as last read
        self.subscribed = asyncio.Event()
        self.has_joining = asyncio.Event()
        self.changed = asyncio.Event()
        self.send_lock = asyncio.Lock()  # keeps frames in order
        self.tasks = [
            asyncio.create_task(work())
            for work in (
                self._subscribe,
                self._send_snapshots,
                self._flush_changes,
                self._send_digests,
            )
        ]

    async def _subscribe(self) -> None:
        while not await self.subscription.subscribe(self.showtime_id):
            self.subscribed.set()  # clients get the snapshot and digests meanwhile
            await asyncio.sleep(SUBSCRIBE_RETRY_SECONDS)
        self.subscribed.set()

    def collect(self, changes: Iterable[SeatChange], at: float) -> None:
        """Buffer the newest change of each seat. ``at``: when it was committed."""
        self.oldest_at = min(self.oldest_at or at, at)
        for seat_id, status, version in changes:
            known = self.last_sent.get(seat_id)
            if known is None or known[1] < version:
                self.last_sent[seat_id] = (status, version)
                self.pending[seat_id] = (seat_id, status, version)
        if self.pending:
            self.changed.set()

    async def _refresh(self) -> None:
        """Read the rows; queue what is newer than what was sent. Raises NotFound."""
        document, runs = await read_snapshot(self.showtime_id)
        for seat_id, status, version in document["seats"]:
            known_version = self.last_sent[seat_id][1] if seat_id in self.last_sent else -1
            if known_version < version and self.document:
                self.pending[seat_id] = (seat_id, status, version)
            if known_version <= version:
                self.last_sent[seat_id] = (status, version)
        if self.pending:
            self.changed.set()
        self.document, self.runs = document, runs

    async def _send_snapshots(self) -> None:
        """Send one snapshot to every client that joined since the last read."""
        while True:
            await self.has_joining.wait()
            self.has_joining.clear()
            newcomers, self.joining = self.joining, []
            try:
                await self._refresh()
            except Exception as error:
                for _viewer, sent in newcomers:
                    if not sent.done():
                        sent.set_exception(error)
                continue
            frame = Frame(self._snapshot())
            for client, sent in newcomers:
                if not sent.done():
                    self.ready.add(client)
                    self._push(client, frame)
                    sent.set_result(None)

    def _snapshot(self) -> dict[str, Any]:
        """The rows as read, with the changes received since the read began."""
        seats = [[seat_id, *self.last_sent[seat_id]] for seat_id, *_rest in self.document["seats"]]
        return (
            self.document
            | self._fullness()
            | {
                "type": "snapshot",
                "seats": seats,
                "versions": sum(version for _seat, _status, version in seats),
                "available": sum(status == "available" for _seat, status, _version in seats),
                "server_time": timezone.now(),
            }
        )

    def _fullness(self) -> dict[str, Any]:
        """How full the showtime is, by what was sent."""
        statuses = {seat_id: status for seat_id, (status, _version) in self.last_sent.items()}
        return occupancy.count(self.runs, statuses).fullness.document

    async def _flush_changes(self) -> None:
        while True:
            await self.changed.wait()
            await asyncio.sleep(COALESCE_SECONDS)
            await self._send_pending()

    async def _send_pending(self) -> None:
        async with self.send_lock:
            self.changed.clear()
            changes, self.pending = list(self.pending.values()), {}
            oldest_at, self.oldest_at = self.oldest_at, None
            if changes:
                await self._broadcast(Frame({"type": "delta", "seats": changes} | self._fullness()))
            if changes and oldest_at is not None:
                metrics.DELTA_SECONDS.observe(max(0.0, time.time() - oldest_at))

    async def _send_digests(self) -> None:
        while True:
            await asyncio.sleep(DIGEST_SECONDS)
            try:
                await self._refresh()
            except Exception as error:  # database unavailable; the next digest retries
                logger.warning("seat digest: %s", type(error).__name__)
                continue
            digest = {name: self.document[name] for name in ("versions", "available")}
            await self._send_pending()
            async with self.send_lock:
                await self._broadcast(Frame({"type": "digest"} | digest))

    async def _broadcast(self, frame: Frame) -> None:
        for number, client in enumerate(tuple(self.ready), start=1):
            if client in self.ready:
                self._push(client, frame)
            if number % SENDS_PER_TURN == 0:
                await asyncio.sleep(0)

    def _push(self, client: ClientSocket, frame: Frame) -> None:
        try:
            client.push(frame)
        except SocketClosed:
            self.ready.discard(client)
        except SlowConsumer:
            logger.info("seat feed: a client was too slow")
            self.ready.discard(client)
            client.close(CLOSE_TOO_SLOW)
            metrics.DROPPED.inc()

    async def send_snapshot(self, client: ClientSocket) -> None:
        """Send ``client`` its snapshot, then every later frame. Raises NotFound."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.subscribed.wait(), SUBSCRIBE_WAIT_SECONDS)
        sent = asyncio.get_running_loop().create_future()
        self.joining.append((client, sent))
        self.has_joining.set()
        await sent

    def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        closing = asyncio.create_task(self.subscription.unsubscribe(self.showtime_id))
        _closing_tasks.add(closing)
        closing.add_done_callback(_closing_tasks.discard)


_subscription: Subscription | None = None
_rooms: dict[int, Room] = {}
_closing_tasks: set[asyncio.Task[None]] = set()  # strong references until they are done


async def join(showtime_id: int, client: ClientSocket) -> None:
    """Subscribe ``client`` to the showtime until it leaves. Raises NotFound."""
    global _subscription
    if showtime_id not in _rooms:
        await read_snapshot(showtime_id)  # raises NotFound before a room is made
    _subscription = _subscription or Subscription()
    room = _rooms.get(showtime_id)
    if room is None:
        room = _rooms[showtime_id] = Room(showtime_id, _subscription)
    room.connections.add(client)
    metrics.SOCKETS.inc()
    await room.send_snapshot(client)


def leave(showtime_id: int, client: ClientSocket) -> None:
    room = _rooms.get(showtime_id)
    if room is None:
        return
    if client in room.connections:
        metrics.SOCKETS.dec()
    room.connections.discard(client)
    room.ready.discard(client)
    if not room.connections:
        del _rooms[showtime_id]
        room.close()


async def read_snapshot(showtime_id: int) -> tuple[dict[str, Any], SeatRuns]:
    """The statuses document, from the micro-cache, and its layout. Raises NotFound."""
    snapshot: tuple[dict[str, Any], SeatRuns] = await database_sync_to_async(_read_snapshot)(
        showtime_id
    )
    return snapshot


def _read_snapshot(showtime_id: int) -> tuple[dict[str, Any], SeatRuns]:
    document: dict[str, Any] = orjson.loads(state.statuses_bytes(showtime_id))
    return document, state.seat_runs(state.layout_of_seat(document["seats"][0][0]))
