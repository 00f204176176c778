"""Load in which a client's next request is made of the last answer: one thread, epoll."""

from __future__ import annotations

import select
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from benchmarks.load import SILENCE_SECONDS_MAX, Connection, NothingMeasured, ServerSilent

# Yields a request, is sent (status, body), ends when it has what it came for.
Conversation = Generator[bytes, tuple[int, bytes], None]


@dataclass
class Talk:
    """``seconds_each``: of every conversation that came to its end."""

    seconds: float
    seconds_each: list[float] = field(repr=False)
    client_share: float

    @property
    def per_second(self) -> float:
        return len(self.seconds_each) / self.seconds


def hold(port: int, conversations: Iterator[Conversation], connections: int) -> Talk:
    """Run all of them, ``connections`` at a time. Raises NothingMeasured if there are none."""
    talk = _Talking(port, conversations, connections).to_the_end()
    if not talk.seconds_each:
        raise NothingMeasured("no conversations")
    return talk


class _Talking:
    def __init__(self, port: int, conversations: Iterator[Conversation], connections: int) -> None:
        self.conversations = conversations
        self.poll = select.epoll()
        self.speaking: dict[int, tuple[Connection, Conversation, float]] = {}
        self.ended: list[float] = []
        self.free = [Connection(port) for _each in range(connections)]

    def to_the_end(self) -> Talk:
        began, cpu_began = time.perf_counter(), time.process_time()
        opened = list(self.free)
        for connection in opened:
            self.poll.register(connection.socket, select.EPOLLIN)
            self._begin(connection)
        while self.speaking:
            ready = self.poll.poll(SILENCE_SECONDS_MAX)
            if not ready:
                raise ServerSilent(f"{len(self.speaking)} conversations have no answer")
            for descriptor, _event in ready:
                self._hear(descriptor)
        took = time.perf_counter() - began
        share = (time.process_time() - cpu_began) / took
        self.poll.close()
        for connection in opened:
            connection.socket.close()
        return Talk(took, self.ended, share)

    def _begin(self, connection: Connection) -> None:
        conversation = next(self.conversations, None)
        if conversation is not None:
            now = time.perf_counter()
            self.speaking[connection.socket.fileno()] = (connection, conversation, now)
            connection.send(next(conversation))

    def _hear(self, descriptor: int) -> None:
        connection, conversation, began = self.speaking[descriptor]
        answer = connection.answer()
        if answer is None:
            return
        try:
            connection.send(conversation.send(answer))
        except StopIteration:
            self.ended.append(time.perf_counter() - began)
            del self.speaking[descriptor]
            self._begin(connection)
