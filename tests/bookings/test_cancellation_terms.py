"""Cancellation tiers by time and for single tickets, with their refunds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from bookings.errors import (
    CancellationTooLate,
    CoupleSeatsTogether,
    NotCancellable,
    TicketsMismatch,
)
from bookings.models import Booking, CancellationTier, Ticket
from bookings.orders.cancellation_terms import Tier, snapshot, tier_at, tiers_of
from bookings.refunds.cancellation import cancel_booking, cancel_in_full, offer
from movies.models import Showtime
from reports.monitoring.invariants import check_invariants
from seating.layouts.publishing import publish_layout
from tests.bookings.fixtures import hold_of, order_of, outcome, seat_ids
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_showtime,
    make_studio,
    make_voucher,
)

AT = timezone.now()
TERMS = [
    {"hours_before": 24, "refund_percent": 100, "is_fee_refunded": True},
    {"hours_before": 2, "refund_percent": 50, "is_fee_refunded": False},
    {"hours_before": 1, "refund_percent": 0, "is_fee_refunded": False},
]


def paid(*, hours: float, seats: int = 3, **fields: Any) -> Booking:
    """Three seats at 50,000 and fees of 3,000, so many hours before the show."""
    showtime = make_showtime(starts_at=AT + timedelta(hours=hours))
    return make_confirmed_booking(showtime, seats, cancellation_terms=TERMS, **fields)


def seats_of(booking: Booking) -> list[int]:
    return [t.showtime_seat.seat_id for t in booking.tickets.order_by("showtime_seat__seat_id")]


def cancel(booking: Booking, seats: Sequence[int] | None = None, at: datetime = AT) -> Booking:
    return cancel_booking(booking_id=booking.pk, seat_ids=seats, actor="user:7", at=at)


def money(booking: Booking) -> tuple[str, int, list[int]]:
    """(status, refund due, refund of each ticket)"""
    booking.refresh_from_db()
    tickets = booking.tickets.order_by("pk").values_list("refund_rupiah", flat=True)
    return booking.status, booking.payments.get().refund_due_rupiah, list(tickets)


# ------------------------------------------------------------------ pure functions


@given(
    st.integers(0, 2_000_000),
    st.integers(0, 50_000),
    st.data(),
    st.integers(0, 100),
    st.booleans(),
)
def test_refund_of_a_ticket_is_between_zero_and_the_paid_amount(
    price: int, fee: int, data: st.DataObject, percent: int, is_fee_refunded: bool
) -> None:
    discount = data.draw(st.integers(0, price))
    ticket = Ticket(price_rupiah=price, fee_rupiah=fee, discount_rupiah=discount)

    brings = Tier(0, percent, is_fee_refunded).refund_rupiah(ticket)

    assert 0 <= brings <= ticket.paid_rupiah
    assert abs(2 * 100 * (brings - fee * is_fee_refunded) - 2 * (price - discount) * percent) <= 100
    assert Tier(0, 100, True).refund_rupiah(ticket) == ticket.paid_rupiah


@pytest.mark.parametrize(
    ("hours_left", "tier"),
    [
        (25, 24),
        (24, 24),
        (23.999, 2),
        (2, 2),
        (1.999, None),
        (0.5, None),
        (0, None),
        (-1, None),
    ],
)
def test_tier_holds_until_its_hour(hours_left: float, tier: int | None) -> None:
    booking = Booking(
        showtime=Showtime(starts_at=AT + timedelta(hours=hours_left)), cancellation_terms=TERMS
    )

    found = tier_at(booking, AT)

    assert (found and found.hours_before) == tier


# ------------------------------------------------------------------ terms of a cinema

pytestmark = pytest.mark.django_db


def test_terms_are_the_cinemas_or_the_chains_or_a_full_refund() -> None:
    cinema, other = make_cinema(), make_cinema()
    everything = [{"hours_before": 0, "refund_percent": 100, "is_fee_refunded": True}]
    assert snapshot(cinema) == everything
    CancellationTier.objects.create(hours_before=3, refund_percent=80, is_fee_refunded=True)
    chain = [{"hours_before": 3, "refund_percent": 80, "is_fee_refunded": True}]
    for tier in reversed(TERMS):
        CancellationTier.objects.create(cinema=cinema, **tier)

    assert snapshot(cinema) == TERMS
    assert snapshot(other) == chain


def test_order_keeps_the_terms_of_its_purchase() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    rule = CancellationTier.objects.create(
        cinema=showtime.studio.cinema, hours_before=2, refund_percent=50
    )
    booking = order_of(hold_of(showtime, seat_ids(showtime)))
    rule.refund_percent = 10
    rule.save()

    booking.refresh_from_db()
    assert tiers_of(booking) == [Tier(2, 50, False)]


def test_two_rules_for_one_hour_are_refused() -> None:
    CancellationTier.objects.create(hours_before=2, refund_percent=50)
    with pytest.raises(IntegrityError), transaction.atomic():
        CancellationTier.objects.create(hours_before=2, refund_percent=60)


def test_terms_that_are_no_list_are_refused() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        paid(hours=30, seats=1).__class__.objects.update(cancellation_terms={})


# ------------------------------------------------------------------ cancelling


@pytest.mark.usefixtures("consistent_books")
def test_early_cancellation_refunds_everything() -> None:
    booking = paid(hours=24)

    cancel(booking)

    assert money(booking) == ("cancelled", 159_000, [53_000] * 3)
    assert check_invariants_of_money() == []


@pytest.mark.usefixtures("consistent_books")
def test_later_half_of_it_without_the_fee() -> None:
    booking = paid(hours=3)

    cancel(booking)

    assert money(booking) == ("cancelled", 75_000, [25_000] * 3)
    assert check_invariants_of_money() == []


@pytest.mark.parametrize("hours", [1.5, 0.5])
def test_too_late_is_refused_with_its_own_message(hours: float) -> None:
    booking = paid(hours=hours)

    assert offer(booking, AT) is None
    with pytest.raises(CancellationTooLate):
        cancel(booking)
    assert money(booking) == ("confirmed", 0, [0, 0, 0])


@pytest.mark.usefixtures("consistent_books")
@pytest.mark.parametrize("hours", [30, 3, 0.5, -1])
def test_staff_refund_everything_at_any_time(hours: float) -> None:
    booking = paid(hours=hours)

    cancel_in_full(booking_id=booking.pk, actor="staff:1", at=AT)

    assert money(booking) == ("cancelled", 159_000, [53_000] * 3)


@pytest.mark.usefixtures("consistent_books")
def test_single_tickets_are_cancelled_one_after_the_other() -> None:
    booking = paid(hours=3, voucher=make_voucher(uses=1))
    first, second, third = seats_of(booking)

    cancel(booking, [second])
    assert money(booking) == ("partly_cancelled", 25_000, [0, 25_000, 0])
    after_one = outcome(booking)
    assert (after_one.seats, after_one.tickets) == (
        ("ours", "available", "ours"),
        ("live", "void", "live"),
    )
    assert after_one.voucher_uses == 1
    assert check_invariants_of_money() == []

    cancel(booking, [first, third], AT + timedelta(minutes=5))
    assert money(booking) == ("cancelled", 75_000, [25_000] * 3)
    after_all = outcome(booking)
    assert after_all.refunds == (
        (25_000, "cancellation", "due"),
        (50_000, "cancellation", "due"),
    )
    assert after_all.ledger[-7:] == (
        "ticket_voided",
        "partly_cancelled",
        "refund_due",
        "ticket_voided",
        "ticket_voided",
        "cancelled",
        "refund_due",
    )
    assert after_all.voucher_uses == 0
    assert check_invariants_of_money() == []


@pytest.mark.usefixtures("consistent_books")
def test_staff_refund_the_rest_after_a_partial_cancellation() -> None:
    """What the customer's terms did not refund stays with the cinema."""
    booking = paid(hours=3)
    cancel(booking, seats_of(booking)[:1])

    cancel_in_full(booking_id=booking.pk, actor="staff:1", at=AT)

    assert money(booking) == ("cancelled", 131_000, [25_000, 53_000, 53_000])


