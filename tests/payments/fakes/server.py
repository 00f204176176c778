"""A small web server in a thread, whose next answers a test may spoil."""

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

# "5xx": an error before anything is done. "lost": the work is done and the answer is not given.
# "slow": the answer comes after every patience has ended. "html": a proxy answers instead.
Fault = Literal["5xx", "lost", "slow", "html", "429"]
SLOW_SECONDS = 0.6


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

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
class Said:
    status: int
    document: dict[str, Any]


@dataclass
class FakeBank:
    """``faults`` are used up, one a request, in their order; ``asked`` keeps every request."""

    faults: list[Fault | None] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def answer(self, asked: Asked) -> Said:
        raise NotImplementedError

    def calls(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        asked = _asked(environ)
        self.asked.append(asked)
        fault = self.faults.pop(0) if self.faults else None
        said = _spoiled(fault) or self.answer(asked)
        if fault == "lost":
            said = Said(502, {"message": "the answer got lost"})
        if fault == "slow":
            time.sleep(SLOW_SECONDS)
        body = b"<html>" if fault == "html" else json.dumps(said.document).encode()
        start_response(
            f"{said.status} {HTTPStatus(said.status).phrase}",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
        )
        return [body]


def _spoiled(fault: Fault | None) -> Said | None:
    status = {"5xx": 503, "429": 429, "html": 200}.get(fault or "")
    return Said(status, {"message": "out of order"}) if status else None


def _asked(environ: dict[str, Any]) -> Asked:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return Asked(
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


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@contextmanager
def running(bank: Bank) -> Iterator[Bank]:
    server = make_server(
        "127.0.0.1",
        0,
        bank,
        server_class=_Threaded,
        handler_class=_Quiet,
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
