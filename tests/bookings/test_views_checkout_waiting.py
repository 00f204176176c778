"""The checkout page of a browser whose booking waits for its payment."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bookings.models import Booking, Payment
from movies.models import Showtime
from tests.bookings.browser import checkout_url, send, take
from tests.bookings.fixtures import seat_statuses
from tests.factories import PASSWORD, make_showtime, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

NOBODY_THERE = "http://127.0.0.1:9/sandbox/api"


@pytest.fixture(autouse=True)
def _no_bank(settings: Any) -> None:
    """No bank: tests/bookings/test_views_payment.py has one."""
    settings.SANDBOX_API_URL = NOBODY_THERE


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="AB", seats_per_row=5)


def test_form_sent_twice_makes_one_order(client: Client, showtime: Showtime) -> None:
    ids = take(client, showtime)

    answers = [send(client, showtime, ids) for _click in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert (Booking.objects.count(), Payment.objects.count()) == (1, 1)


def test_checkout_with_a_waiting_order_shows_the_order(client: Client, showtime: Showtime) -> None:
    send(client, showtime, take(client, showtime))

    response = client.get(checkout_url(showtime))

    assert response.headers["Location"] == f"/en/bookings/{Booking.objects.get().code}/"
    assert "Your booking is waiting for its payment" in (
        client.get(f"/en/showtimes/{showtime.pk}/").content.decode()
    )


def test_pending_booking_after_sign_out_asks_to_sign_in(client: Client, showtime: Showtime) -> None:
    user = make_user()
    client.login(email=user.email, password=PASSWORD)
    send(client, showtime, take(client, showtime))
    client.post("/en/accounts/logout/")

    response = client.get(checkout_url(showtime))

    detail = f"/en/bookings/{Booking.objects.get().code}/"
    assert response.headers["Location"] == f"/en/accounts/login/?next={detail}"


def test_change_seats_abandons_the_booking_and_keeps_the_seats(
    client: Client, showtime: Showtime
) -> None:
    send(client, showtime, take(client, showtime))

    response = client.post(checkout_url(showtime) + "change/")

    assert response.headers["Location"] == f"/en/showtimes/{showtime.pk}/"
    assert (Booking.objects.get().status, seat_statuses(showtime)[:2]) == (
        "cancelled",
        ["held", "held"],
    )
    assert len(take(client, showtime, 1)) == 1


def test_change_seats_by_an_outsider_changes_nothing(client: Client, showtime: Showtime) -> None:
    send(client, showtime, take(client, showtime))

    Client().post(checkout_url(showtime) + "change/")

    assert Booking.objects.get().status == "pending"
