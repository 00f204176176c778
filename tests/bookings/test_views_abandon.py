"""Abandoning an order on the site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from bookings.models import BookingStatus
from bookings.payments import registry
from movies.models import Showtime
from tests.bookings.browser import booking_url
from tests.bookings.fixtures import seat_statuses
from tests.bookings.test_views_payment import at_the_bank, order
from tests.factories import make_showtime

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("consistent_books")]


@pytest.fixture(autouse=True)
def _bank(live_server: LiveServer, settings: Any) -> Iterator[None]:
    settings.SITE_URL = live_server.url
    settings.SANDBOX_API_URL = f"{live_server.url}/sandbox/api"
    settings.SANDBOX_WEBHOOK_SECRET = "a secret that two companies share"
    yield
    # A connection kept open would keep a thread of the bank, and its database session.
    registry.provider("sandbox")._http.close()  # type: ignore[attr-defined]
    registry._instance.cache_clear()


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="AB", seats_per_row=5)


def test_abandon_opens_the_seats_at_once(client: Client, showtime: Showtime) -> None:
    booking = order(client, showtime)

    response = client.post(booking_url(booking, "abandon/"))

    booking.refresh_from_db()
    assert response.headers["Location"] == f"/en/showtimes/{showtime.pk}/"
    assert booking.status == BookingStatus.CANCELLED
    assert set(seat_statuses(showtime)) == {"available"}


def test_abandon_of_a_paid_order_changes_nothing(client: Client, showtime: Showtime) -> None:
    booking = order(client, showtime)
    at_the_bank(client, booking, "pay")
    client.get(booking_url(booking, "return/"))

    client.post(booking_url(booking, "abandon/"))

    booking.refresh_from_db()
    assert booking.status == BookingStatus.CONFIRMED


def test_abandon_by_an_outsider_is_not_found(client: Client, showtime: Showtime) -> None:
    booking = order(client, showtime)

    assert Client().post(booking_url(booking, "abandon/")).status_code == 404
    booking.refresh_from_db()
    assert booking.status == BookingStatus.PENDING
