"""Access tokens of bookings: a guest's key to one booking.

A token is the signature of the booking's id and its link version, so no secret is stored and a
corrected address ends the links sent before; SECRET_KEY_FALLBACKS keep old links valid through a
key rotation.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet

from bookings.errors import BookingNotFound
from bookings.models import Booking
from bookings.models.booking import normalise_code
from core.db.prepared import CompiledQuery
from core.http import request_context

# The dot in a return key is not base64, so the key is never mistaken for an access token.
RETURN_KEY_PREFIX = "return."
RETURN_KEY_MINUTES = 15  # after the end of the hold, for payments that take long


def _by_code(code: str) -> QuerySet[Booking]:
    return Booking.objects.filter(code=code)


_BY_CODE = CompiledQuery(_by_code, "a code")


def _signer() -> Signer:
    return Signer(salt="bookings.orders.access_tokens", sep=".")


def _return_signer() -> Signer:
    return Signer(salt="bookings.orders.return_keys", sep=".")


def return_key(booking: Booking) -> str:
    """Key for the return address that a payment provider is given, instead of the access token.

    Opens the booking on the website only, until ``return_key_ends_at``.
    """
    return RETURN_KEY_PREFIX + _return_signer().signature(str(booking.pk))


def return_key_ends_at(booking: Booking) -> datetime:
    return booking.expires_at + timedelta(minutes=RETURN_KEY_MINUTES)


def booking_for_return_key(code: str, key: str, at: datetime) -> Booking:
    """The booking of this code. Raises BookingNotFound for a wrong or expired key."""
    booking = _BY_CODE.first(normalise_code(code))
    signature = key.removeprefix(RETURN_KEY_PREFIX)
    if booking is None or at >= return_key_ends_at(booking):
        raise BookingNotFound()
    try:
        _return_signer().unsign(f"{booking.pk}.{signature}")
    except BadSignature:
        raise BookingNotFound() from None
    request_context.bind_booking(booking.code)
    return booking


def access_token(booking: Booking) -> str:
    return _signer().signature(_signed(booking))


def _signed(booking: Booking) -> str:
    return f"{booking.pk}:{booking.link_version}" if booking.link_version else str(booking.pk)


def booking_for_token(code: str, token: str, *, with_details: bool = True) -> Booking:
    """The booking of this code. Raises BookingNotFound, the same for a wrong code and token."""
    if with_details:
        booking = Booking.objects.with_details().filter(code=normalise_code(code)).first()
    else:
        booking = _BY_CODE.first(normalise_code(code))
    if booking is None:
        raise BookingNotFound()
    try:
        _signer().unsign(f"{_signed(booking)}.{token}")
    except BadSignature:
        raise BookingNotFound() from None
    request_context.bind_booking(booking.code)
    return booking
