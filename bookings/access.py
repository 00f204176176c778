"""Who may see a booking: its owner, and whoever carries its access token.

The token is derived by signing the booking's id, so nothing secret is stored; SECRET_KEY_FALLBACKS
keep old links working through a rotation.
"""

from __future__ import annotations

from django.core.signing import BadSignature, Signer

from bookings.errors import BookingNotFound
from bookings.models import Booking


def _signer() -> Signer:
    return Signer(salt="bookings.access", sep=".")


def access_token(booking: Booking) -> str:
    return _signer().signature(str(booking.pk))


def booking_for_token(code: str, token: str, *, with_story: bool = True) -> Booking:
    """The booking of this code. Raises BookingNotFound, the same for a wrong code and token."""
    bookings = Booking.objects.with_story() if with_story else Booking.objects.all()
    booking = bookings.filter(code=code.upper()).first()
    if booking is None:
        raise BookingNotFound()
    try:
        _signer().unsign(f"{booking.pk}.{token}")
    except BadSignature:
        raise BookingNotFound() from None
    return booking
