"""What a restored database must still be able to do: admit those who bought before."""

from __future__ import annotations

from django.db.models.functions import Now

from backups import verification
from bookings.errors import TicketCodeInvalid
from bookings.models import Ticket
from bookings.tickets.codes import ticket_code, verify_code


def connect() -> None:
    verification.register(verification.Check("an old ticket", _problems, _witness))


def _witness() -> str:
    """The code of the oldest ticket of a showing that is past: it admits nobody any more."""
    past = Ticket.objects.live().filter(booking__showtime__starts_at__lt=Now())
    ticket = past.order_by("issued_at", "pk").first()
    return ticket_code(ticket) if ticket else ""


def _problems(code: str) -> list[str]:
    if not code:
        return []
    try:
        serial = verify_code(code)
    except TicketCodeInvalid:
        return ["its signature is not valid here: is TICKET_SIGNING_KEY the one of the backup?"]
    if not Ticket.objects.live().filter(serial=serial).exists():
        return ["it is not in the database"]
    return []
