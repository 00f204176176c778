"""XLSX writer: typed cells, header, totals and a sheet of definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from reports.exports.table import ReportTable, Value
from reports.figures.report import Column, Kind

NUMBER_FORMATS = {
    Kind.COUNT: "#,##0",
    Kind.RUPIAH: "#,##0",
    Kind.MINUTES: "#,##0.0",
    Kind.SHARE: "0.0%",
    Kind.DATE: "yyyy-mm-dd",
}
WIDTHS = {Kind.TEXT: 28, Kind.RUPIAH: 17}
WIDTH_OTHERS = 13
BOLD = Font(bold=True)
HEAD_FILL = PatternFill("solid", fgColor="EDE9F6")
SHEET_TITLE_LENGTH_MAX = 31
NOT_IN_TITLES = str.maketrans("", "", "[]:*?/\\")


def write_xlsx(table: ReportTable, file: BinaryIO, progress: Callable[[int], None]) -> None:
    """Write row by row in constant memory."""
    book = Workbook(write_only=True)
    page = book.create_sheet(_title(str(table.report.title)))
    page.freeze_panes = "A2"
    for number, column in enumerate(table.columns, start=1):
        letter = get_column_letter(number)
        page.column_dimensions[letter].width = WIDTHS.get(column.kind, WIDTH_OTHERS)
    page.append([_head(page, str(column.label)) for column in table.columns])
    for number, row in enumerate(table.rows, start=1):
        values = zip(table.columns, table.values(row), strict=True)
        page.append([_cell(page, column, value) for column, value in values])
        progress(number)
    totals = zip(table.columns, table.total_values(), strict=True)
    page.append([_cell(page, column, value, bold=True) for column, value in totals])
    _write_definitions(book, table)
    book.save(file)


def _write_definitions(book: Workbook, table: ReportTable) -> None:
    page = book.create_sheet(_title(_("Definitions")))
    page.column_dimensions["A"].width = 28
    page.column_dimensions["B"].width = 110
    page.append([_text(page, str(table.report.title), bold=True)])
    page.append([_text(page, str(table.report.meaning))])
    for name, value in [
        *table.facts(),
        *((str(one.label), str(one.meaning)) for one in table.columns),
    ]:
        page.append([_text(page, name, bold=True), _text(page, value)])


def _head(page: Any, text: str) -> WriteOnlyCell:
    cell = _text(page, text, bold=True)
    cell.fill = HEAD_FILL
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(page: Any, column: Column, value: Value, *, bold: bool = False) -> WriteOnlyCell:
    if isinstance(value, str):
        return _text(page, value, bold=bold)
    cell = WriteOnlyCell(page, value=value)
    if column.kind in NUMBER_FORMATS:
        cell.number_format = NUMBER_FORMATS[column.kind]
    if bold:
        cell.font = BOLD
    return cell


def _text(page: Any, text: str, *, bold: bool = False) -> WriteOnlyCell:
    """A text cell; openpyxl would otherwise turn a leading equals sign into a formula."""
    cell = WriteOnlyCell(page, value=ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    if bold:
        cell.font = BOLD
    return cell


def _title(text: str) -> str:
    return text.translate(NOT_IN_TITLES)[:SHEET_TITLE_LENGTH_MAX]
