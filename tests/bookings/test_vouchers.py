"""Vouchers: acceptance, refusals with their reasons, and counted uses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from bookings.errors import VoucherBelowMinimum, VoucherRefused, VoucherTooFewTickets
from bookings.models import Booking
from bookings.orders.pricing import Quote, QuoteLine, VoucherTerms, quote
from bookings.orders.vouchers import check_order, find_voucher, return_use, take_use, terms
from movies.models import Showtime
from tests.bookings.fixtures import hold_of, order_of
from tests.factories import (
    make_cinema,
    make_movie,
    make_showtime,
    make_voucher,
)

pytestmark = pytest.mark.django_db

AT = timezone.now()
MONDAY = date(2026, 11, 23)


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="A", seats_per_row=6, business_date=MONDAY)


def refusal_of(call: Callable[[], Any]) -> tuple[str, dict[str, Any]]:
    with pytest.raises(VoucherRefused) as refused:
        call()
    return refused.value.code, refused.value.facts


def priced(*prices: int) -> Quote:
    lines = [QuoteLine(price, 100) for price in prices]
    return quote(lines, fee_rupiah=3_000, tax_basis_points=0)


@pytest.mark.parametrize("typed", ["HEMAT50", "hemat50", "  Hemat50 "])
def test_voucher_is_found_however_it_is_typed(typed: str, showtime: Showtime) -> None:
    voucher = make_voucher(code="HEMAT50")

    assert find_voucher(typed, showtime, AT) == voucher


@pytest.mark.parametrize("typed", ["", "   "])
def test_no_code_is_no_voucher(typed: str, showtime: Showtime) -> None:
    assert find_voucher(typed, showtime, AT) is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"code": "OTHER"}, "voucher_unknown"),
        ({"valid_until": AT}, "voucher_over"),
        ({"valid_from": AT + timedelta(microseconds=1)}, "voucher_not_yet_valid"),
        ({"max_uses": 1, "uses": 1}, "voucher_used_up"),
        ({"max_uses": 0}, "voucher_used_up"),
    ],
    ids=["unknown", "over", "not yet", "used up", "withdrawn"],
)
def test_voucher_is_refused(fields: dict[str, Any], code: str, showtime: Showtime) -> None:
    make_voucher(**{"code": "HEMAT50"} | fields)

    assert refusal_of(lambda: find_voucher("HEMAT50", showtime, AT)) == (code, {})


def test_wildcards_in_a_code_are_only_letters(showtime: Showtime) -> None:
    make_voucher(code="HEMAT50")

    for typed in ("HEMAT%", "HEMAT5_", "%"):
        assert refusal_of(lambda typed=typed: find_voucher(typed, showtime, AT)) == (  # type: ignore[misc]
            "voucher_unknown",
            {},
        )


def test_voucher_counts_from_its_first_moment_to_its_last(showtime: Showtime) -> None:
    voucher = make_voucher(valid_from=AT, valid_until=AT + timedelta(seconds=1))

    assert find_voucher(voucher.code, showtime, AT) == voucher


def test_voucher_of_some_cinemas_films_and_weekdays(showtime: Showtime) -> None:
    voucher = make_voucher(weekdays=[1, 5])
    voucher.cinemas.set([make_cinema(), showtime.studio.cinema])
    voucher.movies.set([make_movie(), showtime.movie])

    assert find_voucher(voucher.code, showtime, AT) == voucher


def test_voucher_of_another_cinema_is_refused(showtime: Showtime) -> None:
    voucher = make_voucher()
    voucher.cinemas.set([make_cinema()])

    assert refusal_of(lambda: find_voucher(voucher.code, showtime, AT)) == ("voucher_not_here", {})


def test_voucher_of_another_film_is_refused(showtime: Showtime) -> None:
    voucher = make_voucher()
    voucher.movies.set([make_movie()])

    assert refusal_of(lambda: find_voucher(voucher.code, showtime, AT)) == (
        "voucher_other_film",
        {},
    )


def test_voucher_of_another_weekday_is_refused(showtime: Showtime) -> None:
    """The weekday is the business day's: a show at 00:30 belongs to the evening before."""
    voucher = make_voucher(weekdays=[2])

    assert refusal_of(lambda: find_voucher(voucher.code, showtime, AT)) == (
        "voucher_other_day",
        {"weekdays": [2]},
    )


def test_tickets_below_the_minimum_are_refused() -> None:
    voucher = make_voucher(min_seats_rupiah=100_000)

    check_order(voucher, priced(50_000, 50_000))
    assert refusal_of(lambda: check_order(voucher, priced(50_000, 49_999))) == (
        "voucher_below_minimum",
        {"minimum_rupiah": 100_000},
    )


def test_a_free_ticket_needs_the_others() -> None:
    voucher = make_voucher(kind="buy_get", value=2)

    check_order(voucher, priced(50_000, 50_000, 50_000))
    assert refusal_of(lambda: check_order(voucher, priced(50_000, 50_000))) == (
        "voucher_too_few_tickets",
        {"tickets_needed": 3},
    )


def test_refusals_name_their_figures() -> None:
    with translation.override("en"):
        messages = [str(VoucherBelowMinimum(100_000)), str(VoucherTooFewTickets(3))]

    assert messages == [
        "This voucher is for tickets of Rp100,000 or more.",
        "This voucher needs 3 tickets or more in one booking.",
    ]


def test_terms_are_of_one_kind() -> None:
    assert terms(None) is None
    assert terms(make_voucher(kind="percent", value=15)) == VoucherTerms(percent=15)
    assert terms(make_voucher(kind="fixed", value=9_000)) == VoucherTerms(fixed_rupiah=9_000)
    assert terms(make_voucher(kind="buy_get", value=2)) == VoucherTerms(free_after=2)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "buy_get", "value": 8},
        {"kind": "buy_get", "value": 0},
        {"kind": "percent", "value": 101},
        {"weekdays": [0]},
        {"weekdays": [1, 8]},
        {"max_uses_per_customer": 0},
    ],
)
def test_voucher_that_means_nothing_is_refused_by_the_database(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_voucher(**fields)


def test_uses_are_taken_to_the_limit_and_given_back() -> None:
    voucher = make_voucher(max_uses=2)

    assert [take_use(voucher.pk) for _use in range(3)] == [True, True, False]
    return_use(voucher.pk)
    assert [take_use(voucher.pk) for _use in range(2)] == [True, False]

    voucher.refresh_from_db()
    assert voucher.uses == 2


def test_uses_never_fall_below_none() -> None:
    voucher = make_voucher()

    return_use(voucher.pk)
    return_use(None)

    voucher.refresh_from_db()
    assert voucher.uses == 0


# ------------------------------------------------------------------ one customer's uses


def order(showtime: Showtime, visitor: str, **other: Any) -> Booking:
    free = showtime.seats.filter(status="available").order_by("seat_id")[0].seat_id
    return order_of(hold_of(showtime, [free], visitor), visitor=visitor, **other)
