"""How a frame leaves for one viewer: encoded once for everybody, and never waited for.

A viewer that reads too slowly may not make the server remember for it without limit, nor the
others wait. So each has a bounded buffer; whoever overruns it is closed with
``CLOSE_TOO_SLOW``, comes again and gets the whole map.

DaphneOutlet   writes to Daphne's own connection: no task, no copy, no reactor turn
QueueOutlet    any other ASGI server: a short queue and a task that empties it
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
# What the kernel and the server may each hold back for one viewer: dozens of busy frames.
UNSENT_BYTES_MAX = 64 * 1024
UNSENT_FRAMES_MAX = 64

SHORT_PAYLOAD_MAX, MEDIUM_PAYLOAD_MAX = 125, 0xFFFF  # RFC 6455, 5.2
FINAL_TEXT_FRAME = 0x81

Send = Callable[[dict[str, Any]], Awaitable[None]]


class OutletClosed(Exception):
    """The viewer has gone, or is being closed."""


class TooSlow(Exception):
    """The viewer has not taken what it was sent before."""


class Frame:
    """A message to many viewers."""

    __slots__ = ("bytes", "payload")

    def __init__(self, document: dict[str, Any]) -> None:
        self.payload = orjson.dumps(document)
        self.bytes = _head(len(self.payload)) + self.payload


class Outlet(Protocol):
    def push(self, frame: Frame) -> None:
        """Send without waiting. Raises TooSlow, OutletClosed."""

    def close(self, code: int) -> None: ...


def outlet(send: Send) -> Outlet:
    """The shortest way to the viewer whom ``send`` reaches; it has been accepted."""
    connection = _daphne_connection(send)
    return QueueOutlet(send) if connection is None else DaphneOutlet(connection)


class DaphneOutlet:
    """The connection's own buffer is empty for all who keep up: then the kernel gets the frame."""

    __slots__ = ("connection", "transport")

    def __init__(self, connection: Any) -> None:
        self.connection, self.transport = connection, connection.transport
        self.transport.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES_MAX)

    def push(self, frame: Frame) -> None:
        connection, transport = self.connection, self.transport
        if connection.state != connection.STATE_OPEN or transport.disconnecting:
            raise OutletClosed
        unsent = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
        if unsent > UNSENT_BYTES_MAX:
            raise TooSlow
        if unsent:
            transport.write(frame.bytes)
            return
        sent = transport.writeSomeData(frame.bytes)
        if isinstance(sent, BaseException):
            raise OutletClosed  # the reactor notices by itself
        if sent < len(frame.bytes):
            transport.write(frame.bytes[sent:])

    def close(self, code: int) -> None:
        if self.connection.state == self.connection.STATE_OPEN:
            self.connection.sendClose(code)


class QueueOutlet:
    """``send`` of an ASGI server waits for the viewer, so somebody of its own waits there."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.unsent: asyncio.Queue[dict[str, Any]] = asyncio.Queue(UNSENT_FRAMES_MAX)
        self.task = asyncio.create_task(self._send_all())

    def push(self, frame: Frame) -> None:
        if self.task.done():
            raise OutletClosed
        try:
            self.unsent.put_nowait({"type": "websocket.send", "text": frame.payload.decode()})
        except asyncio.QueueFull:
            raise TooSlow from None

    def close(self, code: int) -> None:
        if self.unsent.full():
            self.unsent.get_nowait()  # it is never going to be read
        self.unsent.put_nowait({"type": "websocket.close", "code": code})

    async def _send_all(self) -> None:
        message: dict[str, Any] = {}
        with contextlib.suppress(OSError):
            while message.get("type") != "websocket.close":
                message = await self.unsent.get()
                await self.send(message)


def _head(length: int) -> bytes:
    """What stands before a server's text of so many bytes."""
    if length <= SHORT_PAYLOAD_MAX:
        return struct.pack("!BB", FINAL_TEXT_FRAME, length)
    if length <= MEDIUM_PAYLOAD_MAX:
        return struct.pack("!BBH", FINAL_TEXT_FRAME, 126, length)
    return struct.pack("!BBQ", FINAL_TEXT_FRAME, 127, length)


def _daphne_connection(send: Send) -> Any | None:
    """Daphne binds its connection to ``send``; nothing when it is another server, or has TLS."""
    daphne = sys.modules.get("daphne.ws_protocol")
    [connection, *_others] = getattr(send, "args", None) or [None]
    if daphne is None or not isinstance(connection, daphne.WebSocketProtocol):
        return None
    is_plain = hasattr(connection.transport, "writeSomeData")
    return connection if is_plain and connection._perMessageCompress is None else None
