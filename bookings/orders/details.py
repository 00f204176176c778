"""A booking with everything that its messages and documents show."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from bookings.models import Booking
from bookings.orders.inserts import load_lines
from core.db.prepared import CompiledQuery


def _by_id(booking_id: UUID) -> QuerySet[Booking]:
    return Booking.objects.with_details().filter(pk=booking_id)


_BY_ID = CompiledQuery(_by_id, UUID(int=1))


def booking_with_details(booking_id: UUID) -> Booking:
    """As ``Booking.objects.with_details``, compiled and planned once. Raises DoesNotExist."""
    booking = _BY_ID.first(booking_id)
    if booking is None:
        raise Booking.DoesNotExist
    load_lines(booking)
    return booking
