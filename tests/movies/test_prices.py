"""Prices as they are shown: whatever the setting, they add up to what is paid."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from bookings.orders.pricing import QuoteLine, VoucherTerms, quote
from movies.prices import ShownPrice, paid_price, price_of, shown_price

amounts = st.integers(min_value=0, max_value=2_000_000)
lines = st.lists(
    st.builds(QuoteLine, amounts, st.integers(min_value=1, max_value=100)), min_size=1, max_size=8
)
vouchers = st.none() | st.builds(VoucherTerms, percent=st.integers(min_value=1, max_value=100))


@given(amounts, amounts, st.booleans())
def test_shown_price_and_fee_are_what_is_paid(price: int, fee: int, is_included: bool) -> None:
    shown = shown_price(price, fee_rupiah=fee, is_fee_included=is_included)

    assert shown.total_rupiah == price + fee
    assert (shown.amount_rupiah, shown.fee_beside_rupiah) == (
        (price + fee, 0) if is_included else (price, fee)
    )


@given(lines, amounts, vouchers, st.booleans())
def test_shown_tickets_less_discount_are_the_total(
    lines: list[QuoteLine], fee: int, voucher: VoucherTerms | None, is_included: bool
) -> None:
    priced = quote(lines, fee_rupiah=fee, voucher=voucher, tax_basis_points=1_000)

    each = [
        shown_price(ticket.price_rupiah, fee_rupiah=ticket.fee_rupiah, is_fee_included=is_included)
        for ticket in priced.tickets
    ]
    together = shown_price(
        priced.seats_rupiah, fee_rupiah=priced.fee_rupiah, is_fee_included=is_included
    )

    assert sum(ticket.amount_rupiah for ticket in each) == together.amount_rupiah
    assert sum(ticket.fee_beside_rupiah for ticket in each) == together.fee_beside_rupiah
    assert together.total_rupiah - priced.discount_rupiah == priced.total_rupiah
    assert sum(ticket.total_rupiah for ticket in priced.tickets) == priced.total_rupiah


def test_price_is_written_with_the_fee_in_it_or_beside_it(settings: Any) -> None:
    with translation.override("en"):
        assert (str(price_of(45_000)), str(price_of(90_000, tickets=2))) == (
            "Rp48,000",
            "Rp96,000",
        )
        settings.PRICES_INCLUDE_FEE = False
        assert price_of(45_000) == paid_price(45_000, 3_000) == ShownPrice(45_000, 3_000, 3_000)
        assert str(price_of(45_000)) == "Rp45,000 + Rp3,000 fee"
        assert str(paid_price(45_000, 0)) == "Rp45,000"
