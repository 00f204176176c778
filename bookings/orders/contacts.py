"""Corrections of a booking's contact: by staff at any time, by the buyer shortly after buying.

A corrected address invalidates the booking's old links, and both addresses are notified (a receiver
of ``contact_corrected``), so that redirected tickets are noticed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from bookings.errors import CorrectionOver
from bookings.models import Booking, EventKind
from bookings.orders import ledger
from bookings.orders.checkout import Contact
from bookings.orders.locks import lock_booking
from bookings.signals import contact_corrected
from core.ratelimit import RateLimit

BUYER_CORRECTS_FOR = timedelta(minutes=10)  # after the payment
CORRECTIONS_BY_BOOKING = RateLimit("correct_address_booking", 3, 60 * 60)


def may_buyer_correct(booking: Booking, at: datetime) -> bool:
    paid_at = booking.confirmed_at
    return booking.is_paid and paid_at is not None and at < paid_at + BUYER_CORRECTS_FOR


@transaction.atomic
def correct_email(*, booking_id: UUID, email: str, actor: str, at: datetime) -> Booking:
    """The buyer's own correction of the address. Locks the booking.

    Raises BookingNotFound, CorrectionOver.
    """
    booking = lock_booking(booking_id)
    if not may_buyer_correct(booking, at):
        raise CorrectionOver()
    contact = Contact(booking.contact_name, email, str(booking.contact_phone or ""))
    return correct_contact(booking_id=booking_id, contact=contact, actor=actor, at=at)


@transaction.atomic
def correct_contact(*, booking_id: UUID, contact: Contact, actor: str, at: datetime) -> Booking:
    """Replace name, email and phone for all further messages. Locks the booking.

    The ledger records which fields changed, the audit log their values. Raises BookingNotFound.
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
    former_email = booking.contact_email
    for name in changed:
        setattr(booking, name, wanted[name])
    booking.save(update_fields=changed)
    event = ledger.record(booking, EventKind.CONTACT_CHANGED, at, actor=actor, fields=changed)
    if former_email.lower() != booking.contact_email.lower():
        Booking.objects.filter(pk=booking.pk).update(link_version=F("link_version") + 1)
        booking.refresh_from_db(fields=["link_version"])
        contact_corrected.send(
            Booking, booking=booking, event=event, former_email=former_email, at=at
        )
    return booking
