"""A TCP proxy in front of a store that can cut, stall or drop, for faults visible to both ends."""

from __future__ import annotations

import random
import re
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK_BYTES = 64 * 1024
POLL_SECONDS = 0.02
# What Redis pushes to a subscriber (RESP 2): message, channel, data.
PUSHED = re.compile(rb"\*3\r\n\$7\r\nmessage\r\n\$\d+\r\n[^\r]+\r\n\$(\d+)\r\n")


class TcpProxy:
    """``cut`` closes all connections and refuses new ones, ``mute`` forwards nothing, ``lose``
    drops that share of the published messages; ``repair`` ends all of these faults.
    """

    def __init__(self, target_port: int, seed: int = 1) -> None:
        self.target_port = target_port
        self.chance = random.Random(seed)
        self.share_lost, self.lost, self.passed = 0.0, 0, 0
        self.is_cut = self.is_mute = self.is_over = False
        self.selector = selectors.DefaultSelector()
        self.ends: dict[socket.socket, socket.socket] = {}  # each end → the other
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listening.getsockname()[1])
        self.selector.register(self.listening, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self._forward_all)

    def cut(self) -> None:
        self.is_cut = True

    def mute(self) -> None:
        self.is_mute = True

    def lose(self, share: float) -> None:
        self.share_lost = share

    def repair(self) -> None:
        self.is_cut = self.is_mute = False
        self.share_lost = 0.0

    def _forward_all(self) -> None:
        while not self.is_over:
            if self.is_cut:
                self._end_all()
            for key, _events in self.selector.select(POLL_SECONDS):
                if key.fileobj is self.listening:
                    self._connect()
                elif not self.is_mute:
                    self._forward(key.fileobj)  # type: ignore[arg-type]  # only sockets are here
            if self.is_mute:
                threading.Event().wait(POLL_SECONDS)
        self._end_all()
        self.listening.close()

    def _connect(self) -> None:
        near, _address = self.listening.accept()
        if self.is_cut:
            near.close()
            return
        far = socket.create_connection(("127.0.0.1", self.target_port))
        for one, other in ((near, far), (far, near)):
            self.ends[one] = other
            self.selector.register(one, selectors.EVENT_READ, data=one is far)

    def _forward(self, end: socket.socket) -> None:
        if end not in self.ends:
            return  # closed during this iteration
        try:
            data = end.recv(CHUNK_BYTES)
            if data and self.selector.get_key(end).data:
                data = self._with_losses(data)
                if not data:
                    return
            if data:
                self.ends[end].sendall(data)
                return
        except OSError:
            pass
        self._end(end)

    def _with_losses(self, data: bytes) -> bytes:
        """Redis writes each published message at once, so every one is read completely."""
        kept, at = [], 0
        while found := PUSHED.search(data, at):
            end = found.end() + int(found[1]) + 2
            kept.append(data[at : found.start()])
            if self.chance.random() < self.share_lost:
                self.lost += 1
            else:
                self.passed += 1
                kept.append(data[found.start() : end])
            at = end
        return b"".join([*kept, data[at:]])

    def _end_all(self) -> None:
        for end in list(self.ends):
            self._end(end)

    def _end(self, end: socket.socket) -> None:
        other = self.ends.pop(end, None)
        if other is None:
            return
        self.ends.pop(other, None)
        for one in (end, other):
            with suppress(KeyError, ValueError):
                self.selector.unregister(one)
            one.close()


@contextmanager
def tcp_proxy(target_port: int) -> Iterator[TcpProxy]:
    proxy = TcpProxy(target_port)
    proxy.thread.start()
    try:
        yield proxy
    finally:
        proxy.is_over = True
        proxy.thread.join()