def test_tickets_that_are_not_live_tickets_of_the_booking_are_refused() -> None:
    booking, other = paid(hours=30), paid(hours=30)
    first, second, _third = seats_of(booking)
    cancel(booking, [first])
    before = outcome(booking)

    for wrong in ([first], [second, first], seats_of(other)[:1], []):
        with pytest.raises(TicketsMismatch):
            cancel(booking, wrong)
    assert outcome(booking) == before


def test_used_ticket_stays_and_others_can_be_cancelled() -> None:
    booking = paid(hours=30)
    used, second, third = seats_of(booking)
    Ticket.objects.filter(showtime_seat__seat=used).update(checked_in_at=AT)

    for wrong in ([used], [used, second]):
        with pytest.raises(NotCancellable):
            cancel(booking, wrong)
    offered = offer(booking, AT)
    assert offered is not None
    assert (offered.refund_rupiah, len(offered.tickets)) == (106_000, 2)
    cancel(booking, [second, third])
    assert money(booking) == ("partly_cancelled", 106_000, [0, 53_000, 53_000])


def test_halves_of_a_couple_seat_are_cancelled_together() -> None:
    studio = make_studio()
    showtime = make_showtime(studio, layout=publish_layout(studio, "A  rcc"))
    booking = make_confirmed_booking(showtime, 3)
    single, left, right = seats_of(booking)

    with pytest.raises(CoupleSeatsTogether) as refused:
        cancel(booking, [single, left])
    assert refused.value.facts == {"seats": ["A2", "A3"]}

    cancel(booking, [left, right])
    assert money(booking) == ("partly_cancelled", 106_000, [0, 53_000, 53_000])


def check_invariants_of_money() -> list[str]:
    """The builders write no messages; everything else must hold."""
    ignored = {"confirmation_without_message", "voucher_uses_disagree"}
    names = [violation.invariant.name for violation in check_invariants()]
    return [name for name in names if name not in ignored]
