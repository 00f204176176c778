"""Quotes over the API."""

from __future__ import annotations

import pytest

from tests.api.test_seats import hold, post
from tests.factories import (
    make_showtime,
    make_ticket_type,
    make_voucher,
)
from tests.seating.test_holds import seat_ids

pytestmark = pytest.mark.django_db


def test_quote_prices_ticket_types_and_voucher() -> None:
    make_ticket_type()
    make_ticket_type("child", price_percent=70)
    make_voucher(code="HEMAT10", kind="percent", value=10)
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    held = hold(showtime, [first, second]).json()["id"]
    tickets = [
        {"seat": first, "ticket_type": "adult"},
        {"seat": second, "ticket_type": "child"},
    ]

    answer = post(f"holds/{held}/quote", {"tickets": tickets, "voucher": "hemat10"})

    assert answer.json() == {
        "seats_rupiah": 85_000,
        "fee_rupiah": 6_000,
        "discount_rupiah": 8_500,
        "total_rupiah": 82_500,
        "tax_rupiah": 6_955,
    }
