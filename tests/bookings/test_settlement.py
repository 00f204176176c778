"""Successful payments, in time or late, give seats or a refund, exactly once.

Other reports and concurrent events: test_unpaid_orders.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from bookings.orders.checkout import abandon_booking
from movies.models import Showtime
from seating.holds import transitions
from seating.models import SeatStatus, ShowtimeSeat
from tests.bookings.fixtures import (
    BUDI,
    Outcome,
    hold_of,
    outcome,
    pass_time,
    seat_ids,
    settle_as,
)
from tests.bookings.outcomes import (
    ALL_SIGNALS,
    CONFIRMED,
    OWED,
    PAID,
    STARTED,
    TOTAL,
    expire_and_sweep,
    recorded_signals,
    refunded,
)
from tests.factories import (
    make_booking,
    make_confirmed_booking,
    make_payment,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]


def test_success_within_the_hold_confirms() -> None:
    booking = make_booking()

    with recorded_signals(*ALL_SIGNALS) as sent:
        payment = settle_as(booking.payments.get())

    assert outcome(booking) == CONFIRMED
    assert sent == [("confirmed", "confirmed")]
    assert (payment.status, payment.poll_at) == ("succeeded", None)
    confirmed = booking.events.get(kind="confirmed")
    assert (confirmed.facts, confirmed.amount_rupiah) == ({"reacquired": False}, 0)


def test_success_reported_twice_confirms_once() -> None:
    booking = make_booking()
    settle_as(booking.payments.get())

    with recorded_signals(*ALL_SIGNALS) as sent:
        settle_as(booking.payments.get())

    assert outcome(booking) == CONFIRMED
    assert sent == []


def test_success_after_the_time_gets_free_seats_back() -> None:
    booking = make_booking()
    expire_and_sweep()
    assert outcome(booking).seats == ("available", "available")

    with recorded_signals(*ALL_SIGNALS) as sent:
        settle_as(booking.payments.get())

    ledger = (*STARTED, "expired", "payment_succeeded", "confirmed")
    assert outcome(booking) == Outcome(
        "confirmed", ("ours",) * 2, ("live",) * 2, (PAID,), ledger, TOTAL, hold="expired"
    )
    assert booking.events.get(kind="confirmed").facts == {"reacquired": True}
    assert sent == [("confirmed", "confirmed")]


def test_success_after_expiry_confirms_before_the_sweep() -> None:
    booking = make_booking()
    pass_time(301)

    settle_as(booking.payments.get())

    assert outcome(booking) == CONFIRMED


def test_success_after_the_holds_were_swept_but_not_the_orders_confirms() -> None:
    booking = make_booking()
    pass_time(301)
    assert transitions.sweep_expired_holds() == 1

    settle_as(booking.payments.get())

    assert outcome(booking) == Outcome(**{**vars(CONFIRMED), "hold": "expired"})


def test_success_after_one_seat_was_taken_is_refunded_and_takes_none() -> None:
    booking = make_booking()
    expire_and_sweep()
    taken = hold_of(booking.showtime, [seat_ids(booking.showtime)[0]], BUDI)

    with recorded_signals(*ALL_SIGNALS) as sent:
        settle_as(booking.payments.get())

    ledger = ("expired", "payment_succeeded", "refund_due")
    assert outcome(booking) == refunded(
        "expired", "late", hold="expired", ledger=ledger, seats=("held", "available")
    )
    assert sent == [("expired", "refund_due")]
    assert transitions.get_hold(hold_id=taken.hold_id, visitor=BUDI).seats == taken.seats


def test_success_when_a_seat_was_taken_over_unswept_closes_the_order() -> None:
    booking = make_booking()
    pass_time(301)
    hold_of(booking.showtime, [seat_ids(booking.showtime)[1]], BUDI)

    settle_as(booking.payments.get())

    ledger = ("payment_succeeded", "failed", "refund_due")
    assert outcome(booking) == refunded(
        "failed", "late", hold="released", ledger=ledger, seats=("available", "held")
    )


def test_success_after_the_seats_were_sold_to_another_is_refunded() -> None:
    booking = make_booking()
    seats = [ticket.showtime_seat for ticket in booking.tickets.order_by("pk")]
    expire_and_sweep()
    for seat in seats:
        seat.refresh_from_db()
    other = make_confirmed_booking(booking.showtime, seats)

    settle_as(booking.payments.get())

    ledger = ("expired", "payment_succeeded", "refund_due")
    assert outcome(booking) == refunded(
        "expired", "late", hold="expired", ledger=ledger, seats=("sold", "sold")
    )
    assert outcome(other).seats == ("ours", "ours")


def test_success_of_an_abandoned_order_is_refunded() -> None:
    booking = make_booking()
    abandon_booking(booking_id=booking.pk, at=timezone.now())

    settle_as(booking.payments.get())

    ledger = ("cancelled", "payment_succeeded", "refund_due")
    assert outcome(booking) == refunded("cancelled", "late", hold="released", ledger=ledger)


def test_success_of_an_abandoned_order_leaves_kept_seats_to_the_next_one() -> None:
    booking = make_booking()
    abandon_booking(booking_id=booking.pk, keep_seats=True, at=timezone.now())
    again = make_booking(hold=booking.hold)

    settle_as(booking.payments.get())
    settle_as(again.payments.get())

    ledger = ("cancelled", "payment_succeeded", "refund_due")
    assert outcome(booking) == refunded(
        "cancelled", "late", hold="sold", ledger=ledger, seats=("sold", "sold")
    )
    assert outcome(again) == CONFIRMED


def test_second_payment_of_an_order_is_refunded_as_duplicate() -> None:
    booking = make_booking()
    first, second = booking.payments.get(), make_payment(booking)
    settle_as(first)

    settle_as(second)

    assert outcome(booking) == Outcome(
        "confirmed",
        ("ours", "ours"),
        ("live", "live"),
        (PAID, OWED),
        (
            "created",
            *("payment_started",) * 2,
            *("payment_succeeded", "confirmed", "payment_succeeded", "refund_due"),
        ),
        2 * TOTAL,
        refunds=((TOTAL, "duplicate", "due"),),
        hold="sold",
    )


@pytest.mark.parametrize(
    ("wrong", "captured"),
    [
        ({"amount_rupiah": TOTAL - 1}, TOTAL - 1),
        ({"amount_rupiah": TOTAL + 1}, TOTAL + 1),
        ({"currency": "USD"}, TOTAL),
        ({"merchant_reference": "somebody else's order"}, TOTAL),
        ({"reference": "another payment"}, TOTAL),
    ],
    ids=["too little", "too much", "currency", "merchant reference", "reference"],
)
def test_payment_that_is_not_the_one_ordered_is_refunded(
    wrong: dict[str, Any], captured: int
) -> None:
    booking = make_booking()

    with recorded_signals(*ALL_SIGNALS) as sent:
        settle_as(booking.payments.get(), **wrong)

    assert outcome(booking) == refunded(
        "failed",
        "mismatch",
        hold="released",
        ledger=("payment_succeeded", "failed", "refund_due"),
        payments=(("succeeded", captured, captured, 0, False),),
        balance_rupiah=captured,
        refunds=((captured, "mismatch", "due"),),
    )
    assert sent == [("failed", "failed"), ("failed", "refund_due")]


def test_wrong_payment_after_the_right_one_changes_no_seat() -> None:
    booking = make_booking()
    first, second = booking.payments.get(), make_payment(booking)
    settle_as(first)

    settle_as(second, amount_rupiah=1)

    found = outcome(booking)
    assert (found.status, found.seats, found.tickets) == (
        "confirmed",
        ("ours", "ours"),
        ("live", "live"),
    )
    assert found.payments == (PAID, ("succeeded", 1, 1, 0, False))
    assert found.refunds == ((1, "mismatch", "due"),)


def test_seat_with_another_live_ticket_is_never_sold_again() -> None:
    """If every lock fails, the unique index on live tickets refuses the sale; the buyer gets a
    refund."""
    other = make_confirmed_booking(seats=2)
    seats = [ticket.showtime_seat for ticket in other.tickets.order_by("pk")]
    ShowtimeSeat.objects.update(status=SeatStatus.AVAILABLE, sale=None)
    for seat in seats:
        seat.refresh_from_db()
    booking = make_booking(other.showtime, seats)

    settle_as(booking.payments.get())

    ledger = ("payment_succeeded", "failed", "refund_due")
    assert outcome(booking) == refunded("failed", "late", hold="released", ledger=ledger)
    assert outcome(other).tickets == ("live", "live")
    ShowtimeSeat.objects.filter(pk__in=[seat.pk for seat in seats]).update(
        status=SeatStatus.SOLD, sale=other.pk
    )


def test_success_for_a_cancelled_showtime_is_refunded() -> None:
    """The success arrives before the workers have cancelled the booking."""
    booking = make_booking()
    Showtime.objects.filter(pk=booking.showtime_id).update(cancelled_at=timezone.now())

    settle_as(booking.payments.get())

    booking.refresh_from_db()
    refunds = booking.payments.get().refunds.values_list("reason", "amount_rupiah")
    assert (booking.status, list(refunds)) == ("failed", [("late", booking.total_rupiah)])
