"""A small web server in a thread with faults that a test chooses."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl, unquote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

# "5xx": an error before any work. "lost": the work is done, but the response is lost.
# "slow": the response comes after every timeout. "html": a proxy responds instead.
Fault = Literal["5xx", "lost", "slow", "html", "429"]
SLOW_SECONDS = 0.6


@dataclass(frozen=True)
class RecordedRequest:
    """One received request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body or b"{}"))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def user(self) -> str:
        """The user name of HTTP Basic authentication."""
        encoded = self.headers.get("authorization", "").removeprefix("Basic ")
        return base64.b64decode(encoded).decode().rpartition(":")[0]


@dataclass(frozen=True)
class FakeResponse:
    status: int
    document: dict[str, Any]


@dataclass
class FakeBank:
    """``faults`` are used up in order, one per request; ``requests`` records every request."""

    faults: list[Fault | None] = field(default_factory=list)
    requests: list[RecordedRequest] = field(default_factory=list)
    url: str = ""

    def respond(self, request: RecordedRequest) -> FakeResponse:
        raise NotImplementedError

    def calls(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.requests]

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        request = _recorded(environ)
        self.requests.append(request)
        fault = self.faults.pop(0) if self.faults else None
        response = _faulty_response(fault) or self.respond(request)
        if fault == "lost":
            response = FakeResponse(502, {"message": "response lost"})
        if fault == "slow":
            time.sleep(SLOW_SECONDS)
        body = b"<html>" if fault == "html" else json.dumps(response.document).encode()
        start_response(
            f"{response.status} {HTTPStatus(response.status).phrase}",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
        )
        return [body]


def _faulty_response(fault: Fault | None) -> FakeResponse | None:
    status = {"5xx": 503, "429": 429, "html": 200}.get(fault or "")
    return FakeResponse(status, {"message": "out of order"}) if status else None


def _recorded(environ: dict[str, Any]) -> RecordedRequest:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return RecordedRequest(
        method=environ["REQUEST_METHOD"],
        path=unquote(environ["PATH_INFO"]),
        query=dict(parse_qsl(environ["QUERY_STRING"])),
        headers={
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        },
        body=environ["wsgi.input"].read(length),
    )


Bank = TypeVar("Bank", bound=FakeBank)


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


class _ThreadedServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@contextmanager
def running(bank: Bank) -> Iterator[Bank]:
    server = make_server(
        "127.0.0.1",
        0,
        bank,
        server_class=_ThreadedServer,
        handler_class=_SilentHandler,
    )
    bank.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield bank
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
