"""Shared link of one ticket: shows the ticket and nothing else of the booking."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from bookings.models import Booking, Ticket
from bookings.refunds.cancellation import cancel_booking
from bookings.site.booking import WRONG_LINKS_BY_NETWORK
from bookings.tickets.sharing import share_path
from tests.bookings.browser import booking_url
from tests.factories import make_confirmed_booking, make_showtime
from tests.limits import use_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking() -> Booking:
    return make_confirmed_booking(make_showtime(rows="A", seats_per_row=4), 2)


def first_ticket(booking: Booking) -> Ticket:
    return booking.tickets.order_by("pk")[0]


def test_shared_link_shows_one_ticket_and_opens_nothing_else(
    client: Client, booking: Booking
) -> None:
    ticket = first_ticket(booking)
    page = client.get(share_path(ticket))
    html = page.content.decode()

    assert page.status_code == 200
    assert (html.count('class="ticket-qr"'), "data:image/svg+xml;base64," in html) == (1, True)
    assert booking.code not in html
    assert booking.contact_name not in html
    assert {client.get(booking_url(booking, tail)).status_code for tail in ("", "tickets.pdf")} == {
        404
    }
    assert client.post(booking_url(booking, "cancel/")).status_code == 404


def test_shared_link_of_a_cancelled_ticket_shows_no_code(client: Client, booking: Booking) -> None:
    address = share_path(first_ticket(booking))
    cancel_booking(
        booking_id=booking.pk,
        actor="test",
        at=timezone.now(),
    )
    html = client.get(address, headers={"Accept-Language": "en"}).content.decode()

    assert ('class="ticket-qr"' in html, "data-void" in html) == (False, True)


def test_shared_link_needs_the_token_of_its_own_ticket(client: Client, booking: Booking) -> None:
    one, other = booking.tickets.order_by("pk")
    token = share_path(one).rstrip("/").rsplit("/", 1)[1]
    mixed = share_path(other).rstrip("/").rsplit("/", 1)[0] + f"/{token}/"

    assert client.get(mixed).status_code == 404


def test_wrong_shared_links_are_limited(client: Client, booking: Booking) -> None:
    use_up(WRONG_LINKS_BY_NETWORK)

    assert client.get(share_path(first_ticket(booking))).status_code == 429
