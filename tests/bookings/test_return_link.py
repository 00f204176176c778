"""The link by which a buyer returns from the bank, opened in another browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from bookings.models import Booking
from bookings.orders.access_tokens import return_key, return_key_ends_at
from movies.models import Showtime
from tests.bookings.browser import booking_url
from tests.bookings.test_views_payment import _bank as _bank  # a fixture
from tests.bookings.test_views_payment import at_the_bank, order, return_path
from tests.bookings.test_views_payment import showtime as showtime  # a fixture
from tests.factories import make_booking

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("consistent_books")]


def test_return_link_gives_a_browser_access_until_it_expires(
    client: Client, showtime: Showtime
) -> None:
    booking = order(client, showtime)
    other = Client()
    other.get(return_path(booking))
    ends_at = return_key_ends_at(booking)

    with time_machine.travel(ends_at - timedelta(seconds=1), tick=False):
        before = other.get(booking_url(booking)).status_code
    with time_machine.travel(ends_at, tick=False):
        after = other.get(booking_url(booking)).status_code

    assert (before, after) == (200, 404)


def test_return_link_alone_cancels_nothing_and_corrects_no_address(
    client: Client, showtime: Showtime
) -> None:
    """The payment provider has seen the link."""
    booking = order(client, showtime)
    at_the_bank(client, booking, "pay")
    client.get(booking_url(booking, "return/"))
    other = Client()
    other.get(return_path(booking))
    booking.refresh_from_db()

    answers = {
        tail: (
            other.post(booking_url(booking, tail), {"email": "thief@example.com"}).status_code,
            f'action="{booking_url(booking, tail)}"' in page_of(other, booking)
            or f'href="{booking_url(booking, tail)}"' in page_of(other, booking),
            f'action="{booking_url(booking, tail)}"' in page_of(client, booking)
            or f'href="{booking_url(booking, tail)}"' in page_of(client, booking),
        )
        for tail in ("cancel/", "address/")
    }

    assert answers == {"cancel/": (404, False, True), "address/": (404, False, True)}
    assert Booking.objects.get().contact_email == booking.contact_email


def page_of(client: Client, booking: Booking) -> str:
    return client.get(booking_url(booking)).content.decode()


def test_return_key_opens_nothing_else(client: Client, showtime: Showtime) -> None:
    booking, other = order(client, showtime), make_booking()
    key = return_key(booking)
    wrong = [f"/en/b/{other.code}/{key}/", f"/en/b/{booking.code}/{key}x/"]
    wrong.append(f"/en/b/{booking.code}/{key.removeprefix('return.')}/")

    api = Client().get(f"/api/v1/bookings/{booking.code}", headers={"X-Booking-Token": key})

    assert api.status_code == 404
    assert [Client().get(path).status_code for path in wrong] == [404] * 3
