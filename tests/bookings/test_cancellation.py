"""Cancelling paid bookings: tickets are voided, seats released and the money refunded once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookings.errors import BookingNotFound, NotCancellable
from bookings.models import Booking, Ticket
from bookings.refunds.cancellation import cancel_booking
from bookings.signals import booking_cancelled, refund_due
from movies.models import Showtime
from tests.bookings.fixtures import (
    BUDI,
    Outcome,
    hold_of,
    outcome,
    seat_ids,
    seat_statuses,
    settle_as,
)
from tests.bookings.outcomes import TOTAL, recorded_signals
from tests.factories import make_booking, make_confirmed_booking, make_showtime, make_voucher

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

PAID_LEDGER = ("created", "payment_started", "payment_succeeded", "confirmed")
CANCELLED = Outcome(
    "cancelled",
    ("available", "available"),
    ("void", "void"),
    (("succeeded", TOTAL, TOTAL, 0, True),),
    (*PAID_LEDGER, "ticket_voided", "ticket_voided", "cancelled", "refund_due"),
    TOTAL,
    refunds=((TOTAL, "cancellation", "due"),),
    hold="sold",
)


def cancel(booking: Booking) -> Booking:
    return cancel_booking(booking_id=booking.pk, actor="user:7", at=timezone.now())


def assert_refused(booking: Booking) -> None:
    before = outcome(booking)
    with pytest.raises(NotCancellable):
        cancel(booking)
    assert outcome(booking) == before


def test_cancellation_voids_tickets_frees_seats_and_refunds() -> None:
    booking = make_confirmed_booking()

    with recorded_signals(booking_cancelled, refund_due) as sent:
        cancel(booking)

    assert outcome(booking) == CANCELLED
    assert sent == [("cancelled", "cancelled"), ("cancelled", "refund_due")]
    assert (
        list(booking.events.order_by("pk").values_list("actor", flat=True)[len(PAID_LEDGER) :])
        == ["user:7"] * 4
    )


def test_cancelled_seats_can_be_held_and_sold_again() -> None:
    booking = make_confirmed_booking(make_showtime(rows="A", seats_per_row=2))
    showtime = booking.showtime
    before = list(showtime.seats.order_by("seat_id").values_list("version", flat=True))
    cancel(booking)

    assert seat_statuses(showtime) == ["available", "available"]
    assert list(showtime.seats.order_by("seat_id").values_list("version", flat=True)) == [
        version + 1 for version in before
    ]
    hold_of(showtime, seat_ids(showtime), BUDI)
    again = make_booking(hold=showtime.holds.get(visitor=BUDI))
    settle_as(again.payments.get())

    assert outcome(again).seats == ("ours", "ours")
    assert outcome(booking).seats == ("sold", "sold")


def test_cancel_returns_the_vouchers_use() -> None:
    booking = make_confirmed_booking(voucher=make_voucher(uses=1))

    cancel(booking)

    assert outcome(booking).voucher_uses == 0


def test_cancellation_of_a_free_booking_refunds_nothing() -> None:
    booking = make_confirmed_booking(
        seats_rupiah=100_000,
        fee_rupiah=0,
        discount_rupiah=100_000,
        total_rupiah=0,
        voucher=make_voucher(uses=1),
    )

    cancel(booking)

    end = outcome(booking)
    assert (end.status, end.refunds, end.balance_rupiah) == ("cancelled", (), 0)


def test_cancel_twice_is_refused() -> None:
    booking = make_confirmed_booking()
    cancel(booking)

    assert_refused(booking)
    assert outcome(booking) == CANCELLED


def test_cancel_after_the_start_is_refused() -> None:
    booking = make_confirmed_booking()
    begun = timezone.now() - timedelta(seconds=1)
    Showtime.objects.update(starts_at=begun, sale_closes_at=begun)

    assert_refused(booking)


def test_cancel_after_one_guest_was_let_in_cancels_the_other_ticket() -> None:
    booking = make_confirmed_booking()
    Ticket.objects.filter(pk=booking.tickets.all()[0].pk).update(checked_in_at=timezone.now())

    cancel(booking)

    end = outcome(booking)
    assert (end.status, end.tickets, end.refunds) == (
        "partly_cancelled",
        ("live", "void"),
        ((53_000, "cancellation", "due"),),
    )
    assert_refused(booking)


@pytest.mark.parametrize("status", ["expired", "failed"])
def test_cancel_of_what_was_never_paid_is_refused(status: str) -> None:
    assert_refused(make_booking())
    ended: dict[str, Any] = {"status": status, f"{status}_at": timezone.now()}
    assert_refused(make_booking(**ended))


def test_cancel_of_a_cancelled_showtimes_booking_is_possible() -> None:
    booking = make_confirmed_booking()
    Showtime.objects.update(cancelled_at=timezone.now())

    cancel(booking)

    # The seats must not become free again.
    assert outcome(booking) == replace(CANCELLED, seats=("blocked", "blocked"))


def test_cancel_of_nothing_is_not_found() -> None:
    with pytest.raises(BookingNotFound):
        cancel(Booking())
