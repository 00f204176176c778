"""Sends a booking's tickets again, to its own contact only."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from bookings.errors import NoTicketsToSend
from bookings.models import Booking, BookingEvent, EventKind
from bookings.orders import ledger
from bookings.orders.locks import lock_booking
from bookings.signals import tickets_resent
from core.ratelimit import RateLimit

# For customers; staff are not limited.
RESENDS_BY_BOOKING = RateLimit("resend_booking", 3, 60 * 60)


def has_tickets_to_send(booking: Booking, at: datetime) -> bool:
    return booking.is_paid and booking.showtime.ends_at > at


@transaction.atomic
def resend_tickets(*, booking_id: UUID, actor: str, at: datetime) -> BookingEvent:
    """Enqueue the tickets again for the buyer. Locks the booking.

    Raises BookingNotFound, NoTicketsToSend.
    """
    booking = lock_booking(booking_id)
    if not has_tickets_to_send(booking, at):
        raise NoTicketsToSend()
    event = ledger.record(booking, EventKind.TICKETS_RESENT, at, actor=actor)
    tickets_resent.send(Booking, booking=booking, event=event)
    return event
