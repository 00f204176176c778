"""Sales figures of showtimes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookings.refunds import cancellation
from movies.models import Showtime
from reports.dashboard.showtime_sales import with_sales
from tests import factories

pytestmark = pytest.mark.django_db

FIGURES = (
    "seats_total",
    "seats_sold",
    "seats_held",
    "seats_blocked",
    "seats_remaining",
    "revenue_rupiah",
)


def figures(showtime: Showtime) -> dict[str, int]:
    return dict(with_sales(Showtime.objects.filter(pk=showtime.pk)).values(*FIGURES).get())


def test_with_sales_counts_seats_by_status() -> None:
    showtime = factories.make_showtime()
    factories.make_confirmed_booking(showtime, 3)
    factories.make_hold(showtime, 2)
    [blocked] = factories.free_seats(showtime, 1)
    blocked.status = "blocked"
    blocked.save()

    assert figures(showtime) == {
        "seats_total": 10,
        "seats_sold": 3,
        "seats_held": 2,
        "seats_blocked": 1,
        "seats_remaining": 4,
        "revenue_rupiah": 3 * 53_000,
    }


def test_with_sales_counts_an_expired_hold_as_remaining() -> None:
    showtime = factories.make_showtime()
    factories.make_hold(showtime, 2, at=timezone.now() - timedelta(hours=1))

    found = figures(showtime)

    assert (found["seats_held"], found["seats_remaining"]) == (0, 10)


def test_with_sales_excludes_cancelled_bookings() -> None:
    showtime = factories.make_showtime()
    kept = factories.make_confirmed_booking(showtime, 1)
    gone = factories.make_confirmed_booking(showtime, 2)
    cancellation.cancel_booking(booking_id=gone.pk, actor="test", at=timezone.now())

    found = figures(showtime)

    assert (found["seats_sold"], found["revenue_rupiah"]) == (1, kept.total_rupiah)


def test_with_sales_of_a_showtime_without_sales_is_zero() -> None:
    showtime = factories.make_showtime()

    assert figures(showtime) == dict.fromkeys(FIGURES, 0) | {
        "seats_total": 10,
        "seats_remaining": 10,
    }


def test_with_sales_needs_one_query_for_any_number_of_showtimes(
    django_assert_num_queries: Any,
) -> None:
    for _index in range(3):
        factories.make_confirmed_booking(seats=1)

    with django_assert_num_queries(1):
        rows = list(with_sales(Showtime.objects.all()).values(*FIGURES))
    assert [row["seats_sold"] for row in rows] == [1, 1, 1]


def test_showtime_list_shows_sales(client: Client) -> None:
    showtime = factories.make_showtime()
    factories.make_confirmed_booking(showtime, 3)
    factories.make_hold(showtime, 2)
    client.force_login(factories.make_manager(showtime.studio.cinema))

    page = client.get(reverse("admin:movies_showtime_changelist")).content.decode()

    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "3 / 10 2 5 Rp159" in text


def test_showtime_list_has_a_constant_query_count(
    client: Client,
) -> None:
    cinema = factories.make_cinema()
    client.force_login(factories.make_manager(cinema))
    address = reverse("admin:movies_showtime_changelist")
    counts = []
    for _index in range(2):
        for _showtime in range(3):
            factories.make_showtime(factories.make_studio(cinema))
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))

    assert counts[0] == counts[1]
