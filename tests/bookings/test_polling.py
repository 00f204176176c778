"""Polling settles payments whose webhook was lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from bookings.errors import PaymentUnavailable
from bookings.models import Booking, Payment
from bookings.settlement.expiry import expire_overdue_bookings
from bookings.settlement.polling import LEASE, POLL_BATCH, poll_payments
from bookings.settlement.start_payment import start_payment
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import (
    BUDI,
    Outcome,
    hold_of,
    order_of,
    outcome,
    pass_time,
    report_on,
    seat_ids,
)
from tests.bookings.outcomes import CONFIRMED, STARTED, TOTAL, refunded
from tests.factories import make_booking, make_payment, make_showtime

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]


@pytest.fixture
def order(bank: FakeProvider) -> Booking:
    """A booking that waits for its payment at the bank."""
    showtime = make_showtime(rows="A", seats_per_row=2)
    booking = order_of(hold_of(showtime, seat_ids(showtime)))
    start(booking)
    return booking


def start(booking: Booking) -> None:
    start_payment(
        booking_id=booking.pk,
        provider="paper",
        return_url="http://testserver/back/",
        at=timezone.now(),
    )


def poll() -> int:
    return poll_payments(timezone.now())


def test_success_whose_webhook_was_lost_is_found(order: Booking, bank: FakeProvider) -> None:
    bank.pay(order.payments.get())
    assert poll() == 0  # not yet due: the customer is still paying
    pass_time(15)

    assert poll() == 1

    assert outcome(order) == CONFIRMED
    pass_time(3_600)
    assert poll() == 0


def test_late_success_without_webhook_is_found_and_refunded(
    order: Booking, bank: FakeProvider
) -> None:
    """Closed by the webhook, paid afterwards, and the second webhook lost: the payment is
    refunded."""
    payment = order.payments.get()
    bank.charges[str(payment.reference)] = report_on(payment, "expired")
    pass_time(301)
    poll()
    assert outcome(order).status == "expired"
    hold_of(order.showtime, seat_ids(order.showtime), BUDI)
    bank.pay(payment)

    pass_time(61)
    assert poll() == 1

    ledger = ("payment_failed", "expired", "payment_succeeded", "refund_due")
    assert outcome(order) == refunded(
        "expired", "late", hold="expired", ledger=ledger, seats=("held", "held")
    )


def test_overdue_booking_is_closed_with_an_unreachable_provider(
    order: Booking, bank: FakeProvider
) -> None:
    bank.mood = "away"
    pass_time(301)
    assert (poll(), expire_overdue_bookings(timezone.now())) == (1, 1)
    assert outcome(order).payments == (("pending", 0, 0, 0, False),)

    bank.mood = "well"
    bank.pay(order.payments.get())
    pass_time(61)
    poll()

    end = outcome(order)
    assert (end.status, end.seats, end.balance_rupiah) == ("confirmed", ("ours",) * 2, TOTAL)


def test_payment_unknown_to_the_provider_is_polled_with_growing_intervals(
    order: Booking, bank: FakeProvider
) -> None:
    bank.charges.clear()
    pauses = []
    for seconds in (15, 30, 300, 600, 7_200):
        pass_time(seconds)
        at = timezone.now()
        assert poll_payments(at) == 1
        poll_at = order.payments.get().poll_at
        assert poll_at is not None
        pauses.append(15 * round((poll_at - at).total_seconds() / 15))

    assert pauses == [30, 30, 45, 645, 3_600]
    assert order.payments.get().status == "pending"


def test_payment_polled_by_one_worker_is_skipped_by_another(
    order: Booking, bank: FakeProvider
) -> None:
    pass_time(15)
    at = timezone.now()
    meanwhile: list[int] = []
    bank.meanwhile = lambda: meanwhile.append(
        poll_payments(at + timedelta(seconds=LEASE.seconds - 1))
    )

    assert poll_payments(at) == 1

    assert (meanwhile, bank.asked.count("fetch")) == ([0], 1)


def test_provider_that_was_removed_does_not_stop_the_others(
    order: Booking, bank: FakeProvider, settings: Settings
) -> None:
    pass_time(20)
    bank.pay(order.payments.get())
    gone = make_payment(make_booking(), provider="bankrupt")
    Payment.objects.filter(pk=gone.pk).update(poll_at=timezone.now() - timedelta(hours=1))

    assert poll() == 2

    assert outcome(order) == CONFIRMED


def test_poll_batch_is_bounded_and_takes_the_oldest_first(bank: FakeProvider) -> None:
    at = timezone.now()
    booking = make_booking()
    Payment.objects.bulk_create(
        Payment(
            booking=booking,
            provider="paper",
            reference=f"x{number}",
            status="pending",
            amount_rupiah=TOTAL,
            created_at=at,
            expires_at=booking.expires_at,
            poll_at=at - timedelta(seconds=number),
        )
        for number in range(POLL_BATCH + 1)
    )

    assert poll_payments(at) == POLL_BATCH

    left = Payment.objects.get(poll_at__lte=at, provider="paper")
    assert left.reference == "x0"


# ------------------------------------------------------------------ lost response to create

NOT_YET_BORN = Outcome(
    "pending", ("held",) * 2, ("line",) * 2, (("created", 0, 0, 0, False),), STARTED, 0
)


@pytest.fixture
def unborn(bank: FakeProvider) -> Booking:
    showtime = make_showtime(rows="A", seats_per_row=2)
    return order_of(hold_of(showtime, seat_ids(showtime)))


def test_payment_that_never_reached_the_provider_ends_with_its_time(
    unborn: Booking, bank: FakeProvider
) -> None:
    bank.mood = "away"
    with pytest.raises(PaymentUnavailable):
        start(unborn)
    bank.mood = "well"

    pass_time(60)
    assert poll() == 1
    assert outcome(unborn) == NOT_YET_BORN

    pass_time(241)
    assert poll() == 1
    assert outcome(unborn) == Outcome(
        "expired",
        ("available",) * 2,
        ("line",) * 2,
        (("expired", 0, 0, 0, False),),
        (*STARTED, "payment_failed", "expired"),
        0,
        hold="expired",
    )


def test_payment_is_polled_again_after_an_outage(unborn: Booking, bank: FakeProvider) -> None:
    """The response was lost although the payment exists: a missing response proves nothing."""
    bank.mood = "deaf"
    with pytest.raises(PaymentUnavailable):
        start(unborn)
    payment = Payment.objects.get()
    bank.mood = "away"
    pass_time(301)
    poll()
    assert outcome(unborn) == NOT_YET_BORN

    bank.mood = "well"
    bank.pay(payment)
    pass_time(61)
    poll()

    assert outcome(unborn).status == "confirmed"
