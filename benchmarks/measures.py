"""Measurements: each function measures one figure of docs/performance.md and its floor."""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import orjson
from django.utils import timezone

from benchmarks import hall, load, servers
from benchmarks.load import Load
from benchmarks.result import Effort, Result, checked, measure
from movies.models import Cinema, Showtime

SEATS_PER_HOLD = 2
SEED = 20


def holds(logs: Path, effort: Effort) -> list[Result]:
    """`POST /api/v1/showtimes/<id>/holds` for two free seats, each by a different visitor.

    Everything that a real hold passes: routing, rate limits, validation, the locks, the hold, and
    the notification of open maps. Its floor locks and writes the same rows in one transaction with
    plain psycopg from a bare WSGI function, and does nothing else.
    """
    showtimes = hall.open_hall(effort.hold_showtimes)
    chance = random.Random(SEED)
    seats = {showtime.pk: hall.seats_of(showtime) for showtime in showtimes}

    def run(port: int) -> Load:
        hall.reopen(showtimes)
        return load.run(port, iter(hold_requests(seats, chance)))

    with ExitStack() as running:
        product = running.enter_context(servers.web_server(servers.PRODUCT, logs))
        floor = running.enter_context(servers.web_server(servers.FLOOR_HOLD, logs))
        return [
            measure(
                "holds", 0.50, lambda: run(product), lambda: run(floor), effort.rounds, "holds/s"
            )
        ]


def hold_requests(seats: dict[int, list[int]], chance: random.Random) -> list[bytes]:
    """Every seat once, two adjacent seats per request, each request by a different visitor."""
    requests = [
        load.request(
            "POST",
            f"/api/v1/showtimes/{showtime_id}/holds",
            orjson.dumps({"seats": seat_ids[at : at + SEATS_PER_HOLD]}),
            X_Visitor=uuid.uuid4().hex,
        )
        for showtime_id, seat_ids in seats.items()
        for at in range(0, len(seat_ids), SEATS_PER_HOLD)
    ]
    chance.shuffle(requests)
    return requests


def seat_map(logs: Path, effort: Effort) -> list[Result]:
    """`GET /api/v1/showtimes/<id>/seats`: 200 seats with position, price and status, warm.

    From the micro-cache: rebuilt by one process once a second, kept in each process's memory for a
    fifth of a second. Its floor is a Django view without any middleware that returns the same
    number of constant bytes.
    """
    [showtime] = hall.open_hall(1)
    path = f"/api/v1/showtimes/{showtime.pk}/seats"
    return _reads(logs, effort, {"seat_map": (path, 0.55)})


def catalogue(logs: Path, effort: Effort) -> list[Result]:
    """A day of a city in the demo chain, warm.

    catalogue_api is `GET /api/v1/showtimes?city=…&date=…`, catalogue_page the site's `/schedule/`
    of the same city and day. The same kind of floor as the seat map's, of the same size.
    """
    cinema = Cinema.objects.exclude(city_slug=hall.CITY).order_by("pk").first()
    if cinema is None:
        raise LookupError("the demo chain is not loaded")
    day = (
        Showtime.objects.filter(studio__cinema=cinema, starts_at__gt=timezone.now())
        .order_by("business_date")
        .values_list("business_date", flat=True)
        .distinct()[1]
    )
    query = f"?city={cinema.city_slug}&date={day.isoformat()}"
    return _reads(
        logs,
        effort,
        {
            "catalogue_api": (f"/api/v1/showtimes{query}", 0.50),
            "catalogue_page": (f"/schedule/{query}", 0.35),
        },
    )


def _reads(logs: Path, effort: Effort, paths: dict[str, tuple[str, float]]) -> list[Result]:
    with ExitStack() as running:
        product = running.enter_context(servers.web_server(servers.PRODUCT, logs))
        floor = running.enter_context(servers.web_server(servers.FLOOR_CONSTANT, logs))
        results = []
        for name, (path, goal) in paths.items():
            ours = _reading(product, path, effort)
            least = _reading(floor, _same_size(product, path), effort)
            results.append(measure(name, goal, ours, least, effort.rounds))
        return results


def _reading(port: int, path: str, effort: Effort) -> Callable[[], Load]:
    message = load.request("GET", path)
    return lambda: load.run(port, itertools.repeat(message), effort.read_seconds)


def _same_size(product: int, path: str) -> str:
    once = checked(path, load.run(product, iter([load.request("GET", path)])))
    return f"/{len(once.last_body)}"
