"""A small load generator: one thread, epoll, keep-alive connections, prebuilt requests.

It uses about 20 µs per request, so that on a machine with two cores nearly all CPU time is left to
the servers; each result states its share of a core.
"""

from __future__ import annotations

import select
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

CONNECTIONS = 32
RECEIVE_BYTES = 256 * 1024
SILENCE_SECONDS_MAX = 30.0
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class ServerSilent(Exception):
    """A request got no response in SILENCE_SECONDS_MAX, or the connection was closed."""


class NothingMeasured(Exception):
    """The prepared work ran out, or a round has no result to compare."""


class UnknownLength(Exception):
    """A response without Content-Length, which this client does not support."""


@dataclass
class Load:
    """The responses. ``client_share``: share of one core used by the generator itself."""

    seconds: float
    statuses: Counter[int]
    latencies_ms: list[float] = field(repr=False)
    client_share: float
    last_body: bytes = field(repr=False, default=b"")
    latencies_by_status: dict[int, list[float]] = field(repr=False, default_factory=dict)

    @property
    def answers(self) -> int:
        return sum(self.statuses.values())

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds

    def percentile_ms(self, percent: float) -> float:
        return percentile(self.latencies_ms, percent)


def percentile(values: Iterable[float], percent: float) -> float:
    ordered = sorted(values)
    if not ordered:
        raise NothingMeasured("no latencies")
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + HEAD_END + body


def run(
    port: int,
    requests: Iterator[bytes],
    seconds: float = float("inf"),
    *,
    connections: int = CONNECTIONS,
) -> Load:
    """Send all ``requests``, or for ``seconds``; waits for every response.

    Raises NothingMeasured if requests run out before a time limit: the rest would count as slow.
    """
    running = _Run(port, requests, connections)
    taken = running.until(seconds)
    if running.is_exhausted and seconds != float("inf"):
        raise NothingMeasured(f"all {taken.answers} requests were used up before {seconds} s")
    return taken


class Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self.received = b""

    def send(self, message: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.received = b""
        self.socket.sendall(message)

    def answer(self) -> tuple[int, bytes] | None:
        """(status, body) once it is complete, else None."""
        chunk = self.socket.recv(RECEIVE_BYTES)
        if not chunk:
            raise ServerSilent("the server closed a connection")
        self.received = self.received + chunk if self.received else chunk
        head_end = self.received.find(HEAD_END)
        if head_end < 0:
            return None
        head = self.received[:head_end].lower()
        length_at = head.find(LENGTH)
        if length_at < 0:
            raise UnknownLength(head[:200].decode())
        length = int(head[length_at + len(LENGTH) :].split(b"\r\n", 1)[0])
        body_at = head_end + len(HEAD_END)
        if len(self.received) < body_at + length:
            return None
        return int(self.received[9:12]), self.received[body_at:]


class _Run:
    def __init__(self, port: int, requests: Iterator[bytes], connections: int) -> None:
        self.requests = requests
        self.poll = select.epoll()
        self.connections: dict[int, Connection] = {}
        for _ in range(connections):
            connection = Connection(port)
            self.connections[connection.socket.fileno()] = connection
            self.poll.register(connection.socket, select.EPOLLIN)
        self.statuses: Counter[int] = Counter()
        self.latencies: defaultdict[int, list[float]] = defaultdict(list)
        self.waiting = 0
        self.is_exhausted = False
        self.last_body = b""

    def until(self, seconds: float) -> Load:
        began, cpu_began = time.perf_counter(), time.process_time()
        self.deadline = began + seconds
        for connection in self.connections.values():
            self._send_next(connection)
        while self.waiting:
            ready = self.poll.poll(SILENCE_SECONDS_MAX)
            if not ready:
                raise ServerSilent(f"{self.waiting} requests have no answer")
            for descriptor, _event in ready:
                self._receive(self.connections[descriptor])
        took = time.perf_counter() - began
        share = (time.process_time() - cpu_began) / took
        self.poll.close()
        for connection in self.connections.values():
            connection.socket.close()
        every = [latency for one in self.latencies.values() for latency in one]
        return Load(took, self.statuses, every, share, self.last_body, dict(self.latencies))

    def _receive(self, connection: Connection) -> None:
        answer = connection.answer()
        if answer is None:
            return
        now = time.perf_counter()
        status, self.last_body = answer
        self.latencies[status].append((now - connection.sent_at) * 1_000)
        self.statuses[status] += 1
        self.waiting -= 1
        if now < self.deadline:
            self._send_next(connection)

    def _send_next(self, connection: Connection) -> None:
        message = next(self.requests, None)
        if message is None:
            self.is_exhausted = True
        else:
            self.waiting += 1
            connection.send(message)
