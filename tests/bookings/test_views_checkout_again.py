"""The second checkout after an order that failed: what was typed is there, for its typist alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from bookings.models import Booking
from movies.models import Showtime
from tests.bookings.browser import booking_url, checkout_url, send, take
from tests.bookings.fixtures import pass_time
from tests.factories import PASSWORD, make_showtime, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

TYPED = {"name": "Siti Rahma", "email": "siti@example.com", "phone": "+6281234567890"}
NOTHING = {"name": "", "email": "", "phone": ""}


@pytest.fixture(autouse=True)
def _no_bank(settings: Any) -> None:
    settings.SANDBOX_API_URL = "http://127.0.0.1:9/sandbox/api"


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="AB", seats_per_row=5)


def contact(client: Client, showtime: Showtime) -> dict[str, str]:
    """What stands in the fields of a fresh checkout."""
    take(client, showtime, 1)
    page = client.get(checkout_url(showtime)).content.decode()
    fields = {
        name: re.search(rf'<input[^>]*\bname="{name}"[^>]*>', page)
        for name in ("name", "email", "phone")
    }
    values = {
        name: re.search(r'value="([^"]*)"', field[0]) for name, field in fields.items() if field
    }
    return {name: value[1] if value else "" for name, value in values.items()}


def fail(client: Client, showtime: Showtime) -> None:
    """Makes an order, and gives its seats back."""
    send(client, showtime, take(client, showtime, 1))
    client.post(booking_url(Booking.objects.latest("created_at"), "abandon/"))


def test_contact_of_the_order_that_failed_is_kept(client: Client, showtime: Showtime) -> None:
    fail(client, showtime)

    assert contact(client, showtime) == TYPED


def test_contact_is_not_shown_to_another_browser(client: Client, showtime: Showtime) -> None:
    fail(client, showtime)

    assert contact(Client(), showtime) == NOTHING


def test_contact_is_not_kept_for_another_showtime_nor_for_long(
    client: Client, showtime: Showtime
) -> None:
    fail(client, showtime)

    assert contact(client, make_showtime()) == NOTHING
    pass_time(20 * 60)
    assert contact(client, showtime) == NOTHING


def test_contact_of_an_account_goes_with_it(client: Client, showtime: Showtime) -> None:
    user = make_user(name="Budi Santoso")
    client.login(email=user.email, password=PASSWORD)
    fail(client, showtime)
    signed_in = contact(client, showtime)
    client.post("/en/accounts/logout/")

    assert (signed_in, contact(client, showtime)) == (TYPED, NOTHING)


def test_guests_contact_is_not_put_before_the_account(client: Client, showtime: Showtime) -> None:
    fail(client, showtime)
    user = make_user(name="Budi Santoso")
    client.login(email=user.email, password=PASSWORD)

    assert contact(client, showtime) == {"name": "Budi Santoso", "email": user.email, "phone": ""}
