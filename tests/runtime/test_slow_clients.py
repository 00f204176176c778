"""Clients that send or read slowly do not keep the shipped web server from serving others."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ops.servers import bodies
from ops.servers.dispatcher import STUCK_SECONDS, Dispatcher
from ops.stores.ports_and_secrets import LOOPBACK
from tests.concurrency import servers

pytestmark = pytest.mark.runtime

SLOW_BODIES = 8
IN_TIME_SECONDS = 8.0  # on a busy machine; a slow body has ten
PATH = "/api/v1/nothing"
HEAD = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" % PATH.encode()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with servers.web_server(tmp_path_factory.mktemp("web")) as port:
        yield port


def ask(port: int, method: str, path: str, body: bytes = b"") -> tuple[int, float]:
    began = time.monotonic()
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
    try:
        connection.request(method, path, body or None, {"Host": "localhost"})
        response = connection.getresponse()
        response.read()
        return response.status, time.monotonic() - began
    finally:
        connection.close()


def received(client: socket.socket) -> bytes:
    """Everything until the server closes the connection."""
    client.settimeout(60)
    parts = []
    while part := client.recv(4096):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    "sent", [b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n"]
)
def test_slow_bodies_are_given_up_without_delaying_others(port: int, sent: bytes) -> None:
    ask(port, "POST", PATH, b"{}")
    with ExitStack() as stack:
        slow = []
        for _ in range(SLOW_BODIES):
            client = stack.enter_context(socket.create_connection((LOOPBACK, port)))
            client.sendall(HEAD + sent)
            slow.append(client)
        began = time.monotonic()
        others = [
            ask(port, method, path, body)
            for method, path, body in (
                ("GET", PATH, b""),
                ("POST", PATH, b"{}"),
                ("GET", "/healthz", b""),
            )
            for _ in range(SLOW_BODIES)
        ]
        took_seconds = time.monotonic() - began
        responses = [received(client) for client in slow]
        gave_up_seconds = time.monotonic() - began

    assert [status for status, _ in others] == [404] * 2 * SLOW_BODIES + [200] * SLOW_BODIES
    assert took_seconds < IN_TIME_SECONDS
    assert {response.partition(b"\r\n")[0] for response in responses} == {
        b"HTTP/1.1 408 Request Timeout"
    }
    assert {json.loads(response.partition(b"\r\n\r\n")[2])["code"] for response in responses} == {
        "body_too_slow"
    }
    assert gave_up_seconds > bodies.BODY_SECONDS - took_seconds


def test_body_that_arrives_in_pieces_is_complete(port: int) -> None:
    with socket.create_connection((LOOPBACK, port)) as client:
        client.sendall(HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n{")
        time.sleep(1)
        client.sendall(b"}")
        response = received(client)

    assert response.startswith(b"HTTP/1.1 404 Not Found\r\n")


def test_body_beyond_the_limit_is_refused_unread(port: int) -> None:
    with socket.create_connection((LOOPBACK, port)) as client:
        client.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % (bodies.BODY_BYTES_MAX + 1))
        response = received(client)

    assert response.startswith(b"HTTP/1.1 413 Payload Too Large\r\n")
    assert re.search(rb"\r\nx-request-id: [0-9a-f]{32}\r\n", response)


def test_unfinished_headers_end_after_ten_seconds(port: int) -> None:
    began = time.monotonic()
    with socket.create_connection((LOOPBACK, port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        received(client)

    assert 8 < time.monotonic() - began < 30


class Conversation:
    """Stands in for granian's protocol, whose other end is a socket."""

    def __init__(self) -> None:
        self.status = 0

    def response_bytes(self, status: int, headers: object, body: bytes) -> None:
        self.status = status


def test_process_whose_threads_are_all_stuck_is_not_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(protocol: Conversation, scope: dict[str, str]) -> None:
        if scope["PATH_INFO"] == "/healthz":
            protocol.response_bytes(200, [], b"ok")
        else:
            time.sleep(3600)

    def scope(path: str) -> dict[str, str]:
        return {"PATH_INFO": path, "REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}

    dispatcher = Dispatcher(run, threads=2)
    for _ in range(3):
        dispatcher(Conversation(), scope("/"))
    time.sleep(0.5)
    before, after = Conversation(), Conversation()
    dispatcher(before, scope("/healthz"))
    late = time.monotonic() + STUCK_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: late)
    dispatcher(after, scope("/healthz"))

    assert (before.status, after.status) == (200, 503)
