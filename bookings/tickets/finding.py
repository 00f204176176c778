"""Finding tickets by booking code and email or phone, for guests who lost their link.

Nothing is shown: the tickets are sent to the booking's own contact. A worker searches, so that
neither the page nor its response time reveals whether code and contact belong together.
"""

from __future__ import annotations

import logging
from datetime import datetime

from celery import current_app
from kombu.exceptions import KombuError
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException
from redis.exceptions import RedisError

from bookings.errors import NoTicketsToSend
from bookings.models import Booking
from bookings.models.booking import normalise_code
from bookings.tickets.resend import resend_tickets
from core.ratelimit import RateLimit

logger = logging.getLogger(__name__)

TASK = "bookings.tasks.send_found_tickets"
ACTOR = "guest"
PHONE_REGION = "ID"
# Of one code with one contact, right or wrong, so that the limit reveals nothing either, and that
# nobody who knows a code can use it up for the buyer.
SEARCHES_BY_BOOKING = RateLimit("find_tickets_booking", 3, 60 * 60)
SEARCHES_BY_NETWORK = RateLimit("find_tickets_network", 300, 60)


def search_actor(code: str, contact: str) -> str:
    """What SEARCHES_BY_BOOKING counts; one phone number in several spellings counts once."""
    stripped = contact.strip()
    number = None if "@" in stripped else _phone_number(stripped)
    return f"{code} {number or stripped.casefold()}"


def queue_search(*, code: str, contact: str, at: datetime) -> None:
    """Queue the search for a worker; without a broker it runs here."""
    try:
        current_app.send_task(TASK, args=[code, contact], ignore_result=True)
    except (KombuError, RedisError, OSError):
        logger.warning("broker unavailable: searching tickets without a worker")
        send_found_tickets(code=code, contact=contact, at=at)


def send_found_tickets(*, code: str, contact: str, at: datetime) -> bool:
    """Send the tickets again if the contact is the booking's; returns whether they were sent."""
    booking = Booking.objects.filter(code=normalise_code(code)).first()
    if booking is None or not _is_contact_of(booking, contact.strip()):
        return False
    try:
        resend_tickets(booking_id=booking.pk, actor=ACTOR, at=at)
    except NoTicketsToSend:
        return False
    return True


def _is_contact_of(booking: Booking, contact: str) -> bool:
    if "@" in contact:
        return contact.casefold() == booking.contact_email.casefold()
    number = _phone_number(contact)
    return bool(number and booking.contact_phone and number == booking.contact_phone)


def _phone_number(contact: str) -> PhoneNumber | None:
    try:
        return PhoneNumber.from_string(contact, region=PHONE_REGION)
    except NumberParseException:
        return None
