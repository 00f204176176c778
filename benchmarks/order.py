"""`python -m benchmarks.order`: where a booking's time goes, request by request.

Runs in one process, so that its own CPU time can be separated from waiting. For comparison there
is an empty request through the same middleware.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Any, NamedTuple

from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from benchmarks import load, servers
from benchmarks.__main__ import prepare
from benchmarks.conversations import Conversation
from ops.stores import ephemeral_stores

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "performance" / "order.md"
STEPS = ("hold two seats", "booking", "payment page", "the bank's webhook")
NOTHING = "an empty request"
ORDERS = {"warm": 100, "timed": 300, "counted": 5, "sampled": 600}
SAMPLE_SECONDS = 0.001  # of CPU time, between two samples
# A component by the path of its code; the innermost match counts.
PARTS = (
    ("psycopg", "PostgreSQL client (psycopg)"),
    ("django/db", "the ORM: rows, cursors, transactions"),
    ("rest_framework", "DRF: parsing, validation, rendering"),
    ("httpx", "HTTP to the bank (httpx)"),
    ("httpcore", "HTTP to the bank (httpx)"),
    ("h11", "HTTP to the bank (httpx)"),
    ("celery", "publishing tasks (Celery)"),
    ("kombu", "publishing tasks (Celery)"),
    ("redis", "Redis client"),
    ("site-packages", "Django's handler, middleware, URLs, the rest"),
    (f"{ROOT}/", "Layar's own code"),
)
OTHER = "Python's standard library"
AROUND = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
Times = tuple[float, float]  # seconds: CPU, wall clock


class Step(NamedTuple):
    """Medians of one request. ``statements``: with BEGIN and COMMIT not counted."""

    name: str
    processor_ms: float
    clock_ms: float
    statements: int


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.order", description=__doc__)
    parser.add_argument("--write-docs", action="store_true", help=f"write {DOCUMENT.name}")
    arguments = parser.parse_args()
    with ephemeral_stores(durable=True) as environment:
        logs = Path(environment["LAYAR_DATA"]) / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        os.environ.update(environment)
        with servers.web_server(servers.BANK, logs) as bank:
            os.environ |= {
                "SANDBOX_ENABLED": "true",
                "SANDBOX_API_URL": f"http://127.0.0.1:{bank}/api",
            }
            prepare(["checkout"])
            page = _measure()
    print(page)
    if arguments.write_docs:
        DOCUMENT.write_text(page)
    return 0


def _measure() -> str:
    from benchmarks import checkout
    from benchmarks.machine import describe_computer

    checkout.offer_tickets()
    everybody = _everybody()
    for _order in range(ORDERS["warm"]):
        _buy(next(everybody))
    taken: dict[str, list[Times]] = {name: [] for name in (*STEPS, NOTHING)}
    database_ms = _database_ms()
    for _order in range(ORDERS["timed"]):
        for name, times in zip(STEPS, _buy(next(everybody)), strict=True):
            taken[name].append(times)
        taken[NOTHING].append(_timed(load.request("GET", "/api/v1/nothing"))[0])
    database_ms = (_database_ms() - database_ms) / ORDERS["timed"]
    statements = _statements([next(everybody) for _order in range(ORDERS["counted"])])
    steps = [
        Step(
            name,
            median(processor for processor, _clock in times) * 1_000,
            median(clock for _processor, clock in times) * 1_000,
            statements.get(name, 0),
        )
        for name, times in taken.items()
    ]
    parts = _sampled([next(everybody) for _order in range(ORDERS["sampled"])])
    return _document(steps, database_ms, parts, describe_computer())


def _database_ms() -> float:
    """The CPU time of the PostgreSQL backend of this connection, as counted by Linux."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) * 1_000 / os.sysconf("SC_CLK_TCK")


