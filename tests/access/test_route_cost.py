"""CPU time of each public route for its worst known input, read and sent; ``-s`` prints the list.

Catalogue pages are measured while they are built, each with a query of its own; a booking has eight
tickets, a showtime 300 seats, the catalogue 100 films with showtimes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from tests.access.routes import Route, all_routes
from tests.access.world import World, make_world
from tests.factories import make_confirmed_booking, make_movie, make_showtime, make_studio

CPU_SECONDS_MAX = 0.25  # five times what the slowest one takes
FILMS, ROWS, SEATS_PER_ROW, TICKETS = 100, "ABCDEFGHIJKLMNO", 20, 8
NOT_PUBLIC = ("admin/", "__debug__", "static/", "media/", "sandbox", "bank/", "metrics")
# Routes whose measurement must be of the real page and not of a refusal.
EXPENSIVE = (
    "films/",
    "schedule/",
    "api/v1/schema/",
    "api/v1/showtimes",
    "showtimes/<int:showtime_id>/",
    "bookings/<slug:code>/tickets.pdf",
)
QUERIES = {
    "films/": "?q={0}&genre=nothing&city=nowhere",
    "schedule/": "?date=2099-01-{0:02d}&film=nothing",
    "api/v1/movies": "?q={0}&limit=200",
    "api/v1/showtimes": "?limit=1{0}9",
    "api/v1/cinemas": "?limit=1{0}9",
    "api/v1/programme": "?city=jakarta&from=2099-01-{0:02d}",
}
OTHER_QUERY, API = "?page={0}", "api/v1/"  # the API refuses parameters that it does not read

# Bodies that cost most, of requests that change something.
BODIES: dict[str, Callable[[World], Any]] = {
    "api/v1/showtimes/<int:showtime_id>/holds": lambda world: {"seats": free_seats(world, 8)},
    "api/v1/showtimes/<int:showtime_id>/holds/best": lambda _world: {
        "size": 8,
        "category": "regular",
        "price_max_rupiah": 1_000_000,
        "step_free": True,
    },
    "api/v1/auth/token": lambda _world: {"email": "siti@example.com", "password": "x" * 128},
    "webhooks/<slug:provider>/": lambda _world: [[["x" * 100] * 20] * 20],
    "bookings/find/": lambda _world: {"code": "ABCD2345", "contact": "0" * 200},
}


def empty_body(_world: World) -> Any:
    return {}


def free_seats(world: World, count: int) -> list[int]:
    free = world.showtime.seats.filter(status="available").order_by("seat_id")
    return list(free.values_list("seat_id", flat=True)[:count])


def public_routes() -> list[Route]:
    prefixes = [f"{code}/" for code, _name in settings.LANGUAGES]
    return [
        route
        for route in all_routes()
        if not route.pattern.startswith((*NOT_PUBLIC, *prefixes)) and "<path:" not in route.pattern
    ]


@pytest.fixture
def large_world(db: None) -> World:
    world = make_world()
    studio = make_studio(world.cinema, name="Large")
    at = datetime.now(UTC)
    showtime = make_showtime(studio, at=at, rows=ROWS, seats_per_row=SEATS_PER_ROW)
    buyer = world.people["buyer"]
    world.showtime = showtime
    world.booking = make_confirmed_booking(showtime, TICKETS, at=at, user=buyer)
    layout = studio.layouts.get()
    for number in range(FILMS):
        make_showtime(
            studio,
            at=at,
            starts_at=showtime.starts_at + timedelta(hours=3 * (number + 1)),
            movie=make_movie(synopsis_id="Sebuah cerita. " * 100, synopsis_en="A story. " * 100),
            layout=layout,
        )
    return world


def cpu_seconds(client: Client, path: str, body: Any = None) -> tuple[float, int]:
    """Of a GET, or of a POST with ``body`` as JSON, which changes nothing."""
    began = time.process_time()
    if body is None:
        status = client.get(path).status_code
        return time.process_time() - began, status
    with transaction.atomic():
        status = client.post(path, body, content_type="application/json").status_code
        taken = time.process_time() - began
        transaction.set_rollback(True)
    return taken, status


def test_no_public_route_costs_more_cpu_than_its_limit(large_world: World) -> None:
    client = Client()
    buyer = large_world.people["buyer"]
    assert buyer is not None
    client.force_login(buyer, "django.contrib.auth.backends.ModelBackend")
    costs: dict[str, float] = {}
    statuses: dict[str, int] = {}
    for route in public_routes():
        path = route.path(large_world.arguments(route.pattern, route.name))
        is_api = route.pattern.startswith(API)
        query = QUERIES.get(route.pattern, "" if is_api else OTHER_QUERY)
        # The first request loads code and templates; the minimum of the others is measured.
        taken = [cpu_seconds(client, path + query.format(number)) for number in range(1, 4)]
        costs[route.pattern], statuses[route.pattern] = min(taken[1:])
    for route in public_routes():  # last, because one of them signs out
        path = route.path(large_world.arguments(route.pattern, route.name))
        body = BODIES.get(route.pattern, empty_body)(large_world)
        sent = [cpu_seconds(client, path, body) for _number in range(2)]
        name = f"POST {route.pattern}"
        costs[name], statuses[name] = min(sent)
    for pattern, seconds in sorted(costs.items(), key=lambda one: -one[1]):
        print(f"{1000 * seconds:8.1f} ms  {statuses[pattern]}  /{pattern}")

    assert {
        pattern: seconds for pattern, seconds in costs.items() if seconds > CPU_SECONDS_MAX
    } == {}
    measured = {pattern: statuses.get(pattern) for pattern in EXPENSIVE}
    assert measured == dict.fromkeys(EXPENSIVE, 200)
