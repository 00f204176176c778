"""Tickets on paper: one A6 page each, with everything that the gate and the usher look for."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from fpdf import FPDF, XPos, YPos
from fpdf.fonts import TTFFont

from bookings.models import Booking, Ticket
from bookings.tickets.codes import qr_modules, ticket_code
from bookings.tickets.formatting import show_date, show_time, shown_tickets
from core.templatetags.money import rupiah

# It tells at INFO which glyph of which table went into each file.
logging.getLogger("fontTools").setLevel(logging.WARNING)

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Noto"
# Scripts that the main family does not have; opened only for a text that needs them.
FALLBACKS = {"DejaVu": "DejaVuSans.ttf", "Droid": "DroidSansFallback.ttf"}

# Millimetres on A6 portrait.
PAGE_WIDTH = 105
PAGE_HEIGHT = 148
MARGIN = 9
INNER_WIDTH = PAGE_WIDTH - 2 * MARGIN
BAND_HEIGHT = 19
PERFORATION_Y = 92
QR_SIZE = 42
OVERLAP = 0.03  # of neighbouring QR modules, so that no reader draws a hairline between them

TITLE_SIZES_PT = (19, 16, 13, 11)
TITLE_LINES_MAX = 2
SHRINK_MIN = 0.65  # of the size that was meant; smaller could not be read

INK = (28, 24, 38)
FAINT = (112, 106, 124)
RULE = (206, 202, 214)
AMBER = (246, 190, 96)
PAPER = (255, 255, 255)


def ticket_pdf(booking: Booking) -> bytes:
    """The booking's live tickets, in its language; no page at all is an error of the caller.

    The same booking gives the same file, so a message sent again carries the same attachment.
    """
    with translation.override(booking.language):
        tickets = shown_tickets(booking)
        if not tickets:
            raise ValueError("a booking without tickets has nothing to print")
        document = _document(booking)
        for ticket in tickets:
            _draw(document, booking, ticket)
        return bytes(document.output())


def _document(booking: Booking) -> FPDF:
    document = FPDF(unit="mm", format=(PAGE_WIDTH, PAGE_HEIGHT))
    document.set_auto_page_break(False)
    document.set_margin(MARGIN)
    document.c_margin = 0
    document.add_font(FAMILY, "", FONTS / "NotoSans-Regular.ttf")
    document.add_font(FAMILY, "B", FONTS / "NotoSans-Bold.ttf")
    if _needs_fallback(document, _printed_words(booking)):
        for name, file in FALLBACKS.items():
            document.add_font(name, "", FONTS / file)
        document.set_fallback_fonts(list(FALLBACKS), exact_match=False)
    document.set_title(f"{settings.SITE_NAME} {booking.code}")
    document.set_lang(booking.language)
    document.set_creator(settings.SITE_NAME)
    document.set_creation_date(booking.confirmed_at or booking.created_at)
    return document


def _printed_words(booking: Booking) -> Iterable[str]:
    """Every text on a ticket that somebody typed in."""
    studio = booking.showtime.studio
    yield from (booking.showtime.movie.title, booking.contact_name, studio.name)
    yield from (studio.cinema.name, studio.cinema.address, studio.cinema.city)
    for ticket in booking.tickets.all():
        yield ticket.ticket_type.name


def _needs_fallback(document: FPDF, words: Iterable[str]) -> bool:
    font = document.fonts[FAMILY.lower()]
    return isinstance(font, TTFFont) and any(
        ord(character) not in font.cmap for word in words for character in word
    )


def _draw(document: FPDF, booking: Booking, ticket: Ticket) -> None:
    document.add_page()
    _draw_band(document, booking)
    _draw_film(document, booking)
    _draw_facts(document, booking, ticket)
    _draw_perforation(document)
    _draw_admission(document, booking, ticket)


def _draw_band(document: FPDF, booking: Booking) -> None:
    cinema = booking.showtime.studio.cinema
    document.set_fill_color(*INK)
    document.rect(0, 0, PAGE_WIDTH, BAND_HEIGHT, style="F")
    document.set_fill_color(*AMBER)
    document.rect(0, BAND_HEIGHT, PAGE_WIDTH, 0.8, style="F")
    _write(document, settings.SITE_NAME, 6, size=15, bold=True, colour=AMBER, width=30)
    x, width = MARGIN + 30, INNER_WIDTH - 30
    _write(document, cinema.name, 5, size=10, bold=True, colour=PAPER, x=x, width=width, align="R")
    _write(document, cinema.city, 10, size=7.5, colour=RULE, x=x, width=width, align="R")


def _draw_film(document: FPDF, booking: Booking) -> None:
    showtime = booking.showtime
    document.set_text_color(*INK)
    document.set_xy(MARGIN, BAND_HEIGHT + 6)
    for size in TITLE_SIZES_PT:
        document.set_font(FAMILY, "B", size)
        height = size * 0.45
        lines = _lines(document, showtime.movie.title, height)
        if len(lines) <= TITLE_LINES_MAX:
            break
    else:
        lines = [*lines[: TITLE_LINES_MAX - 1], f"{lines[TITLE_LINES_MAX - 1][:-1]}…"]
    for line in lines:
        document.cell(INNER_WIDTH, height, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    details = (
        showtime.movie.get_classification_display(),
        showtime.get_screen_format_display(),
        _("%(minutes)d min") % {"minutes": showtime.movie.duration_minutes},
    )
    y = document.get_y() + 1.5
    width = _draw_badge(document, showtime.movie.classification, y)
    words = " · ".join(str(detail) for detail in details)
    _write(
        document,
        words,
        y,
        size=8.5,
        colour=FAINT,
        x=MARGIN + width + 2,
        width=INNER_WIDTH - width - 2,
    )


def _lines(document: FPDF, text: str, height: float) -> list[str]:
    lines = document.multi_cell(INNER_WIDTH, height, text, dry_run=True, output="LINES")
    return [str(line) for line in lines] if isinstance(lines, list) else []


def _draw_badge(document: FPDF, classification: str, y: float) -> float:
    """The age class in a frame of its own; returns how wide it is."""
    document.set_font(FAMILY, "B", 8.5)
    width = document.get_string_width(classification) + 3.5
    document.set_draw_color(*INK)
    document.set_line_width(0.35)
    document.rect(MARGIN, y, width, 5, round_corners=True, corner_radius=1)
    _write(document, classification, y, size=8.5, bold=True, colour=INK, width=width, align="C")
    return width


def _draw_facts(document: FPDF, booking: Booking, ticket: Ticket) -> None:
    showtime = booking.showtime
    half = INNER_WIDTH / 2
    _draw_fact(document, _("Date"), show_date(showtime), 56, width=INNER_WIDTH * 0.66)
    _draw_fact(
        document, _("Time"), show_time(showtime), 56, x=MARGIN + INNER_WIDTH * 0.68, width=28
    )
    _draw_fact(document, _("Studio"), showtime.studio.name, 71, width=INNER_WIDTH * 0.66, size=13)
    label = ticket.showtime_seat.seat.label
    _draw_fact(document, _("Seat"), label, 71, x=MARGIN + INNER_WIDTH * 0.68, width=half, size=22)


def _draw_fact(
    document: FPDF,
    name: str,
    value: str,
    y: float,
    *,
    x: float = MARGIN,
    width: float,
    size: float = 10,
) -> None:
    _write(document, name.upper(), y, size=6.5, colour=FAINT, x=x, width=width)
    _write(document, value, y + 4.2, size=size, bold=True, colour=INK, x=x, width=width)


def _draw_perforation(document: FPDF) -> None:
    document.set_draw_color(*RULE)
    document.set_line_width(0.3)
    document.set_dash_pattern(dash=1.4, gap=1.4)
    document.line(0, PERFORATION_Y, PAGE_WIDTH, PERFORATION_Y)
    document.set_dash_pattern()


def _draw_admission(document: FPDF, booking: Booking, ticket: Ticket) -> None:
    top = PERFORATION_Y + 6
    _draw_qr(document, ticket_code(ticket), MARGIN, top)
    x = MARGIN + QR_SIZE + 6
    width = INNER_WIDTH - QR_SIZE - 6
    facts = (
        (_("Booking code"), booking.code, 13.0),
        (_("Name"), booking.contact_name, 9.0),
        (ticket.ticket_type.name, rupiah(ticket.paid_rupiah), 9.0),
    )
    for index, (name, value, size) in enumerate(facts):
        _draw_fact(document, name, value, top + index * 13, x=x, width=width, size=size)
    _write(document, ticket.serial, top + 38.5, size=4.8, colour=FAINT, x=x, width=width)
    words = _("Show this code at the entrance. It admits one person, once.")
    _write(document, words, PAGE_HEIGHT - 6.5, size=6.5, colour=FAINT, width=INNER_WIDTH)


def _draw_qr(document: FPDF, text: str, x: float, y: float) -> None:
    """As filled squares, not as a picture: sharp on every printer, and small in the file."""
    matrix = qr_modules(text)
    module = QR_SIZE / len(matrix)
    document.set_fill_color(0, 0, 0)
    for line, modules in enumerate(matrix):
        start: int | None = None
        for column, is_dark in enumerate([*modules, 0]):
            if is_dark and start is None:
                start = column
            elif not is_dark and start is not None:
                length = (column - start) * module + OVERLAP
                height = module + OVERLAP
                document.rect(x + start * module, y + line * module, length, height, style="F")
                start = None


def _write(
    document: FPDF,
    text: str,
    y: float,
    *,
    size: float,
    bold: bool = False,
    colour: tuple[int, int, int],
    x: float = MARGIN,
    width: float,
    align: str = "L",
) -> None:
    """One line in its box; a text too long for it is set smaller, and only then cut."""
    document.set_font(FAMILY, "B" if bold else "", size)
    needed = document.get_string_width(text)
    if needed > width:
        document.set_font_size(size * max(width / needed, SHRINK_MIN))
        text = _cut(document, text, width)
    document.set_text_color(*colour)
    document.set_xy(x, y)
    document.cell(width, size * 0.45 if size > 9 else 5, text, align=align)


def _cut(document: FPDF, text: str, width: float) -> str:
    if document.get_string_width(text) <= width:
        return text
    while text and document.get_string_width(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"
