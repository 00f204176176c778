"""A report as CSV that opens in a spreadsheet without doing anything there."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import BinaryIO

from django.utils.translation import gettext as _

from reports.exports.table import ReportTable, Value

BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as something else
# Spreadsheets take a cell that begins so for a formula, and run it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(table: ReportTable, file: BinaryIO, progress: Callable[[int], None]) -> None:
    """One header line, the rows, one line of totals; ``progress`` is told how many rows are in."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    text.write(BYTE_ORDER_MARK)
    lines = csv.writer(text)
    lines.writerow([cell(str(column.label)) for column in table.columns])
    for number, row in enumerate(table.rows, start=1):
        lines.writerow([cell(value) for value in table.values(row)])
        progress(number)
    lines.writerow([cell(value) for value in table.total_values()])
    text.flush()
    text.detach()  # the caller's file stays open


def cell(value: Value) -> str:
    """Texts that look like a formula get an apostrophe; our own numbers are never texts."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return harmless(value)
    return str(value)


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
