"""Formats a booking's date, time and seats in the cinema's time zone."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date
from django.utils.translation import get_language

from bookings.models import Booking, Ticket
from movies.models import Showtime
from movies.models.business_day import short_night_of


def show_date(showtime: Showtime) -> str:
    """``Selasa, 24 November 2026``; after midnight with its evening:
    ``Saturday, 28 November 2026 (night of Friday)``.
    """
    return _with_night(calendar_date(showtime), showtime.night_of)


def calendar_date(showtime: Showtime) -> str:
    day = showtime.local_starts_at.date()
    return format_date(day, format="EEEE, d MMMM yyyy", locale=_locale())


def short_show_date(showtime: Showtime) -> str:
    """As ``show_date`` for text messages: ``Sat 28 Nov (Fri night)``."""
    local = showtime.local_starts_at
    return _with_night(
        format_date(local.date(), format="EEE d MMM", locale=_locale()),
        short_night_of(local, showtime.business_date),
    )


def show_start(showtime: Showtime) -> str:
    """``19:30 WIB``: always with its zone, since a chain may span three of them."""
    local = showtime.local_starts_at
    return f"{local:%H:%M} {local.tzname()}"


def show_time(showtime: Showtime, film_ends_at: datetime | None = None) -> str:
    """Start and end of the film: ``19:30–21:45 WIB``; ``film_ends_at`` if it was another."""
    local = showtime.local_starts_at
    ends = (film_ends_at or showtime.film_ends_at).astimezone(local.tzinfo)
    return f"{local:%H:%M}–{ends:%H:%M} {local.tzname()}"


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


def _with_night(date: str, night: str) -> str:
    return f"{date} ({night})" if night else date


def _locale() -> str:
    return "id" if (get_language() or "").startswith("id") else "en_GB"
