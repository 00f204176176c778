"""The first two locks of every transition of an order: booking, then payment (docs/locking.md).

Both are FOR NO KEY UPDATE: a row that merely points at them (an event, a refund, a webhook's
record) may be inserted meanwhile, so no transition waits for the writing of history.
"""

from __future__ import annotations

from uuid import UUID

from bookings.errors import BookingNotFound
from bookings.models import Booking, Payment


def lock_booking(booking_id: UUID) -> Booking:
    """The booking with its showtime, itself locked to the end of the transaction.

    Raises BookingNotFound.
    """
    booking = (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .select_related("showtime")
        .filter(pk=booking_id)
        .first()
    )
    if booking is None:
        raise BookingNotFound()
    return booking


def lock_payment(payment_id: UUID, booking: Booking) -> Payment:
    """A payment of ``booking``, which the caller has locked before it."""
    payment = Payment.objects.select_for_update(of=("self",), no_key=True).get(
        pk=payment_id, booking=booking
    )
    payment.booking = booking
    return payment
