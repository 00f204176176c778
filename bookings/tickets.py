"""What a paid booking gives its buyer: signed ticket codes, a file to print, a calendar entry."""

from bookings.models import Booking
from bookings.ticket_codes import qr_png, qr_svg, ticket_code, verify_code
from bookings.ticket_words import seat_labels, show_date, show_time, shown_tickets

__all__ = [
    "calendar_ics",
    "qr_png",
    "qr_svg",
    "seat_labels",
    "show_date",
    "show_time",
    "shown_tickets",
    "ticket_code",
    "ticket_pdf",
    "verify_code",
]


def ticket_pdf(booking: Booking) -> bytes:
    # Its library takes as long to load as a third of Django, and most processes never print.
    from bookings import ticket_pdf as paper

    return paper.ticket_pdf(booking)


def calendar_ics(booking: Booking) -> bytes:
    from bookings import ticket_calendar  # for the same reason

    return ticket_calendar.calendar_ics(booking)
