"""Template filters for bookings."""

from __future__ import annotations

from django import template

from bookings.models import Booking, Ticket
from bookings.tickets import codes, formatting, sharing

register = template.Library()
register.filter("seat_labels", formatting.seat_labels)
register.filter("share_path", sharing.share_path)


@register.filter
def ticket_qr(ticket: Ticket) -> str:
    return codes.qr_image(codes.ticket_code(ticket))


@register.filter
def party_qr(booking: Booking) -> str:
    """The image of the code that admits the whole party."""
    return codes.qr_image(codes.party_code(booking))
