"""Links that show one ticket without access to its booking.

The token is the signature of the ticket's serial, so no secret is stored. The bearer of the link
can be admitted with the ticket, but cannot cancel, download or see the booking and its contact.
"""

from __future__ import annotations

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from bookings.errors import BookingNotFound
from bookings.models import Ticket


def _signer() -> Signer:
    return Signer(salt="bookings.tickets.sharing", sep=".")


def share_path(ticket: Ticket) -> str:
    token = _signer().signature(ticket.serial)
    return reverse("bookings:shared_ticket", args=[ticket.serial, token])


def ticket_for_link(serial: str, token: str) -> Ticket:
    """Raises BookingNotFound, the same for a wrong serial and token."""
    try:
        _signer().unsign(f"{serial}.{token}")
    except BadSignature:
        raise BookingNotFound() from None
    ticket = (
        Ticket.objects.select_related(
            "booking__showtime__movie",
            "booking__showtime__studio__cinema",
            "showtime_seat__seat",
            "ticket_type",
        )
        .filter(serial=serial, issued_at__isnull=False)
        .first()
    )
    if ticket is None:
        raise BookingNotFound()
    return ticket
