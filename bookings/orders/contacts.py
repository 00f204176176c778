"""Correction of a booking's contact by staff, where the buyer mistyped it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from bookings.models import Booking, EventKind
from bookings.orders import ledger
from bookings.orders.checkout import Contact
from bookings.orders.locks import lock_booking


@transaction.atomic
def correct_contact(*, booking_id: UUID, contact: Contact, actor: str, at: datetime) -> Booking:
    """Replace name, email and phone; messages go there from now on. Locks the booking.

    The ledger names the changed fields, the booking's history has their values. Raises
    BookingNotFound.
    """
    booking = lock_booking(booking_id)
    wanted = {
        "contact_name": contact.name,
        "contact_email": contact.email,
        "contact_phone": contact.phone,
    }
    changed = [name for name, value in wanted.items() if str(getattr(booking, name)) != value]
    if not changed:
        return booking
    for name in changed:
        setattr(booking, name, wanted[name])
    booking.save(update_fields=changed)
    ledger.record(booking, EventKind.CONTACT_CHANGED, at, actor=actor, fields=changed)
    return booking
