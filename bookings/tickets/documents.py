"""What a paid booking gives its buyer: signed ticket codes, a file to print, a calendar entry."""

from bookings.models import Booking
from bookings.tickets.codes import qr_png, qr_svg, ticket_code, verify_code
from bookings.tickets.formatting import seat_labels, show_date, show_time, shown_tickets

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
    from bookings.tickets import pdf as paper

    return paper.ticket_pdf(booking)


def calendar_ics(booking: Booking) -> bytes:
    from bookings.tickets import calendar  # for the same reason

    return calendar.calendar_ics(booking)
