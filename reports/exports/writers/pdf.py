"""PDF writer: landscape A4, header on every page, definitions at the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _
from fpdf import FPDF, XPos, YPos
from fpdf.fonts import TTFFont

from bookings.tickets.pdf import FONTS
from reports.exports.table import ReportTable, locale
from reports.figures.report import Kind

# It logs at INFO which glyph of which table went into each file.
logging.getLogger("fontTools").setLevel(logging.WARNING)

FAMILY = "Noto"
# Scripts that the main family lacks; opened only for a text that needs them.
FALLBACKS = {"DejaVu": "DejaVuSans.ttf", "Droid": "DroidSansFallback.ttf"}

# Millimetres on landscape A4.
MARGIN = 12
INNER_WIDTH = 297 - 2 * MARGIN
LINE_HEIGHT = 5.4
FOOT_HEIGHT = 14
CELL_PADDING = 1.2
NARROWEST = 13
TEXT_WIDEST = 62

INK = (28, 24, 38)
FAINT = (112, 106, 124)
RULE = (214, 210, 222)
HEAD = (237, 233, 246)
SIZE_TITLE, SIZE_TEXT, SIZE_CELL, SIZE_CELL_MIN = 16, 8, 7.6, 5.4
ROWS_MEASURED_MAX = 400


class _Paper(FPDF):
    """Footer with report title and page number."""

    foot = ""

    def footer(self) -> None:
        self.set_y(-FOOT_HEIGHT + 4)
        self.set_font(FAMILY, "", SIZE_TEXT - 1)
        self.set_text_color(*FAINT)
        self.cell(INNER_WIDTH / 2, 4, self.foot)
        page = _("Page %(page)s of %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}
        self.cell(INNER_WIDTH / 2, 4, page, align="R")


def write_pdf(table: ReportTable, file: BinaryIO, progress: Callable[[int], None]) -> None:
    paper = _paper(table)
    paper.add_page()
    _draw_title(paper, table)
    grid = _Table(paper, table)
    grid.draw_head()
    for number, row in enumerate(table.rows, start=1):
        grid.draw(table.texts(row))
        progress(number)
    grid.draw(table.total_texts(), bold=True)
    _draw_definitions(paper, table)
    file.write(bytes(paper.output()))


def _paper(table: ReportTable) -> _Paper:
    paper = _Paper(orientation="landscape", unit="mm", format="A4")
    paper.set_margins(MARGIN, MARGIN, MARGIN)
    paper.set_auto_page_break(False)
    paper.c_margin = CELL_PADDING
    paper.add_font(FAMILY, "", FONTS / "NotoSans-Regular.ttf")
    paper.add_font(FAMILY, "B", FONTS / "NotoSans-Bold.ttf")
    if _needs_fallback(paper, table):
        for name, font in FALLBACKS.items():
            paper.add_font(name, "", FONTS / font)
        paper.set_fallback_fonts(list(FALLBACKS), exact_match=False)
    paper.set_title(f"{settings.SITE_NAME} · {table.report.title}")
    paper.set_lang(locale())
    paper.set_creator(settings.SITE_NAME)
    paper.set_creation_date(table.scope.at)
    days = dict(table.facts())[_("Days")]
    paper.foot = f"{settings.SITE_NAME} · {table.report.title} · {days}"
    return paper


def _needs_fallback(paper: FPDF, table: ReportTable) -> bool:
    """Whether a text contains characters missing from the main font."""
    font = paper.fonts[FAMILY.lower()]
    texts = [column.key for column in table.columns if column.kind == Kind.TEXT]
    names = [cinema.name for cinema in table.scope.cinemas]
    names += [str(row[key]) for row in table.rows for key in texts]
    letters = set().union(*names) if names else set()
    return isinstance(font, TTFFont) and any(ord(letter) not in font.cmap for letter in letters)


def _draw_title(paper: FPDF, table: ReportTable) -> None:
    paper.set_text_color(*INK)
    paper.set_font(FAMILY, "B", SIZE_TITLE)
    paper.cell(INNER_WIDTH, 8, str(table.report.title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_font(FAMILY, "", SIZE_TEXT)
    paper.set_text_color(*FAINT)
    facts = "   ·   ".join(f"{name}: {value}" for name, value in table.facts())
    for text in (str(table.report.meaning), facts):
        paper.multi_cell(INNER_WIDTH, 4.4, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(2)


class _Table:
    """Column widths follow their contents and shrink together to fit the page."""

    def __init__(self, paper: FPDF, table: ReportTable) -> None:
        self.paper, self.table = paper, table
        self.labels = [str(column.label) for column in table.columns]
        self.size, self.widths = self._measured()

    def _measured(self) -> tuple[float, list[float]]:
        shown = [self.table.texts(row) for row in self.table.rows[:ROWS_MEASURED_MAX]]
        self.paper.set_font(FAMILY, "B", SIZE_CELL)
        widths = []
        for place, column in enumerate(self.table.columns):
            cells = {texts[place] for texts in shown} | {self.table.total_texts()[place]}
            longest_word = max(self.labels[place].split(), key=len)
            needed = max(self.paper.get_string_width(text) for text in {*cells, longest_word})
            needed += 2 * CELL_PADDING + 0.6
            widest = TEXT_WIDEST if column.kind == Kind.TEXT else INNER_WIDTH
            widths.append(min(max(needed, NARROWEST), widest))
        scale = INNER_WIDTH / sum(widths)
        if scale >= 1:
            return SIZE_CELL, self._stretched(widths)
        return max(SIZE_CELL * scale, SIZE_CELL_MIN), [width * scale for width in widths]

    def _stretched(self, widths: list[float]) -> list[float]:
        """Distribute spare width among text columns."""
        texts = [column.kind == Kind.TEXT for column in self.table.columns]
        share = (INNER_WIDTH - sum(widths)) / (sum(texts) or len(texts))
        has_text = any(texts)
        return [
            width + (share if is_text or not has_text else 0)
            for width, is_text in zip(widths, texts, strict=True)
        ]

    def draw_head(self) -> None:
        paper = self.paper
        paper.set_font(FAMILY, "B", self.size)
        heads = [
            _lines(paper, label, width)
            for label, width in zip(self.labels, self.widths, strict=True)
        ]
        line = self.size * 0.47
        height = max(len(lines) for lines in heads) * line + 2
        x: float = MARGIN
        y = paper.get_y()
        paper.set_fill_color(*HEAD)
        paper.rect(MARGIN, y, INNER_WIDTH, height, style="F")
        paper.set_text_color(*INK)
        for column, lines, width in zip(self.table.columns, heads, self.widths, strict=True):
            for number, text in enumerate(lines):
                paper.set_xy(x, y + 1 + number * line)
                paper.cell(width, line, text, align="R" if column.is_number else "L")
            x += width
        paper.set_xy(MARGIN, y + height)

    def draw(self, cells: Sequence[str], *, bold: bool = False) -> None:
        paper = self.paper
        if paper.get_y() + LINE_HEIGHT > paper.h - FOOT_HEIGHT:
            paper.add_page()
            self.draw_head()
        paper.set_font(FAMILY, "B" if bold else "", self.size)
        paper.set_text_color(*INK)
        paper.set_draw_color(*RULE)
        y = paper.get_y()
        paper.line(MARGIN, y, MARGIN + INNER_WIDTH, y)
        for column, text, width in zip(self.table.columns, cells, self.widths, strict=True):
            fitting = _cut(paper, text, width - 2 * CELL_PADDING)
            paper.cell(width, LINE_HEIGHT, fitting, align="R" if column.is_number else "L")
        paper.set_xy(MARGIN, y + LINE_HEIGHT)


def _draw_definitions(paper: FPDF, table: ReportTable) -> None:
    paper.ln(4)
    for column in table.columns:
        if paper.get_y() + 9 > paper.h - FOOT_HEIGHT:
            paper.add_page()
        paper.set_text_color(*FAINT)
        paper.set_font(FAMILY, "", SIZE_TEXT - 0.6)
        text = f"**{column.label}**: {column.meaning}"
        paper.multi_cell(INNER_WIDTH, 3.9, text, markdown=True, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _lines(paper: FPDF, text: str, width: float) -> list[str]:
    lines = paper.multi_cell(width, 3, text, dry_run=True, output="LINES")
    return [str(line) for line in lines] if isinstance(lines, list) else [text]


def _cut(paper: FPDF, text: str, width: float) -> str:
    if paper.get_string_width(text) <= width:
        return text
    while text and paper.get_string_width(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"
