"""Client sockets of the live feed: a frame is encoded once and sent without waiting.

Each client has a bounded buffer. A slow consumer that overruns it is closed with
``CLOSE_TOO_SLOW``; it reconnects and gets a new snapshot.

``QueuedSocket`` works with any ASGI server: a short queue and a task that empties it.
``DaphneSocket`` writes to Daphne's transport directly, by its private
attributes (tests/runtime/test_private_apis.py asserts the version they were written for).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import orjson

CLOSE_TOO_SLOW = 4408
# Limit of the kernel's and of the server's buffer for one client.
UNSENT_BYTES_MAX = 64 * 1024
UNSENT_FRAMES_MAX = 64

SHORT_PAYLOAD_MAX, MEDIUM_PAYLOAD_MAX = 125, 0xFFFF  # RFC 6455, 5.2
FINAL_TEXT_FRAME = 0x81

Send = Callable[[dict[str, Any]], Awaitable[None]]


class SocketClosed(Exception):
    """The client has disconnected or is being closed."""


class SlowConsumer(Exception):
    """The client's buffer is full."""


class Frame:
    """A message encoded once for many clients."""

    __slots__ = ("bytes", "payload")

    def __init__(self, document: dict[str, Any]) -> None:
        self.payload = orjson.dumps(document)
        self.bytes = _frame_header(len(self.payload)) + self.payload


class ClientSocket(Protocol):
    def push(self, frame: Frame) -> None:
        """Send without waiting. Raises SlowConsumer, SocketClosed."""

    def close(self, code: int) -> None: ...


def client_socket(send: Send) -> ClientSocket:
    """A socket for an accepted connection: Daphne's own transport where that is possible."""
    connection = _daphne_connection(send)
    return QueuedSocket(send) if connection is None else DaphneSocket(connection)


class DaphneSocket:
    """Writes to the kernel at once while the transport's buffer is empty: no task, no copy."""

    __slots__ = ("connection", "transport")

    def __init__(self, connection: Any) -> None:
        self.connection, self.transport = connection, connection.transport
        self.transport.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES_MAX)

    def push(self, frame: Frame) -> None:
        connection, transport = self.connection, self.transport
        if connection.state != connection.STATE_OPEN or transport.disconnecting:
            raise SocketClosed
        unsent = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
        if unsent > UNSENT_BYTES_MAX:
            raise SlowConsumer
        if unsent:
            transport.write(frame.bytes)
            return
        sent = transport.writeSomeData(frame.bytes)
        if isinstance(sent, BaseException):
            raise SocketClosed  # the reactor closes it
        if sent < len(frame.bytes):
            transport.write(frame.bytes[sent:])

    def close(self, code: int) -> None:
        if self.connection.state == self.connection.STATE_OPEN:
            self.connection.sendClose(code)


class QueuedSocket:
    """Bounded queue in front of an ASGI ``send``, which waits for the client."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.unsent: asyncio.Queue[dict[str, Any]] = asyncio.Queue(UNSENT_FRAMES_MAX)
        self.task = asyncio.create_task(self._send_all())

    def push(self, frame: Frame) -> None:
        if self.task.done():
            raise SocketClosed
        try:
            self.unsent.put_nowait({"type": "websocket.send", "text": frame.payload.decode()})
        except asyncio.QueueFull:
            raise SlowConsumer from None

    def close(self, code: int) -> None:
        if self.unsent.full():
            self.unsent.get_nowait()  # make room: the client will not read it
        self.unsent.put_nowait({"type": "websocket.close", "code": code})

    async def _send_all(self) -> None:
        message: dict[str, Any] = {}
        with contextlib.suppress(OSError):
            while message.get("type") != "websocket.close":
                message = await self.unsent.get()
                await self.send(message)


def _frame_header(length: int) -> bytes:
    """Header of an unmasked, final text frame (RFC 6455, 5.2)."""
    if length <= SHORT_PAYLOAD_MAX:
        return struct.pack("!BB", FINAL_TEXT_FRAME, length)
    if length <= MEDIUM_PAYLOAD_MAX:
        return struct.pack("!BBH", FINAL_TEXT_FRAME, 126, length)
    return struct.pack("!BBQ", FINAL_TEXT_FRAME, 127, length)


def _daphne_connection(send: Send) -> Any | None:
    """The Daphne protocol that ``send`` is bound to; None on another server or with TLS."""
    daphne = sys.modules.get("daphne.ws_protocol")
    [connection, *_others] = getattr(send, "args", None) or [None]
    if daphne is None or not isinstance(connection, daphne.WebSocketProtocol):
        return None
    is_plain = hasattr(connection.transport, "writeSomeData")
    return connection if is_plain and connection._perMessageCompress is None else None
