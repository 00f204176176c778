"""Where a hold's time goes: the same hold through one more layer at a time, in one process.

Measures the CPU time of this process, which other load hardly affects, and the wall-clock time,
which includes PostgreSQL and Redis.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import orjson
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
from django.test.utils import override_settings

from benchmarks import hall
from benchmarks.floors import hold as floor
from movies.models import Showtime
from seating.holds import transitions

SHOWTIMES = 4
ROUNDS = 5
SEATS_PER_HOLD = 2
FAST_PATH = "cinema_project.fast_path.FastPathMiddleware"


Wanted = tuple[int, list[int]]  # a showtime and seats of it
Call = Callable[[], object]


@dataclass(frozen=True)
class Layer:
    name: str
    processor_us: float
    clock_us: float


def measure() -> list[Layer]:
    """Medians of ROUNDS alternating rounds, each over fresh seats."""
    showtimes = hall.open_hall(SHOWTIMES)
    wanted = list(_wanted(showtimes))
    ways = _ways()
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _round in range(ROUNDS):
        for name, way in ways.items():
            hall.reopen(showtimes)
            taken[name].append(_per_call([way(*one) for one in wanted]))
    return [
        Layer(name, median(cpu for cpu, _ in times), median(clock for _, clock in times))
        for name, times in taken.items()
    ]


def _per_call(calls: list[Call]) -> tuple[float, float]:
    """Microseconds (CPU, wall clock) of one call."""
    clock, cpu = time.perf_counter(), time.process_time()
    for call in calls:
        call()
    scale = 1_000_000 / len(calls)
    return (time.process_time() - cpu) * scale, (time.perf_counter() - clock) * scale


def _wanted(showtimes: list[Showtime]) -> Iterator[Wanted]:
    for showtime in showtimes:
        seats = hall.seats_of(showtime)
        for at in range(0, len(seats), SEATS_PER_HOLD):
            yield showtime.pk, seats[at : at + SEATS_PER_HOLD]


def _ways() -> dict[str, Callable[[int, list[int]], Call]]:
    """Each prepares a call; the preparation is not measured."""
    without = [name for name in settings.MIDDLEWARE if name != FAST_PATH]
    with override_settings(MIDDLEWARE=without):
        full_stack = WSGIHandler()
    whole = WSGIHandler()
    return {
        "psycopg alone": lambda showtime_id, seats: partial(floor._hold, showtime_id, seats),
        "holds.hold_seats": _domain,
        "all of the request": lambda showtime_id, seats: _post(whole, showtime_id, seats),
        "the same through the whole stack": lambda showtime_id, seats: _post(
            full_stack, showtime_id, seats
        ),
    }


def _domain(showtime_id: int, seat_ids: list[int]) -> Call:
    visitor = f"app:{uuid.uuid4().hex}"
    return lambda: transitions.hold_seats(
        showtime_id=showtime_id, visitor=visitor, seat_ids=seat_ids
    )


_factory = RequestFactory()


def _post(handler: WSGIHandler, showtime_id: int, seat_ids: list[int]) -> Call:
    request: Any = _factory.post(
        f"/api/v1/showtimes/{showtime_id}/holds",
        orjson.dumps({"seats": seat_ids}),
        content_type="application/json",
        headers={"X-Visitor": uuid.uuid4().hex, "Accept": "application/json"},
        SERVER_NAME="127.0.0.1",
    )
    return partial(_serve, handler, request.environ)


def _serve(handler: WSGIHandler, environ: dict[str, Any]) -> None:
    status: list[str] = []

    def start(line: str, headers: list[tuple[str, str]], *_error: Any) -> Callable[[bytes], object]:
        status.append(line)
        return status.append  # type: ignore[return-value]  # nobody writes by it

    answer = handler(environ, start)
    b"".join(answer)
    answer.close()
    if status != ["201 Created"]:
        raise ValueError(status)
