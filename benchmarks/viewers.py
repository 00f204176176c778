"""A thousand open seat maps in one thread: raw WebSockets over epoll.

A client library costs more per frame than the server that is measured. Here repeated frames are
recognised by their bytes, so a delivery costs about 5 µs of this process.
"""

from __future__ import annotations

import base64
import os
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

HOST = "127.0.0.1"
OPEN_SECONDS_MAX = 60.0
RECEIVE_BYTES = 64 * 1024
SMALL, MIDDLE = 125, 126  # how RFC 6455 writes a payload's length
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
FINAL, MASKED = 0x80, 0x80
FRAMES_KNOWN_MAX = 10_000


class ViewerLost(Exception):
    """A viewer was refused, or its connection was closed."""


def open_socket(port: int, path: str) -> socket.socket:
    """A WebSocket after its handshake; nothing of the first frame has been read."""
    connected = socket.create_connection((HOST, port), timeout=OPEN_SECONDS_MAX)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    connected.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nOrigin: http://{HOST}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connected.recv(1)
        head += byte
        if not byte:
            raise ViewerLost(head.decode())
    if not head.startswith(b"HTTP/1.1 101"):
        raise ViewerLost(head.decode())
    return connected


def client_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A client frame, with a mask of zeros."""
    if len(payload) <= SMALL:
        head = struct.pack("!BB", FINAL | opcode, MASKED | len(payload))
    else:
        head = struct.pack("!BBH", FINAL | opcode, MASKED | MIDDLE, len(payload))
    return head + b"\0\0\0\0" + payload


def frames_in(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """(opcode, payload, end) of each complete frame at the start of ``data``."""
    at = 0
    while len(data) - at >= 2:
        start, length = at + 2, data[at + 1] & 0x7F
        if length == MIDDLE:
            start, length = at + 4, int.from_bytes(data[at + 2 : at + 4], "big")
        elif length > MIDDLE:
            start, length = at + 10, int.from_bytes(data[at + 2 : at + 10], "big")
        if start + length > len(data):
            return
        yield data[at] & 0x0F, data[start : start + length], start + length
        at = start + length


@dataclass(frozen=True)
class Frame:
    kind: str
    versions: tuple[int, ...] = ()
    seats: tuple[tuple[int, str, int], ...] = ()


@dataclass
class Viewer:
    socket: socket.socket
    rest: bytes = b""
    is_open: bool = False  # it has its first frame
    versions: int = 0  # sum of the versions received since the last count
    changes: int = 0
    map: dict[int, int] = field(default_factory=dict)  # seat → version, where maps are kept


@dataclass
class Watch:
    """Deliveries to an audience during one interval."""

    frames: int = 0
    latencies_ms: list[float] = field(default_factory=list, repr=False)
    client_seconds: float = 0.0


class Audience:
    """``published_at``: version of a change → time of its publication."""

    def __init__(
        self,
        port: int,
        path: str,
        on_change: Callable[[Viewer, tuple[int, str, int]], None] | None = None,
    ) -> None:
        self.port, self.path, self.on_change = port, path, on_change
        self.viewers: dict[int, Viewer] = {}
        self.epoll = select.epoll()
        self.known: dict[bytes, Frame] = {}
        self.published_at: dict[int, float] = {}

    def grow(self, viewers: int, *, greeted: bool = True, path: str = "") -> None:
        """Open this many more; ``greeted``: the server sends first."""
        for _number in range(viewers):
            opened = open_socket(self.port, path or self.path)
            opened.setblocking(False)
            self.viewers[opened.fileno()] = Viewer(opened, is_open=not greeted)
            self.epoll.register(opened, select.EPOLLIN)
        deadline = time.monotonic() + OPEN_SECONDS_MAX
        while not all(viewer.is_open for viewer in self.viewers.values()):
            if time.monotonic() > deadline:
                raise ViewerLost("no first frame")
            self._receive(Watch(), 0.2)

    def leave_one(self) -> None:
        """Disconnect the oldest viewer without a close frame."""
        viewer = self.viewers.pop(next(iter(self.viewers)))
        self.epoll.unregister(viewer.socket)
        viewer.socket.close()

    def watch(self, seconds: float, actions: Iterator[tuple[float, Callable[[], Any]]]) -> Watch:
        """Receive for this long; each action is (seconds from the start, callable)."""
        seen, began, worked = Watch(), time.perf_counter(), time.process_time()
        due, act = next(actions, (seconds, None))
        while (now := time.perf_counter() - began) < seconds:
            if act is not None and now >= due:
                act()
                due, act = next(actions, (seconds, None))
                continue
            self._receive(seen, min(due, seconds) - now)
        seen.client_seconds = time.process_time() - worked
        return seen

    def close(self) -> None:
        for viewer in self.viewers.values():
            viewer.socket.close()
        self.epoll.close()

    def _receive(self, seen: Watch, timeout: float) -> None:
        for descriptor, _event in self.epoll.poll(max(0.0, timeout)):
            viewer = self.viewers[descriptor]
            try:
                data = viewer.socket.recv(RECEIVE_BYTES)
            except ConnectionError as error:
                raise ViewerLost(str(error)) from error
            if not data:
                raise ViewerLost(f"closed by the server after {viewer.rest!r}")
            self._read(viewer, viewer.rest + data, seen)

    def _read(self, viewer: Viewer, data: bytes, seen: Watch) -> None:
        end = 0
        for opcode, payload, end in frames_in(data):  # noqa: B007  (where the last one ends)
            if opcode == CLOSE:
                raise ViewerLost(f"closed with {payload!r}")
            if opcode == PING:
                viewer.socket.sendall(client_frame(payload, opcode=PONG))
            if opcode != TEXT:
                continue
            viewer.is_open = True
            seen.frames += 1
            frame = self.known.get(payload) or self._learn(payload)
            if self.on_change is not None:
                for change in frame.seats:
                    self.on_change(viewer, change)
            if frame.versions:
                viewer.versions += sum(frame.versions)
                viewer.changes += len(frame.versions)
                if (sent := self.published_at.get(frame.versions[0])) is not None:
                    seen.latencies_ms.append((time.perf_counter() - sent) * 1000)
        viewer.rest = data[end:]

    def _learn(self, payload: bytes) -> Frame:
        document = orjson.loads(payload)
        seats = tuple(map(tuple, document.get("seats", ())))
        is_delta = document["type"] == "delta"
        versions = tuple(version for _seat, _status, version in seats) if is_delta else ()
        if len(self.known) >= FRAMES_KNOWN_MAX:
            self.known.clear()
        frame = self.known[payload] = Frame(document["type"], versions, seats)
        return frame
