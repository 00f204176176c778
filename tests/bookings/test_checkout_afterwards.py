"""The checkout URL after its seats are no longer held leads to the tickets or the map."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bookings.models import Booking
from movies.models import Showtime
from tests.bookings.browser import booking_url, checkout_url, send, take
from tests.bookings.fixtures import pass_time, settle_as
from tests.factories import make_payment, make_showtime

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="A", seats_per_row=5)


@pytest.fixture
def bought(client: Client, showtime: Showtime, settings: Any) -> Booking:
    settings.SANDBOX_API_URL = "http://127.0.0.1:9/sandbox/api"  # a closed port
    send(client, showtime, take(client, showtime))
    booking = Booking.objects.get()
    settle_as(make_payment(booking))
    return booking


def test_checkout_after_paying_leads_to_the_tickets(
    client: Client, showtime: Showtime, bought: Booking
) -> None:
    seats = list(bought.tickets.values_list("showtime_seat__seat", flat=True))

    answers = [client.get(checkout_url(showtime)), send(client, showtime, seats)]

    assert [(each.status_code, each.headers["Location"]) for each in answers] == [
        (303, booking_url(bought))
    ] * 2
    assert Booking.objects.count() == 1


def test_checkout_of_seats_sold_meanwhile_redirects_to_the_map(
    showtime: Showtime, bought: Booking
) -> None:
    response = Client().get(checkout_url(showtime))

    assert response.headers["Location"] == f"/en/showtimes/{showtime.pk}/?expired=1"


def test_checkout_of_other_seats_that_lapsed_leads_to_the_map(
    client: Client, showtime: Showtime, bought: Booking
) -> None:
    take(client, showtime)
    pass_time(301)

    response = client.get(checkout_url(showtime))

    assert response.headers["Location"] == f"/en/showtimes/{showtime.pk}/?expired=1"


def test_checkout_of_changed_seats_that_lapsed_leads_to_the_map(
    client: Client, showtime: Showtime, settings: Any
) -> None:
    settings.SANDBOX_API_URL = "http://127.0.0.1:9/sandbox/api"
    send(client, showtime, take(client, showtime))
    client.post(checkout_url(showtime) + "change/")
    pass_time(301)

    response = client.get(checkout_url(showtime))

    assert response.headers["Location"] == f"/en/showtimes/{showtime.pk}/?expired=1"
