"""Query counts of each step of a purchase: the same for one seat as for eight.

The seat map and its statuses: tests/api/test_seats.py. The warm catalogue, which needs no query:
tests/movies/test_pages.py and test_api.py. The dashboard: tests/reports/test_dashboard.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.policies.pages import agreed_versions
from movies.catalogue import cache as catalogue_cache
from movies.models import Showtime
from tests.api.test_bookings import order
from tests.api.test_seats import APP, hold, post
from tests.bookings.browser import checkout_url, entries, take
from tests.factories import make_cinema, make_showtime, make_studio, make_ticket_type
from tests.seating.test_holds import seat_ids

pytestmark = pytest.mark.django_db

FEW, MANY = 1, 8
HOLD_QUERIES = 3  # a savepoint of the test's transaction, one statement, the savepoint's end
ADDITION_QUERIES_MAX = 10
CHECKOUT_PAGE_QUERIES_MAX = 10
ORDER_QUERIES_MAX = 12  # ten, the tax rule among them, and the savepoint of the test's transaction


def queries_of(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def hall() -> tuple[Showtime, list[int]]:
    make_ticket_type()
    showtime = make_showtime(rows="AB", seats_per_row=10)
    seats = seat_ids(showtime)
    Client().get(f"/api/v1/showtimes/{showtime.pk}/layout")
    agreed_versions()  # cached for all buyers
    return showtime, seats


def test_hold_costs_the_same_for_one_seat_and_for_eight() -> None:
    showtime, seats = hall()

    few = queries_of(lambda: hold(showtime, seats[:FEW]))
    many = queries_of(lambda: hold(showtime, seats[FEW : FEW + MANY]))

    assert (few, many) == (HOLD_QUERIES, HOLD_QUERIES)


def test_addition_to_a_hold_costs_the_same_for_one_seat_and_for_more() -> None:
    counts = []
    for size in (FEW, MANY - 1):
        showtime, seats = hall()
        hold(showtime, seats[:1], APP)
        more = seats[1 : 1 + size]
        counts.append(queries_of(lambda showtime=showtime, more=more: hold(showtime, more, APP)))  # type: ignore[misc]

    assert counts[0] == counts[1] <= ADDITION_QUERIES_MAX


def test_checkout_page_costs_the_same_for_one_seat_and_for_eight() -> None:
    counts = []
    for size in (FEW, MANY):
        showtime, _seats = hall()
        client = Client()
        take(client, showtime, size)
        counts.append(queries_of(lambda c=client, s=showtime: c.get(checkout_url(s))))  # type: ignore[misc]

    assert counts[0] == counts[1] <= CHECKOUT_PAGE_QUERIES_MAX


def test_order_over_the_api_costs_the_same_for_one_seat_and_for_eight() -> None:
    counts = []
    for size in (FEW, MANY):
        showtime, seats = hall()
        held = hold(showtime, seats[:size]).json()
        body = order(held["id"], seats[:size])
        counts.append(queries_of(lambda body=body: post("bookings", body)))  # type: ignore[misc]

    assert counts[0] == counts[1] <= ORDER_QUERIES_MAX, counts


def test_order_on_the_site_costs_the_same_for_one_seat_and_for_eight(settings: Any) -> None:
    settings.SANDBOX_API_URL = "http://127.0.0.1:9/sandbox/api"  # later queries are the bank's
    counts = []
    for size in (FEW, MANY):
        showtime, _seats = hall()
        client = Client()
        filled = entries(take(client, showtime, size))
        counts.append(
            queries_of(lambda c=client, s=showtime, f=filled: c.post(checkout_url(s), f))  # type: ignore[misc]
        )

    assert counts[0] == counts[1]


@pytest.mark.parametrize("address", ["/en/", "/api/v1/showtimes"])
def test_cold_catalogue_costs_the_same_for_one_showtime_of_a_day_and_for_many(address: str) -> None:
    cinema, tomorrow = make_cinema(), timezone.now() + timedelta(days=1)
    counts = []
    for showtimes in (FEW, MANY):
        for _number in range(showtimes):
            make_showtime(make_studio(cinema), starts_at=tomorrow)
        cache.clear()
        catalogue_cache.invalidate()
        counts.append(queries_of(lambda: Client().get(address)))

    assert counts[0] == counts[1]
