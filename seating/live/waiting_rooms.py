"""The live feed of waiting rooms: one reading per second, process and room for all its clients.

The state is read, not published: it comes from PostgreSQL through a cache of a second, so a restart
of Redis loses nothing. Frames are the same for everybody and name nobody.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from channels.db import database_sync_to_async

from core.errors import NotFound
from seating.live.consumers import (
    CLOSE_NOT_FOUND,
    CLOSE_NOT_LISTENING,
    CLOSE_TRY_AGAIN_LATER,
    Receive,
)
from seating.live.transports import (
    CLOSE_TOO_SLOW,
    ClientSocket,
    Frame,
    Send,
    SlowConsumer,
    SocketClosed,
    client_socket,
)
from seating.waiting_room import progress

logger = logging.getLogger(__name__)

READ_SECONDS = 1.0
UNCHANGED_SECONDS = 5.0  # a frame is sent at least this often
SENDS_PER_TURN = 250


class Room:
    """The clients of this process that wait in one room."""

    def __init__(self, room_id: int) -> None:
        self.room_id = room_id
        self.clients: set[ClientSocket] = set()
        self.last: dict[str, Any] = {}
        self.task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        sent_at = time.monotonic()
        while True:
            await asyncio.sleep(READ_SECONDS)
            try:
                state = await read(self.room_id)
            except Exception as error:  # the database may be unavailable; the next second retries
                logger.warning("waiting room feed: %s", type(error).__name__)
                continue
            is_due = time.monotonic() - sent_at >= UNCHANGED_SECONDS
            if is_due or _without_time(state) != _without_time(self.last):
                self.last, sent_at = state, time.monotonic()
                await self._broadcast(Frame({"type": "progress"} | state))

    async def _broadcast(self, frame: Frame) -> None:
        for number, client in enumerate(tuple(self.clients), start=1):
            try:
                client.push(frame)
            except SocketClosed:
                self.clients.discard(client)
            except SlowConsumer:
                self.clients.discard(client)
                client.close(CLOSE_TOO_SLOW)
            if number % SENDS_PER_TURN == 0:
                await asyncio.sleep(0)


_rooms: dict[int, Room] = {}


async def waiting_feed(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Frames ``progress``: on connect, when something changed, and every few seconds."""
    room_id = int(scope["url_route"]["kwargs"]["room_id"])
    if (await receive())["type"] != "websocket.connect":
        return
    await send({"type": "websocket.accept"})
    client = client_socket(send)
    try:
        if await _is_admitted(room_id, client):
            message = await receive()
            if message["type"] == "websocket.receive":
                client.close(CLOSE_NOT_LISTENING)
    finally:
        _leave(room_id, client)


async def read(room_id: int) -> dict[str, Any]:
    """The public state of a room. Raises NotFound."""
    state: progress.RoomState = await database_sync_to_async(progress.current)(room_id)
    return state.public


async def _is_admitted(room_id: int, client: ClientSocket) -> bool:
    try:
        state = await read(room_id)
    except NotFound:
        client.close(CLOSE_NOT_FOUND)
    except Exception as error:  # the database may be unavailable; the client asks over HTTP
        logger.warning("waiting room feed: %s", type(error).__name__)
        client.close(CLOSE_TRY_AGAIN_LATER)
    else:
        room = _rooms.get(room_id)
        if room is None:
            room = _rooms[room_id] = Room(room_id)
        client.push(Frame({"type": "progress"} | state))
        room.clients.add(client)
        return True
    return False


def _leave(room_id: int, client: ClientSocket) -> None:
    room = _rooms.get(room_id)
    if room is None:
        return
    room.clients.discard(client)
    if not room.clients:
        del _rooms[room_id]
        room.task.cancel()


def _without_time(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != "server_time"}
