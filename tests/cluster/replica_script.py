"""Process of test_replica.py with a primary and a replica; prints what it reads.

Each line of standard input is a step; its result is one line of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections, transaction  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.test import Client  # noqa: E402

from core.db import replica  # noqa: E402
from movies.catalogue.catalogue import Catalogue, new_generation  # noqa: E402
from movies.models import Cinema  # noqa: E402
from reports.figures.snapshot import PAGE_SECONDS, read_snapshot  # noqa: E402
from seating.holds import transitions  # noqa: E402
from seating.models import ShowtimeSeat  # noqa: E402
from tests.factories import make_showtime  # noqa: E402


def prepare() -> object:
    call_command("migrate", verbosity=0)
    showtime = make_showtime(rows="A", seats_per_row=4)
    return [showtime.pk, showtime.studio.cinema_id]


def rename(cinema_id: int, name: str) -> object:
    """A change as in the admin: the model's signal invalidates the catalogue."""
    with transaction.atomic():
        cinema = Cinema.objects.get(pk=cinema_id)
        cinema.name = name
        cinema.save()
    return name


def rename_unseen(cinema_id: int, name: str) -> object:
    """A change without signals: no reader is required to see it."""
    return Cinema.objects.filter(pk=cinema_id).update(name=name)


def cinemas() -> object:
    """Titles on the catalogue page, and the databases that were queried."""
    with asked() as databases:
        response = Client().get("/api/v1/cinemas")
    return [[place["name"] for place in response.json()["results"]], databases()]


def forget() -> object:
    new_generation()
    return None


def new_entries() -> object:
    """Rebuilds the cached entries although nothing changed, as after their expiry."""
    with asked() as databases:
        names = [place.name for place in Catalogue(os.urandom(8).hex().encode()).cinemas()]
    return [names, databases()]


def report() -> object:
    with asked() as databases:
        names = read_snapshot(PAGE_SECONDS, cinema_names)
    return [names, databases()]


def report_while_the_replica_dies(postmaster: int) -> object:
    """Kills the replica after it was chosen and before everything is read."""

    def names_then_death() -> list[str]:
        names = cinema_names()
        if replica.is_read():
            os.kill(postmaster, signal.SIGKILL)
            end_of(connections["replica"])
        return names + cinema_names()

    with asked() as databases:
        names = read_snapshot(PAGE_SECONDS, names_then_death)
    return [names, databases()]


def cinema_names() -> list[str]:
    return list(Cinema.objects.values_list("name", flat=True))


def end_of(connection: BaseDatabaseWrapper) -> None:
    """A backend notices the death of its postmaster with a delay."""
    deadline = time.monotonic() + 30
    while connection.is_usable() and time.monotonic() < deadline:
        time.sleep(0.01)


def hold(showtime_id: int) -> object:
    """Takes a hold, inside a block that may read the replica."""
    seat_id = ShowtimeSeat.objects.filter(showtime=showtime_id).earliest("pk").seat_id
    with asked() as databases:
        held = transitions.hold_seats(showtime_id=showtime_id, visitor="web:a", seat_ids=[seat_id])
    return [len(held.seats), databases()]


def in_a_transaction() -> object:
    with asked() as databases, transaction.atomic(), replica.reading():
        Cinema.objects.count()
    return databases()


def recover() -> object:
    """Ends the recorded outage, as its expiry does."""
    replica._outage.until = 0.0
    connections.close_all()
    return None


@contextmanager
def asked() -> Iterator[Callable[[], list[str]]]:
    """Yields a function that returns the databases whose application tables were queried."""
    found: set[str] = set()

    def count_queries(alias: str) -> Callable[..., object]:
        def wrapper(execute: Callable[..., object], sql: str, *rest: object) -> object:
            if "movies_" in sql or "seating_" in sql:
                found.add(alias)
            return execute(sql, *rest)

        return wrapper

    with (
        connections["default"].execute_wrapper(count_queries("default")),
        connections["replica"].execute_wrapper(count_queries("replica")),
    ):
        yield lambda: sorted(found)


for line in sys.stdin:
    name, *arguments = json.loads(line)
    print(json.dumps(globals()[name](*arguments)), flush=True)
