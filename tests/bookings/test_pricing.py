"""Prices of bookings; pure functions without a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.orders.pricing import (
    Quote,
    QuotedTicket,
    QuoteLine,
    VoucherTerms,
    contained_tax_rupiah,
    discount_rupiah,
    quote,
    spread,
    ticket_price_rupiah,
)

prices = st.integers(min_value=1, max_value=2_000_000)
lines = st.lists(
    st.builds(QuoteLine, prices, st.integers(min_value=1, max_value=100)), min_size=1, max_size=8
)
vouchers = st.one_of(
    st.none(),
    st.builds(VoucherTerms, percent=st.integers(min_value=1, max_value=100)),
    st.builds(VoucherTerms, fixed_rupiah=st.integers(min_value=1, max_value=20_000_000)),
    st.builds(VoucherTerms, free_after=st.integers(min_value=1, max_value=7)),
)
fees = st.integers(min_value=0, max_value=50_000)
taxes = st.integers(min_value=0, max_value=1_000)


@given(lines, fees, vouchers, taxes)
def test_parts_always_sum_to_the_total(
    lines: list[QuoteLine], fee: int, voucher: VoucherTerms | None, tax: int
) -> None:
    priced = quote(lines, fee_rupiah=fee, voucher=voucher, tax_basis_points=tax)

    tickets = priced.tickets
    assert [ticket.seat_price_rupiah for ticket in tickets] == [
        line.seat_price_rupiah for line in lines
    ]
    assert priced.seats_rupiah == sum(ticket.price_rupiah for ticket in tickets)
    assert priced.fee_rupiah == sum(ticket.fee_rupiah for ticket in tickets)
    assert priced.discount_rupiah == sum(ticket.discount_rupiah for ticket in tickets)
    assert priced.total_rupiah == sum(ticket.total_rupiah for ticket in tickets)
    assert priced.total_rupiah == priced.seats_rupiah + priced.fee_rupiah - priced.discount_rupiah


@given(lines, fees, vouchers, taxes)
def test_nothing_is_negative_and_every_part_stays_within_its_whole(
    lines: list[QuoteLine], fee: int, voucher: VoucherTerms | None, tax: int
) -> None:
    priced = quote(lines, fee_rupiah=fee, voucher=voucher, tax_basis_points=tax)

    for ticket in priced.tickets:
        assert 0 <= ticket.price_rupiah <= ticket.seat_price_rupiah
        assert 0 <= ticket.discount_rupiah <= ticket.price_rupiah
        assert ticket.total_rupiah >= ticket.fee_rupiah >= 0
    assert 0 <= priced.discount_rupiah <= priced.seats_rupiah
    assert 0 <= priced.tax_rupiah <= priced.total_rupiah - priced.fee_rupiah


@given(st.lists(st.integers(min_value=0, max_value=10**7), max_size=12), st.data())
def test_spread_is_exact_fair_and_never_above_a_weight(
    weights: list[int], data: st.DataObject
) -> None:
    whole = sum(weights)
    amount = data.draw(st.integers(min_value=0, max_value=whole))

    parts = spread(amount, weights)

    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part <= weight
        assert abs(part * whole - amount * weight) < max(whole, 1)


@given(st.integers(min_value=0, max_value=10**9), taxes)
def test_contained_tax_is_the_nearest_rupiah(paid: int, tax: int) -> None:
    contained = contained_tax_rupiah(paid, tax)

    # |contained − paid·t/(1+t)| ≤ ½, in whole numbers
    assert abs(2 * (contained * (10_000 + tax) - paid * tax)) <= 10_000 + tax


@pytest.mark.parametrize(
    ("seat_price", "percent", "price"),
    [
        (50_000, 100, 50_000),
        (50_000, 75, 37_500),
        (45_001, 50, 22_501),  # 22,500.5: a half goes up
        (33_333, 70, 23_333),  # 23,333.1
        (1, 49, 0),
        (1, 50, 1),
    ],
)
def test_ticket_price_is_rounded_half_up(seat_price: int, percent: int, price: int) -> None:
    assert ticket_price_rupiah(seat_price, percent) == price


@pytest.mark.parametrize(
    ("seats", "voucher", "discount"),
    [
        (100_000, None, 0),
        (100_000, VoucherTerms(percent=15), 15_000),
        (99_999, VoucherTerms(percent=15), 14_999),  # 14,999.85: in favour of the cinema
        (100_000, VoucherTerms(fixed_rupiah=25_000), 25_000),
        (20_000, VoucherTerms(fixed_rupiah=25_000), 20_000),  # never more than the tickets
        (100_000, VoucherTerms(percent=100), 100_000),
    ],
)
def test_discount_is_rounded_down_and_at_most_the_tickets(
    seats: int, voucher: VoucherTerms | None, discount: int
) -> None:
    assert discount_rupiah([seats - 1, 1], voucher) == discount


@pytest.mark.parametrize(
    ("prices", "free_after", "discount"),
    [
        ([50_000], 1, 0),
        ([50_000, 37_500], 1, 37_500),
        ([50_000, 37_500, 60_000], 1, 37_500),
        ([50_000, 37_500, 60_000, 40_000], 1, 77_500),
        ([50_000, 50_000, 37_500], 2, 37_500),
        ([50_000, 50_000], 2, 0),
    ],
)
def test_of_so_many_tickets_the_cheapest_is_free(
    prices: list[int], free_after: int, discount: int
) -> None:
    assert discount_rupiah(prices, VoucherTerms(free_after=free_after)) == discount


@given(lines, st.integers(min_value=1, max_value=7))
def test_free_tickets_never_cost_the_cinema_more_than_their_share(
    lines: list[QuoteLine], free_after: int
) -> None:
    voucher = VoucherTerms(free_after=free_after)
    priced = quote(lines, fee_rupiah=0, voucher=voucher, tax_basis_points=0)

    # one of every free_after + 1, and not the dearest ones
    assert priced.discount_rupiah * (free_after + 1) <= priced.seats_rupiah


def test_a_free_ticket_makes_all_of_them_cheaper() -> None:
    priced = quote(
        [QuoteLine(50_000, 100), QuoteLine(50_000, 100), QuoteLine(50_000, 100)],
        fee_rupiah=3_000,
        voucher=VoucherTerms(free_after=2),
        tax_basis_points=1_000,
    )

    assert [ticket.discount_rupiah for ticket in priced.tickets] == [16_667, 16_667, 16_666]
    assert priced.total_rupiah == 109_000


def test_tax_of_ten_percent_is_one_eleventh_of_what_was_paid() -> None:
    assert contained_tax_rupiah(110_000, 1_000) == 10_000
    assert contained_tax_rupiah(50_000, 1_000) == 4_545  # 4,545.45
    assert contained_tax_rupiah(50_000, 0) == 0


def test_quote_of_two_adults_and_a_child_with_a_voucher() -> None:
    priced = quote(
        [QuoteLine(50_000, 100), QuoteLine(50_000, 100), QuoteLine(50_000, 75)],
        fee_rupiah=3_000,
        voucher=VoucherTerms(fixed_rupiah=20_000),
        tax_basis_points=1_000,
    )

    assert priced == Quote(
        tickets=(
            QuotedTicket(50_000, 50_000, 3_000, 7_273, 3_885),
            QuotedTicket(50_000, 50_000, 3_000, 7_273, 3_884),
            QuotedTicket(50_000, 37_500, 3_000, 5_454, 2_913),
        ),
        seats_rupiah=137_500,
        fee_rupiah=9_000,
        discount_rupiah=20_000,
        total_rupiah=126_500,
        tax_rupiah=10_682,  # 117,500 ÷ 11 = 10,681.8…
        tax_basis_points=1_000,
    )


def test_quote_wholly_paid_by_a_voucher_still_costs_the_fee() -> None:
    priced = quote(
        [QuoteLine(75_000, 100)],
        fee_rupiah=3_000,
        voucher=VoucherTerms(percent=100),
        tax_basis_points=1_000,
    )

    assert priced == Quote(
        tickets=(QuotedTicket(75_000, 75_000, 3_000, 75_000),),
        seats_rupiah=75_000,
        fee_rupiah=3_000,
        discount_rupiah=75_000,
        total_rupiah=3_000,
        tax_rupiah=0,
        tax_basis_points=1_000,
    )


def test_spread_gives_the_odd_rupiah_to_the_largest_remainder_then_the_first() -> None:
    assert spread(10, [1, 1, 1]) == [4, 3, 3]
    assert spread(5, [50, 25, 25]) == [3, 1, 1]
    assert spread(100, [33, 33, 34]) == [33, 33, 34]
    assert spread(0, [0, 0]) == [0, 0]
    assert spread(0, []) == []
