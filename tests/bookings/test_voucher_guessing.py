"""Guessing voucher codes with one hold, from any number of addresses."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bookings.orders.vouchers import CODES_BY_HOLD
from core import ratelimit
from movies.models import Showtime
from tests.api.test_bookings import order
from tests.api.test_seats import APP, hold
from tests.factories import make_showtime, make_ticket_type
from tests.limits import use_up
from tests.seating.test_holds import seat_ids

pytestmark = pytest.mark.django_db

JSON = "application/json"


@pytest.fixture
def showtime() -> Showtime:
    ratelimit._outage.until = 0.0
    make_ticket_type()
    return make_showtime(rows="A", seats_per_row=1)


def test_voucher_attempts_count_for_the_hold_across_clients(showtime: Showtime) -> None:
    seats = seat_ids(showtime)
    held = hold(showtime, seats, APP).json()["id"]
    quote = {"tickets": [{"seat": seats[0], "ticket_type": "adult"}], "voucher": "GUESS"}
    elsewhere = Client(REMOTE_ADDR="198.51.100.7", headers=APP)

    def guess(path: str, body: dict[str, Any]) -> str:
        return str(elsewhere.post(f"/api/v1/{path}", body, content_type=JSON).json()["code"])

    before = guess(f"holds/{held}/quote", quote)
    use_up(CODES_BY_HOLD, held)

    assert before == "voucher_unknown"
    assert guess(f"holds/{held}/quote", quote) == "rate_limited"
    assert guess("bookings", order(held, seats, voucher="GUESS")) == "rate_limited"


def test_browser_tries_no_more_codes_with_the_same_hold(showtime: Showtime) -> None:
    browser, seats = Client(), seat_ids(showtime)
    browser.get(f"/showtimes/{showtime.pk}/")
    path = f"/showtimes/{showtime.pk}/hold/"
    held = browser.post(path, {"seats": seats}, content_type=JSON).status_code
    use_up(CODES_BY_HOLD, str(showtime.seats.get().hold_id))
    form = {"action": "reprice", f"seat_{seats[0]}": "adult"}
    checkout = f"/en/showtimes/{showtime.pk}/checkout/"

    answers = [
        browser.post(checkout, form | {"voucher": code}, REMOTE_ADDR="198.51.100.8").status_code
        for code in ("GUESS", "")
    ]

    assert (held, answers) == (201, [429, 200])
