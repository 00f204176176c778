"""Tickets as PDF: one tagged A6 page each, compiled by Typst from ``ticket.typ``."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import orjson
import typst
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from bookings.models import Booking, Ticket
from bookings.tickets.codes import qr_svg, ticket_code
from bookings.tickets.formatting import calendar_date, show_time, shown_tickets
from core.templatetags.money import rupiah

TEMPLATE = Path(__file__).parent / "ticket.typ"
FONTS = Path(__file__).parent / "fonts"
STANDARD = "ua-1"  # PDF/UA-1: tagged, with a title, a language and alternative texts

# A compiler serves one caller at a time; a ticket takes it a few milliseconds.
_compiling = Lock()


def ticket_pdf(booking: Booking) -> bytes:
    """The booking's live tickets, in its language. Raises ValueError if it has none.

    The same booking gives the same file, so a message sent again carries the same attachment.
    """
    with translation.override(booking.language):
        tickets = shown_tickets(booking)
        if not tickets:
            raise ValueError("a booking without tickets has nothing to print")
        data = _booking_data(booking) | {"tickets": [_ticket_data(each) for each in tickets]}
    made_at = int((booking.confirmed_at or booking.created_at).timestamp())
    return _compile(orjson.dumps(data).decode(), made_at)


def _compile(data: str, made_at: int) -> bytes:
    options = {"format": "pdf", "sys_inputs": {"data": data}, "timestamp": made_at}
    with _compiling:
        try:
            document: bytes = _compiler().compile(**options, pdf_standards=[STANDARD])
        except typst.TypstError:
            # A name may contain a character that no font of ours has, which the standard forbids.
            document = _compiler().compile(**options)
    return document


@cache
def _compiler() -> Any:
    # A few small pages: threads cost more than they save. Read when the first page is compiled.
    os.environ.setdefault("RAYON_NUM_THREADS", "1")
    return typst.Compiler(TEMPLATE, font_paths=[FONTS], ignore_system_fonts=True)


def _booking_data(booking: Booking) -> dict[str, Any]:
    showtime = booking.showtime
    movie, studio = showtime.movie, showtime.studio
    day = booking.confirmed_at or booking.created_at
    details = (
        movie.get_classification_display(),
        showtime.get_screen_format_display(),
        _("%(minutes)d min") % {"minutes": movie.duration_minutes},
    )
    texts = {
        "title": f"{settings.SITE_NAME} {booking.code}",
        "site": settings.SITE_NAME,
        "language": booking.language,
        "cinema": studio.cinema.name,
        "city": studio.cinema.city,
        "film": movie.title,
        "classification": movie.classification,
        "details": " · ".join(str(detail) for detail in details),
        "date": calendar_date(showtime),
        "night": f"({showtime.night_of})" if showtime.night_of else "",
        "time": show_time(showtime),
        "studio": studio.name,
        "code": booking.code,
        "name": booking.contact_name,
    }
    printable = {key: _printable(text) for key, text in texts.items()}
    return printable | {"day": [day.year, day.month, day.day], "words": _words()}


def _words() -> dict[str, str]:
    return {
        "date": _("Date"),
        "time": _("Time"),
        "studio": _("Studio"),
        "seat": _("Seat"),
        "code": _("Booking code"),
        "name": _("Name"),
        "qr": _("QR code of this ticket"),
        "advice": _("Show this code at the entrance. It admits one person, once."),
    }


def _ticket_data(ticket: Ticket) -> dict[str, str]:
    return {
        "seat": ticket.showtime_seat.seat.label,
        "type": _printable(ticket.ticket_type.name),
        "paid": rupiah(ticket.paid_rupiah),
        "serial": ticket.serial,
        "qr": qr_svg(ticket_code(ticket), border=0),
    }


def _printable(text: str) -> str:
    """One line: control characters and line breaks become spaces."""
    return "".join(each if each.isprintable() else " " for each in str(text))
