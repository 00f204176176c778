"""A real nginx with our configuration, in front of recording servers."""

from __future__ import annotations

import http.client
import http.server
import itertools
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.cluster.nginx import write_configuration
from ops.cluster.nginx_config import Site
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from tests.cluster.programs import program

READY_SECONDS = 120.0


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def received(self) -> dict[str, Any]:
        """The request as received by the upstream server."""
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass
class Server:
    """An upstream server. ``reply`` may change its response."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)
    reply: Callable[[str, str], int | None] = lambda method, path: 200
    received: list[str] = field(default_factory=list)


def send(port: int, path: str, method: str = "GET", body: bytes = b"", **headers: Any) -> Answer:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, {"Host": "layar.test", **named})
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def received(web: list[Server]) -> list[str]:
    return sorted(line for server in web for line in server.received)


@contextmanager
def servers(count: int) -> Iterator[list[Server]]:
    numbers = itertools.count(1)

    def start() -> tuple[http.server.ThreadingHTTPServer, Server]:
        server = Server(0)
        handler = type("Handler", (_Handler,), {"server_told": server, "numbers": numbers})
        listening = http.server.ThreadingHTTPServer((LOOPBACK, 0), handler)
        server.port = listening.server_address[1]
        # Interval at which it checks whether to stop.
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        return listening, server

    started = [start() for _ in range(count)]
    try:
        yield [server for _, server in started]
    finally:
        for listening, _ in started:
            listening.shutdown()
            listening.server_close()


@contextmanager
def nginx(
    folder: Path, web: list[str], live: list[str], ready_port: int | None = None, **changes: Any
) -> Iterator[int]:
    """Yields the port of an nginx that serves ``layar.test``."""
    port = choose_port()
    settings: dict[str, Any] = {
        "server_names": ("layar.test",),
        "port": port,
        "web": tuple(web),
        "live": tuple(live),
        "static": str(folder / "static"),
        "media": str(folder / "media"),
        "cache": str(folder / "nginx" / "cache"),
        "access_log": str(folder / "access.log"),
        "has_ipv6": False,
    } | changes
    site = Site(**settings)
    main_file = write_configuration(folder / "nginx", site)
    with (folder / "error.log").open("wb") as log:
        process = subprocess.Popen(
            [str(program("nginx")), "-p", str(folder), "-c", str(main_file), "-e", "stderr"],
            stdout=log,
            stderr=log,
            env=dict(os.environ),
        )
    try:
        _wait(ready_port or port, process, folder / "error.log")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            send(port, "/healthz")
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"nginx did not start:\n{log.read_text()}") from None
            time.sleep(0.05)
        else:
            return


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_told: Server
    numbers: Iterator[int]

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server_told.received.append(f"{self.command} {self.path}")
        status = self.server_told.reply(self.command, self.path)
        if status is None:  # disconnected in the middle of it
            self.close_connection = True
            return
        document = {
            "number": next(self.numbers),
            "path": self.path,
            "bytes": len(body),
            "headers": dict(self.headers.items()),
        }
        content = json.dumps(document).encode()
        self.send_response(status)
        for name, value in self.server_told.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = answer

    def log_message(self, format: str, *arguments: Any) -> None:
        pass