def _everybody() -> Iterator[Conversation]:
    from benchmarks import checkout, hall

    for showtime in hall.open_hall(sum(ORDERS.values()) * 2 // 200 + 1):
        seats = hall.seats_of(showtime)
        for at in range(0, len(seats), 2):
            yield checkout.buyer(showtime.pk, seats[at : at + 2])


def _buy(buyer: Conversation, measure: Callable[[], Any] | None = None) -> list[Any]:
    """For each of the requests: its times, or the result of ``measure``."""
    request, notes = next(buyer), []
    with contextlib.suppress(StopIteration):
        while True:
            times, answer = _timed(request)
            notes.append(measure() if measure else times)
            request = buyer.send(answer)
    return notes


def _timed(request: bytes) -> tuple[Times, tuple[int, bytes]]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _version = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    made = RequestFactory().generic(
        method, path, body, content_type="application/json", headers=headers
    )
    clock, processor = time.perf_counter(), time.thread_time()
    answer = _product()(made.environ, lambda *_head: bytes)  # the returned writer is unused
    whole = b"".join(answer)
    answer.close()
    times = (time.thread_time() - processor, time.perf_counter() - clock)
    return times, (answer.status_code, whole)


@cache
def _product() -> WSGIHandler:
    return WSGIHandler()


def _statements(buyers: list[Conversation]) -> dict[str, int]:
    """Statements of each request; BEGIN, COMMIT and savepoints are not counted."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts: list[Counter[str]] = []
    for buyer in buyers:
        with CaptureQueriesContext(connection) as asked:
            ends = _buy(buyer, partial(len, asked))
        counts.append(Counter())
        for number, query in enumerate(asked):
            step = STEPS[sum(number >= end for end in ends)]
            counts[-1][step] += not (query["sql"] or "prepared").startswith(AROUND)
    return {step: int(median(count[step] for count in counts)) for step in STEPS}


def _sampled(buyers: list[Conversation]) -> list[tuple[str, float]]:
    """Component → its share of the CPU time, the greatest first."""
    seen: Counter[str] = Counter()

    def sample(_signal: int, frame: FrameType | None) -> None:
        seen[_part(frame)] += 1

    before = signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECONDS, SAMPLE_SECONDS)
    try:
        for buyer in buyers:
            _buy(buyer)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return [(part, count / seen.total()) for part, count in seen.most_common()]


def _part(frame: FrameType | None) -> str:
    while frame:
        for sign, part in PARTS:
            if sign in frame.f_code.co_filename:
                return part
        frame = frame.f_back
    return OTHER


def _row(step: Step) -> str:
    return (
        f"| {step.name} | {step.statements} | {step.processor_ms:.2f} ms | {step.clock_ms:.2f} ms |"
    )


def _document(
    steps: list[Step],
    database_ms: float,
    parts: list[tuple[str, float]],
    computer: dict[str, str],
) -> str:
    order, nothing = steps[:-1], steps[-1]
    processor_ms = sum(step.processor_ms for step in order)
    lines = [
        "# Where a booking's time goes",
        "",
        "Written by `python -m benchmarks.order --write-docs`: medians of"
        f" {ORDERS['timed']} bookings of two seats over the",
        "API, sequentially in one process. *CPU* is this process alone; *wall clock* includes"
        " waiting for",
        "PostgreSQL, Redis and the bank, a fake. BEGIN and COMMIT are not counted as statements.",
        "",
        "| Request | statements | CPU | wall clock |",
        "|---|---:|---:|---:|",
        *(_row(step) for step in order),
        f"| **a booking** | **{sum(step.statements for step in order)}**"
        f" | **{processor_ms:.2f} ms** | **{sum(step.clock_ms for step in order):.2f} ms** |",
        _row(nothing).replace("| ", "| for comparison: ", 1),
        "",
        f"A booking takes the CPU time of {processor_ms / order[0].processor_ms:.0f} holds,"
        f" and {database_ms:.1f} ms more in PostgreSQL's own process.",
        "Shares of the CPU time, sampled every millisecond:",
        "",
        "| Part | share |",
        "|---|---:|",
        *(f"| {part} | {share:.0%} |" for part, share in parts),
        "",
        *(f"- {name}: {value}" for name, value in computer.items()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
