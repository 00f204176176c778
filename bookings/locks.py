"""The first lock of every transition of an order (docs/locking.md)."""

from __future__ import annotations

from uuid import UUID

from bookings.errors import BookingNotFound
from bookings.models import Booking


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
