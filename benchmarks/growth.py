"""Compares the speed of a chain with a long sales history with that of a new one."""

from __future__ import annotations

import io
import itertools
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import psycopg
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from benchmarks import aged, hall, load, servers
from benchmarks.load import Load
from benchmarks.measures import SEED, hold_requests
from benchmarks.result import Effort, Result, Round, checked, of_rounds
from demo.history import long
from movies.models import Cinema
from reports.dashboard import figures

YOUNG_TICKETS, TIMES = 1_000, 100
TRIAL_TICKETS, TRIAL_TIMES = 40, 2
ROUNDS_MAX = 5
HALLS = 10
DESK_LOOKS = 5
REDIS_OFFSET = "3"  # ids repeat in the two databases, and so would keys
YOUNG, OLD = "growth_young", "growth_old"
GOALS = {"growth_holds": 1.10, "growth_seat_map": 1.10, "growth_desk": 1.50}


def growth(logs: Path, effort: Effort) -> list[Result]:
    """The same work in two databases: the demo chain after 1,000 tickets, and after 100,000.

    The old one is a copy of the young one with years of weeks before it: today's programme and
    sales are the same, while showtimes, seats, bookings, payments, ledger, messages and holds are
    a hundred times as many. The ratio is the time of a response, old to young: holds and seat maps
    over HTTP, the dashboard's figures of every cinema, uncached.
    """
    if effort.is_trial:
        _make_databases(TRIAL_TICKETS, TRIAL_TIMES)
    else:
        _make_databases(YOUNG_TICKETS, TIMES)
    urls = {name: aged.url_of(name) for name in (YOUNG, OLD)}
    with ExitStack() as running:
        ports = {
            name: running.enter_context(
                servers.web_server(
                    servers.PRODUCT,
                    logs,
                    DATABASE_URL=url,
                    REDIS_DATABASE_OFFSET=REDIS_OFFSET if name == OLD else "0",
                )
            )
            for name, url in urls.items()
        }
        rounds = min(effort.rounds, ROUNDS_MAX)
        return [
            _compared("growth_holds", rounds, {name: _holds(name, ports[name]) for name in ports}),
            _compared(
                "growth_seat_map",
                rounds,
                {name: _maps(name, ports[name], effort.read_seconds) for name in ports},
            ),
            _compared("growth_desk", rounds, {name: _desk(name) for name in ports}),
        ]


def _compared(name: str, rounds: int, ways: dict[str, Callable[[], float]]) -> Result:
    """Milliseconds per response, alternating, each first in every other round; one warm-up
    round.
    """
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds + 1):
        for way in sorted(ways, reverse=bool(number % 2)):
            taken[way].append(ways[way]())
    pairs = list(zip(taken[OLD], taken[YOUNG], strict=True))[1:]
    goal = GOALS[name]
    found = [Round(value=round(old, 4), floor=round(young, 4)) for old, young in pairs]
    return of_rounds(name, goal, found, "ms per response", is_at_most=True)


def _holds(name: str, port: int) -> Callable[[], float]:
    with _database(name):
        showtimes = hall.open_hall(HALLS)
        seats = {showtime.pk: hall.seats_of(showtime) for showtime in showtimes}
    chance = random.Random(SEED)

    def run() -> float:
        with _database(name):
            hall.reopen(showtimes)
        return _ms_each(checked(name, load.run(port, iter(hold_requests(seats, chance)))))

    return run


def _maps(name: str, port: int, seconds: float) -> Callable[[], float]:
    with _database(name):
        [showtime] = hall.open_hall(1)
    message = load.request("GET", f"/api/v1/showtimes/{showtime.pk}/seats")
    return lambda: _ms_each(checked(name, load.run(port, itertools.repeat(message), seconds)))


def _desk(name: str) -> Callable[[], float]:
    def run() -> float:
        with _database(name):
            cinemas = list(Cinema.objects.exclude(city_slug=hall.CITY))
            looks = []
            for _look in range(DESK_LOOKS):
                began = time.perf_counter()
                figures.figures(cinemas, timezone.now())
                looks.append((time.perf_counter() - began) * 1_000)
        return median(looks)

    return run


def _ms_each(taken: Load) -> float:
    return 1_000 / taken.per_second


def _make_databases(tickets: int, times: int) -> None:
    connection.close()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        for name in (YOUNG, OLD):
            server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {YOUNG}")
        with _database(YOUNG):
            call_command("migrate", verbosity=0)
            call_command("seed_demo", history=tickets, stdout=io.StringIO())
        server.execute(f"CREATE DATABASE {OLD} TEMPLATE {YOUNG}")
    with _database(OLD):
        for _week in long.copy_history_back(tickets * times, timezone.now()):
            pass
    for name in (YOUNG, OLD):
        with _database(name), connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")


@contextmanager
def _database(name: str) -> Iterator[None]:
    """Route this process's own queries to that database."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
