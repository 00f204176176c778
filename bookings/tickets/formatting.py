"""Formats a booking's date, time and seats in the cinema's time zone."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date
from django.utils.translation import get_language

from bookings.models import Booking, Ticket
from movies.models import Showtime


def local_start(showtime: Showtime) -> datetime:
    return showtime.starts_at.astimezone(showtime.studio.cinema.zone)


def show_date(showtime: Showtime, style: str = "full") -> str:
    """``Selasa, 24 November 2026``; of the calendar, not of the business day."""
    return format_date(local_start(showtime).date(), format=_pattern(style), locale=_locale())


def show_time(showtime: Showtime) -> str:
    """``19:30 WIB``: always with its zone, since a chain may span three of them."""
    start = local_start(showtime)
    return f"{start:%H:%M} {start.tzname()}"


def seat_labels(booking: Booking) -> str:
    """The seats of a booking's tickets in order: ``A1, A2``."""
    return ", ".join(ticket.showtime_seat.seat.label for ticket in shown_tickets(booking))


def shown_tickets(booking: Booking) -> list[Ticket]:
    """The live tickets; if there are none, all tickets of the booking."""
    tickets = sorted(
        booking.tickets.all(),
        key=lambda ticket: (ticket.showtime_seat.seat.line, ticket.showtime_seat.seat.column),
    )
    return [ticket for ticket in tickets if ticket.is_live()] or tickets


def _locale() -> str:
    return "id" if (get_language() or "").startswith("id") else "en_GB"


def _pattern(style: str) -> str:
    return "EEE d MMM" if style == "short" else "EEEE, d MMMM yyyy"
