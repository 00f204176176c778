"""Sending a booking's tickets again, to the contact that it was made with and to nobody else."""

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

# A customer who finds no email looks into the spam folder first; staff are not limited.
RESENDS_BY_BOOKING = RateLimit("resend_booking", 3, 60 * 60)
RESENDS_BY_ADDRESS = RateLimit("resend_address", 10, 60 * 60)


def has_tickets_to_send(booking: Booking, at: datetime) -> bool:
    return booking.is_paid and booking.showtime.ends_at > at


@transaction.atomic
def resend_tickets(*, booking_id: UUID, actor: str, at: datetime) -> BookingEvent:
    """Owe the buyer their tickets once more. Locks the booking.

    Raises BookingNotFound, NoTicketsToSend.
    """
    booking = lock_booking(booking_id)
    if not has_tickets_to_send(booking, at):
        raise NoTicketsToSend()
    event = ledger.record(booking, EventKind.TICKETS_RESENT, at, actor=actor)
    tickets_resent.send(Booking, booking=booking, event=event)
    return event
