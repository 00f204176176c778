"""What a running site answers about its health, also while PostgreSQL hangs."""

from __future__ import annotations

import http.client
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.runtime.processes import child_named, descendants, wait_until
from tests.runtime.runs import Run

WAITING = 8
ARRIVAL_SECONDS = 0.3


def health(port: int) -> int | None:
    try:
        return status_of(port, "/healthz", timeout_seconds=5)
    except OSError:
        return None


def status_of(port: int, path: str, *, timeout_seconds: float = 60) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        return connection.getresponse().status
    finally:
        connection.close()


@dataclass(frozen=True)
class Readiness:
    """``were_waiting``: no other request had been answered by then."""

    status: int
    seconds: float
    were_waiting: bool


def ready_while_hung(run: Run) -> Readiness:
    """What /readyz answers while twice as many requests as there are threads need PostgreSQL."""
    postgres = child_named(run.process.pid, "/postgres -D")
    stopped = [postgres, *descendants(postgres)]
    paths = [f"/api/v1/showtimes/{time.monotonic_ns() + number}/seats" for number in range(WAITING)]
    with ThreadPoolExecutor(WAITING) as clients:
        for process_id in stopped:
            os.kill(process_id, signal.SIGSTOP)
        try:
            waiting = [clients.submit(status_of, run.port, path) for path in paths]
            time.sleep(ARRIVAL_SECONDS)
            began = time.monotonic()
            status = status_of(run.port, "/readyz")
            found = Readiness(
                status, time.monotonic() - began, not any(each.done() for each in waiting)
            )
        finally:
            for process_id in stopped:
                os.kill(process_id, signal.SIGCONT)
    wait_until(lambda: status_of(run.port, "/readyz") == 200)
    return found
