"""Checkout under changed prices, rate limits and outages: entries are preserved."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bookings.models import Booking
from bookings.site.checkout import CHECKOUTS_BY_NETWORK
from movies.models import Showtime
from tests.bookings.browser import checkout_url, entries, send, take
from tests.bookings.threads import second_session
from tests.factories import make_showtime, make_ticket_type
from tests.limits import use_up

NOBODY_THERE = "http://127.0.0.1:9/sandbox/api"
TYPED = {"name": "Siti Rahma", "email": "siti@example.com", "voucher": "HEMAT"}


@pytest.fixture
def showtime(settings: Any, db: None) -> Showtime:
    settings.SANDBOX_API_URL = NOBODY_THERE
    make_ticket_type("child", price_percent=50)
    return make_showtime(rows="A", seats_per_row=5)


def reprice(showtime: Showtime) -> None:
    """Staff raise the price of every unsold seat, held ones included."""
    showtime.seats.update(price_rupiah=60_000)


def kept(response: Any, child: int) -> dict[str, bool]:
    """Whether the returned form still has what was entered."""
    page = response.content.decode()
    return {
        "name": 'value="Siti Rahma"' in page,
        "email": 'value="siti@example.com"' in page,
        "ticket type": f'name="seat_{child}"' in page and '"child" selected' in page,
    }


def everything() -> dict[str, bool]:
    return {"name": True, "email": True, "ticket type": True}


def test_price_change_returns_once_with_the_new_total(client: Client, showtime: Showtime) -> None:
    first, child = take(client, showtime)
    page = client.get(checkout_url(showtime)).content.decode()
    choices = {f"seat_{child}": "child"}
    reprice(showtime)

    refused = send(client, showtime, [first, child], expected_total_rupiah=81_000, **choices)
    made = Booking.objects.count()
    agreed = send(client, showtime, [first, child], expected_total_rupiah=96_000, **choices)

    assert 'name="expected_total_rupiah" value="106000"' in page
    shown = refused.content.decode()
    assert (refused.status_code, made) == (409, 0)
    assert "The total is now Rp96,000. Please check it before you pay." in shown
    assert 'name="expected_total_rupiah" value="96000"' in shown
    assert kept(refused, child) == everything()
    assert agreed.status_code == 303
    assert Booking.objects.get().total_rupiah == 96_000


@pytest.mark.parametrize("action", ["pay", "reprice"])
def test_rate_limit_at_checkout_keeps_the_form(
    client: Client, showtime: Showtime, action: str
) -> None:
    first, child = take(client, showtime)
    use_up(CHECKOUTS_BY_NETWORK)

    response = send(client, showtime, [first, child], action=action, **{f"seat_{child}": "child"})

    assert (response.status_code, Booking.objects.count()) == (429, 0)
    assert int(response.headers["Retry-After"]) >= 1
    assert "Too many requests. Please wait a moment" in response.content.decode()
    assert kept(response, child) == everything()


def test_rate_limit_of_the_breakdown_is_a_problem_document(
    client: Client, showtime: Showtime
) -> None:
    seats = take(client, showtime)
    use_up(CHECKOUTS_BY_NETWORK)

    response = client.post(
        checkout_url(showtime),
        entries(seats, action="reprice"),
        headers={"X-Part": "breakdown", "Accept": "text/html, application/json"},
    )

    assert (response.status_code, response.json()["code"]) == (429, "rate_limited")


@pytest.mark.django_db(transaction=True)
def test_lock_timeout_at_checkout_keeps_the_form(client: Client, showtime: Showtime) -> None:
    first, child = take(client, showtime)

    with second_session() as run:
        run("SELECT id FROM seating_hold FOR UPDATE")
        response = send(client, showtime, [first, child], **{f"seat_{child}": "child"})
        run("ROLLBACK")

    assert (response.status_code, Booking.objects.count()) == (503, 0)
    assert response.headers["Retry-After"] == "1"
    assert kept(response, child) == everything()
