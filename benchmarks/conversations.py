"""Load of dependent requests: each is built from the previous response; one thread, epoll."""

from __future__ import annotations

import select
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from benchmarks.load import SILENCE_SECONDS_MAX, Connection, NothingMeasured, ServerSilent

# Yields requests, receives (status, body) for each, returns at the end.
Conversation = Generator[bytes, tuple[int, bytes], None]


@dataclass
class ConversationLoad:
    """``seconds_each``: duration of every completed conversation."""

    seconds: float
    seconds_each: list[float] = field(repr=False)
    client_share: float

    @property
    def per_second(self) -> float:
        return len(self.seconds_each) / self.seconds


def run(port: int, conversations: Iterator[Conversation], connections: int) -> ConversationLoad:
    """Run all of them, ``connections`` at a time. Raises NothingMeasured if there are none."""
    load = _Runner(port, conversations, connections).run()
    if not load.seconds_each:
        raise NothingMeasured("no conversations")
    return load


class _Runner:
    def __init__(self, port: int, conversations: Iterator[Conversation], connections: int) -> None:
        self.conversations = conversations
        self.poll = select.epoll()
        self.active: dict[int, tuple[Connection, Conversation, float]] = {}
        self.ended: list[float] = []
        self.free = [Connection(port) for _each in range(connections)]

    def run(self) -> ConversationLoad:
        began, cpu_began = time.perf_counter(), time.process_time()
        opened = list(self.free)
        for connection in opened:
            self.poll.register(connection.socket, select.EPOLLIN)
            self._begin(connection)
        while self.active:
            ready = self.poll.poll(SILENCE_SECONDS_MAX)
            if not ready:
                raise ServerSilent(f"{len(self.active)} conversations have no answer")
            for descriptor, _event in ready:
                self._receive(descriptor)
        took = time.perf_counter() - began
        share = (time.process_time() - cpu_began) / took
        self.poll.close()
        for connection in opened:
            connection.socket.close()
        return ConversationLoad(took, self.ended, share)

    def _begin(self, connection: Connection) -> None:
        conversation = next(self.conversations, None)
        if conversation is not None:
            now = time.perf_counter()
            self.active[connection.socket.fileno()] = (connection, conversation, now)
            connection.send(next(conversation))

    def _receive(self, descriptor: int) -> None:
        connection, conversation, began = self.active[descriptor]
        answer = connection.answer()
        if answer is None:
            return
        try:
            connection.send(conversation.send(answer))
        except StopIteration:
            self.ended.append(time.perf_counter() - began)
            del self.active[descriptor]
            self._begin(connection)
