"""Expiry of unpaid bookings, and payments that arrive after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookings.models import Booking, Ticket, Voucher
from bookings.settlement.expiry import expire_overdue_bookings
from seating.holds import transitions
from tests.bookings.fixtures import (
    BUDI,
    Outcome,
    hold_of,
    outcome,
    pass_time,
    seat_ids,
    seat_statuses,
    settle_as,
)
from tests.bookings.outcomes import (
    ALL_SIGNALS,
    STARTED,
    expire_and_sweep,
    recorded_signals,
    refunded,
)
from tests.factories import (
    make_booking,
    make_showtime,
    make_voucher,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]


# ------------------------------------------------------------------ the showtime, meanwhile


def test_expiry_frees_the_seats_and_notifies_once() -> None:
    booking = make_booking()
    live = make_booking()
    pass_time(299)
    assert expire_overdue_bookings(timezone.now()) == 0
    pass_time(2)
    Booking.objects.filter(pk=live.pk).update(expires_at=timezone.now() + timedelta(minutes=1))

    with recorded_signals(*ALL_SIGNALS) as sent:
        assert expire_overdue_bookings(timezone.now()) == 1
        assert expire_overdue_bookings(timezone.now()) == 0

    assert sent == [("expired", "expired")]
    assert outcome(booking) == Outcome(
        "expired",
        ("available", "available"),
        ("line", "line"),
        (("pending", 0, 0, 0, False),),
        (*STARTED, "expired"),
        0,
        hold="expired",
    )
    assert outcome(live).status == "pending"


def test_expiry_keeps_seats_taken_over_by_another_visitor() -> None:
    booking = make_booking()
    pass_time(301)
    taken = hold_of(booking.showtime, [seat_ids(booking.showtime)[0]], BUDI)

    assert expire_overdue_bookings(timezone.now()) == 1

    assert outcome(booking).seats == ("held", "available")
    assert transitions.get_hold(hold_id=taken.hold_id, visitor=BUDI).seats == taken.seats


# ------------------------------------------------------------------ vouchers


def with_voucher(**fields: Any) -> Booking:
    voucher = make_voucher(**{"uses": 1, "max_uses": 1} | fields)
    return make_booking(make_showtime(rows="A", seats_per_row=2), voucher=voucher)


def test_expired_booking_returns_the_vouchers_use_and_redeems_it_when_paid_late() -> None:
    booking = with_voucher()
    expire_and_sweep()
    assert outcome(booking).voucher_uses == 0

    settle_as(booking.payments.get())

    end = outcome(booking)
    assert (end.status, end.voucher_uses, end.refunds) == ("confirmed", 1, ())


def test_late_success_whose_voucher_was_used_up_is_refunded_and_sells_nothing() -> None:
    booking = with_voucher()
    expire_and_sweep()
    other = make_booking(make_showtime(), voucher=booking.voucher)
    Voucher.objects.update(uses=1)

    settle_as(booking.payments.get())

    ledger = ("expired", "payment_succeeded", "refund_due")
    assert outcome(booking) == refunded(
        "expired", "late", hold="expired", ledger=ledger, voucher_uses=1
    )
    assert seat_statuses(booking.showtime) == ["available", "available"]
    assert outcome(other).status == "pending"


def test_count_that_staff_reset_does_not_prevent_expiry() -> None:
    booking = with_voucher()
    Voucher.objects.update(uses=0)

    expire_and_sweep()

    assert (outcome(booking).status, outcome(booking).voucher_uses) == ("expired", 0)


def test_ticket_lines_of_an_order_that_failed_are_no_tickets() -> None:
    booking = make_booking()
    settle_as(booking.payments.get(), "failed")

    assert list(Ticket.objects.live()) == []
