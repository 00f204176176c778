"""Dispatches requests to threads of a web process, so that slow clients cannot occupy all of them.

granian calls a WSGI application as soon as it has the headers. Reading the body or sending a large
file then occupies the thread for as long as the client chooses. Here granian's many threads only
read bodies and hand the request over to one of the few threads that run the application. Files are
sent by threads of their own. ``/healthz`` and ``/readyz`` wait for none of them.

The callback may return before there is a response: granian waits until ``protocol`` gets one.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from ops.servers.bodies import CLOSE, READINGS_MAX, BodyReader
from ops.servers.files import FileSender

logger = logging.getLogger(__name__)

ALIVE_PATH, READY_PATH = "/healthz", "/readyz"
# Longest time in which requests wait and none ends, before the supervisor replaces the process.
STUCK_SECONDS = 60.0
# Threads of granian that remain free to hand over requests, however many clients are slow.
DISPATCHING_THREADS = READINGS_MAX + 2
TITLES = {
    400: "Bad Request",
    408: "Request Timeout",
    413: "Content Too Large",
    503: "Service Unavailable",
}

PROBLEM = (("content-type", "application/problem+json"), ("cache-control", "no-store"))
FLUSH_SECONDS = 0.2
REQUEST_ID, REQUEST_ID_BYTES = re.compile(r"[\w.:-]{8,64}", re.ASCII), 16

Run = Callable[[Any, dict[str, Any]], object]


@dataclass(frozen=True)
class Request:
    protocol: Any  # granian's WSGIProtocol; only the first response counts
    scope: dict[str, Any]

    def respond(self, status: int, code: str, *headers: tuple[str, str]) -> None:
        """A response without the application, as problem details."""
        sent = [*PROBLEM, self._named(), *headers]
        self.protocol.response_bytes(status, sent, _document(status, code))

    def abort(self, status: int, code: str) -> None:
        """Responds and closes the connection, although its client may still send a body."""
        content = _document(status, code)
        # The server drops a connection whose response is shorter than declared, with the rest of
        # the body. After a complete response it would still wait for the body.
        length = ("content-length", str(len(content) + 1))
        headers = [*PROBLEM, self._named(), CLOSE, length]
        sending = (status, headers, _Cut(content))
        target = self.protocol.response_iter
        threading.Thread(target=target, args=sending, name="abort", daemon=True).start()

    def _named(self) -> tuple[str, str]:
        """The load balancer's id of the request, or a new one, as the application's header."""
        received = str(self.scope.get("HTTP_X_REQUEST_ID", ""))
        is_usable = REQUEST_ID.fullmatch(received)
        return "x-request-id", received if is_usable else secrets.token_hex(REQUEST_ID_BYTES)


class _Cut:
    """Content of a response, and time to send it before the connection is dropped."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __next__(self) -> bytes:
        content, self._content = self._content, b""
        if content:
            return content
        time.sleep(FLUSH_SECONDS)
        raise StopIteration

    def close(self) -> None:
        pass


def _document(status: int, code: str) -> bytes:
    return json.dumps(
        {"type": "about:blank", "status": status, "code": code, "title": TITLES[status]}
    ).encode()


class Dispatcher:
    """The callback of one web process, with ``threads`` that run the application."""

    def __init__(self, run: Run, threads: int) -> None:
        self._run = run
        self._bodies = BodyReader()
        self._requests: SimpleQueue[Request] = SimpleQueue()
        self._readiness: SimpleQueue[Request] = SimpleQueue()
        self._progress_at = time.monotonic()
        for queue in (*[self._requests] * threads, self._readiness):
            threading.Thread(target=self._serve, args=(queue,), name="web", daemon=True).start()

    def __call__(self, protocol: Any, scope: dict[str, Any]) -> None:
        """Called by a thread of granian's."""
        request = Request(protocol, scope)
        path = scope["PATH_INFO"]
        if self._bodies.is_expected(scope) and not self._bodies.read(request):
            return
        if path == ALIVE_PATH:
            self._answer_alive(request)
        elif path == READY_PATH:
            self._readiness.put(request)
        else:
            if self._requests.empty():
                self._progress_at = time.monotonic()
            self._requests.put(request)

    def is_stuck(self, at: float) -> bool:
        return not self._requests.empty() and at - self._progress_at > STUCK_SECONDS

    def _serve(self, queue: SimpleQueue[Request]) -> None:
        while True:
            request = queue.get()
            if queue is self._requests:
                self._progress_at = time.monotonic()
            self._run_safely(request)

    def _run_safely(self, request: Request) -> None:
        try:
            self._run(FileSender(request.protocol, request.respond), request.scope)
        except Exception:
            logger.exception("a request failed outside of Django")
            request.protocol.response_bytes(500, [], b"")

    def _answer_alive(self, request: Request) -> None:
        if self.is_stuck(time.monotonic()):
            request.respond(503, "stuck", CLOSE)
        else:
            self._run_safely(request)
