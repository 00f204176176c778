"""Amounts that staff give back without cancelling a ticket."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from bookings.errors import NotCancellable
from bookings.errors.staff import AmountTooLarge
from bookings.models import Booking, Payment, Refund, RefundReason
from bookings.orders.locks import lock_booking, lock_payment
from bookings.refunds.refunds import create_refund


def refundable_rupiah(booking: Booking) -> int:
    """What is left of the applied payment; 0 for a booking that was never paid."""
    payment = Payment.objects.filter(booking=booking, applied_at__isnull=False).first()
    return payment.refundable_rupiah if payment else 0


def refundable_by_booking(bookings: Iterable[Booking]) -> dict[UUID, int]:
    """As ``refundable_rupiah``, of several bookings in one query; those that were paid."""
    applied = Payment.objects.filter(booking__in=[one.pk for one in bookings])
    paid = applied.filter(applied_at__isnull=False)
    return {payment.booking_id: payment.refundable_rupiah for payment in paid}


@transaction.atomic
def give_back(*, booking_id: UUID, amount_rupiah: int, actor: str, at: datetime) -> Refund:
    """Refund an amount; all tickets stay as they are. Locks booking, payment.

    Raises BookingNotFound, NotCancellable if it was never paid, AmountTooLarge.
    """
    booking = lock_booking(booking_id)
    applied = booking.payments.filter(applied_at__isnull=False).values_list("pk", flat=True).first()
    if applied is None:
        raise NotCancellable()
    payment = lock_payment(applied, booking)
    left_rupiah = payment.refundable_rupiah
    if not 0 < amount_rupiah <= left_rupiah:
        raise AmountTooLarge(left_rupiah)
    refund = create_refund(booking, payment, amount_rupiah, RefundReason.GOODWILL, at, actor=actor)
    assert refund is not None  # only an amount of 0 makes none
    return refund
