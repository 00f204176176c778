"""Concurrent refunds by customers, staff and workers never exceed the captured amount."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from bookings.models import Refund
from bookings.refunds.cancellation import cancel_booking, cancel_in_full
from bookings.refunds.refunds import send_due_refunds
from reports.monitoring.invariants import check_invariants
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import book_violations, outcome
from tests.bookings.threads import run_concurrently
from tests.factories import make_confirmed_booking

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4
TERMS = [{"hours_before": 0, "refund_percent": 50, "is_fee_refunded": False}]


def test_concurrent_cancellations_refund_at_most_what_was_paid(
    bank: FakeProvider,
) -> None:
    for _round in range(ROUNDS):
        booking = make_confirmed_booking(seats=4, cancellation_terms=TERMS)
        booking.payments.update(provider="paper")
        at = timezone.now()
        seats = list(booking.tickets.values_list("showtime_seat__seat_id", flat=True))
        one = partial(cancel_booking, booking_id=booking.pk, actor="x", at=at)

        run_concurrently(
            partial(one, seat_ids=seats[:1]),
            partial(one, seat_ids=seats[:2]),
            partial(one, seat_ids=seats[2:]),
            one,
            partial(cancel_in_full, booking_id=booking.pk, actor="staff:1", at=at),
            partial(send_due_refunds, at),
        )
        send_due_refunds(timezone.now() + timedelta(hours=1))

        end = outcome(booking)
        payment = booking.payments.get()
        brought = sum(booking.tickets.values_list("refund_rupiah", flat=True))
        assert (end.status, end.tickets) == ("cancelled", ("void",) * 4)
        assert payment.refunded_rupiah == payment.refund_due_rupiah == brought
        assert brought <= payment.captured_rupiah
        given = sum(bank.refunds[refund.pk] for refund in Refund.objects.filter(payment=payment))
        assert given == brought
    assert book_violations() == []
    wrong = {violation.invariant.name for violation in check_invariants()}
    assert wrong <= {"confirmation_without_message"}  # the factories write none
