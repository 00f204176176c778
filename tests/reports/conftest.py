"""Data set in which every invariant holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.models import Booking, BookingEvent, EventKind, Payment, Refund
from bookings.refunds import cancellation
from movies.models import Cinema
from notifications.dispatch import backfill_sent
from seating.models import Hold
from tests import factories


@dataclass(frozen=True)
class World:
    """Rows of one cinema. ``paid`` and ``other`` are confirmed bookings of the same showtime."""

    cinema: Cinema
    hold: Hold
    pending: Booking
    paid: Booking
    other: Booking
    cancelled: Booking
    late: Booking
    late_payment: Payment


@pytest.fixture
def world(db: None) -> World:
    at = timezone.now() - timedelta(minutes=1)
    cinema = factories.make_cinema()
    showtime = factories.make_showtime(factories.make_studio(cinema), at=at)
    voucher = factories.make_voucher(uses=1)
    paid, other = (
        factories.make_confirmed_booking(showtime, 2, at=at, voucher=voucher if first else None)
        for first in (True, False)
    )
    cancelled = factories.make_confirmed_booking(showtime, 1, at=at)
    cancellation.cancel_booking(booking_id=cancelled.pk, actor="test", at=at)
    send_back(cancelled.payments.get().refunds.get())
    late, late_payment = paid_too_late(cinema)
    world = World(
        cinema=cinema,
        hold=factories.make_hold(showtime, 1),
        pending=factories.make_booking(showtime, 2),
        paid=paid,
        other=other,
        cancelled=cancelled,
        late=late,
        late_payment=late_payment,
    )
    backfill_sent(BookingEvent.objects.select_related("booking"))
    return world


def send_back(refund: Refund) -> None:
    """Mark the refund as paid back by the provider."""
    at = timezone.now()
    Refund.objects.filter(pk=refund.pk).update(
        status="refunded", refunded_at=at, next_attempt_at=None
    )
    Payment.objects.filter(pk=refund.payment_id).update(refunded_rupiah=refund.amount_rupiah)
    factories.make_event(
        refund.payment.booking,
        EventKind.REFUNDED,
        amount_rupiah=-refund.amount_rupiah,
        refund=refund.pk,
    )


def paid_too_late(cinema: Cinema) -> tuple[Booking, Payment]:
    """An expired booking with a late payment that is due for refund."""
    at = timezone.now() - timedelta(hours=1)
    showtime = factories.make_showtime(factories.make_studio(cinema), at=at)
    booking = factories.make_booking(showtime, 1, at=at)
    assert booking.hold is not None
    for seat in booking.hold.seats.all():
        seat.status, seat.hold, seat.held_until = "available", None, None
        seat.save()
    Hold.objects.filter(pk=booking.hold.pk).update(ended_at=at, end="expired")
    Booking.objects.filter(pk=booking.pk).update(status="expired", expired_at=at)
    payment = factories.capture(booking.payments.get())
    factories.make_refund(payment, reason="late")
    return booking, payment
