"""The first two locks of every booking transition: booking, then payment (docs/locking.md).

Both are FOR NO KEY UPDATE, so rows that reference them (an event, a refund, a webhook's record) may
be inserted meanwhile.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from bookings.errors import BookingNotFound
from bookings.models import Booking, Payment
from core.db.prepared import CompiledQuery
from core.http import request_context


def _booking(booking_id: UUID) -> QuerySet[Booking]:
    return (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .select_related("showtime")
        .filter(pk=booking_id)
    )


def _payment(payment_id: UUID, booking_id: UUID) -> QuerySet[Payment]:
    return Payment.objects.select_for_update(of=("self",), no_key=True).filter(
        pk=payment_id, booking=booking_id
    )


_LOCK_BOOKING = CompiledQuery(_booking, UUID(int=1))
_LOCK_PAYMENT = CompiledQuery(_payment, UUID(int=1), UUID(int=2))


def lock_booking(booking_id: UUID) -> Booking:
    """The booking with its showtime; the booking is locked until the transaction ends.

    Raises BookingNotFound.
    """
    # After a wait PostgreSQL joins the new row to the showtime of before: where the booking was
    # moved to another one meanwhile, nothing is found, but its latest row is locked.
    booking = _LOCK_BOOKING.first(booking_id) or _LOCK_BOOKING.first(booking_id)
    if booking is None:
        raise BookingNotFound()
    request_context.bind_booking(booking.code)
    return booking


def lock_payment(payment_id: UUID, booking: Booking) -> Payment:
    """A payment of ``booking``, which the caller has already locked."""
    payment = _LOCK_PAYMENT.first(payment_id, booking.pk)
    if payment is None:
        raise Payment.DoesNotExist
    payment.booking = booking
    return payment
