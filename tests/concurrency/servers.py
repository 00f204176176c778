"""The shipped servers as real processes on free ports, on this test's own databases."""

from __future__ import annotations

import http.client
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ops.stores.errors import NotReady
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from ops.stores.process_guard import POLL_SECONDS, Child, ProcessGroup, Program
from tests.concurrency import racers

READY_SECONDS = 300.0  # on a busy machine
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def web_server(logs: Path, **environment: str) -> Iterator[int]:
    """The site and the API on granian, as ``bin/run`` starts it; yields the port."""
    port = choose_port()
    command = [
        *(sys.executable, "-m", "ops.servers.http"),
        *("--host", LOOPBACK, "--port", str(port)),
    ]
    with _running("web", command, port, logs / "web.log", environment):
        yield port


@contextmanager
def live_server(logs: Path, **environment: str) -> Iterator[int]:
    """The seat feed on Daphne; yields the port."""
    port = choose_port()
    command = [
        *(sys.executable, "-m", "daphne", "--bind", LOOPBACK, "--port", str(port)),
        "cinema_project.asgi:application",
    ]
    with _running("live", command, port, logs / "live.log", environment):
        yield port


@contextmanager
def _running(
    name: str, command: Sequence[str], port: int, log: Path, environment: dict[str, str]
) -> Iterator[None]:
    guard = ProcessGroup()
    try:
        child = guard.start(
            Program(
                name=name,
                command=command,
                log=log,
                environment={
                    **os.environ,
                    **racers.environment(),
                    **environment,
                    "PYTHONPATH": str(ROOT),
                },
                rank=10,
            )
        )
        try:
            _wait_until_ready(child, port)
            yield
        finally:
            guard.stop(child)
    finally:
        guard.close()


def _wait_until_ready(child: Child, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        child.check()
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass  # not listening yet
        finally:
            connection.close()
        if time.monotonic() > deadline:
            raise NotReady(f"{child.program.name} did not answer", child.program.log)
        time.sleep(POLL_SECONDS)
