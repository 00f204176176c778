"""The web server with its shipped configuration, for the product and for each floor."""

from __future__ import annotations

import http.client
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.runner.services import WEB_THREADS, WEB_WORKERS
from ops.stores.errors import NotReady
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from ops.stores.process_guard import POLL_SECONDS, Child, ProcessGroup, Program

READY_SECONDS = 60.0
ROOT = Path(__file__).resolve().parent.parent
PRODUCT = "cinema_project.wsgi:application"
FLOOR_CONSTANT = "benchmarks.floors.constant:application"
FLOOR_HOLD = "benchmarks.floors.hold:application"
FLOOR_PAGE = "benchmarks.floors.page_server:application"
FLOOR_ORDER = "benchmarks.floors.order:application"
BANK = "benchmarks.floors.bank:application"


@contextmanager
def web_server(target: str, logs: Path, **environment: str) -> Iterator[int]:
    """Yields the port of ``target`` on the shipped server with its workers and threads."""
    port = choose_port()
    guard = ProcessGroup()
    try:
        child = guard.start(
            Program(
                name=target,
                command=command(target, port),
                log=logs / f"{target.partition(':')[0]}.log",
                environment={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
                rank=10,
                folder=ROOT,
            )
        )
        try:
            _wait_until_ready(child, port)
            yield port
        finally:
            guard.stop(child)
    finally:
        guard.close()


def command(target: str, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "ops.servers.http", target),
        *("--host", LOOPBACK, "--port", str(port)),
        *("--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)),
    ]


def _wait_until_ready(child: Child, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        child.check()
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            pass  # not listening yet
        finally:
            connection.close()
        if time.monotonic() > deadline:
            raise NotReady(f"{child.program.name} did not answer", child.program.log)
        time.sleep(POLL_SECONDS)
