"""Documents of a paid booking: ticket codes, PDF and calendar entry."""

from bookings.models import Booking
from bookings.tickets.codes import party_code, qr_image, qr_png, qr_svg, ticket_code, verify_code
from bookings.tickets.formatting import (
    seat_labels,
    short_show_date,
    show_date,
    show_start,
    show_time,
    shown_tickets,
)
from core.ratelimit import RateLimit

PDFS_BY_BOOKING = RateLimit("tickets_pdf_booking", 30, 60)  # the most expensive of its files

__all__ = [
    "PDFS_BY_BOOKING",
    "calendar_ics",
    "party_code",
    "qr_image",
    "qr_png",
    "qr_svg",
    "seat_labels",
    "short_show_date",
    "show_date",
    "show_start",
    "show_time",
    "shown_tickets",
    "ticket_code",
    "ticket_pdf",
    "verify_code",
]


def ticket_pdf(booking: Booking) -> bytes:
    # Imported late: the library is slow to load and most processes do not need it.
    from bookings.tickets import pdf as paper

    return paper.ticket_pdf(booking)


def calendar_ics(booking: Booking) -> bytes:
    from bookings.tickets import calendar  # imported late, as above

    return calendar.calendar_ics(booking)
