"""CSV writer that opens in columns in a spreadsheet of the reader's language.

Indonesian spreadsheets expect semicolons and decimal commas, English ones commas and decimal
points. Texts are protected against formula injection for every separator, because the reader's
settings decide which one applies.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from typing import BinaryIO

from django.utils.translation import gettext as _

from reports.exports.table import ReportTable, Value, locale

BYTE_ORDER_MARK = "\ufeff"  # Excel needs it to recognise UTF-8
DELIMITERS = {"id": ";", "en": ","}
DECIMAL_POINTS = {"id": ",", "en": "."}
# Spreadsheets evaluate cells that start with these as formulas, also in their full-width forms.
# A cell starts with the text itself and, depending on the settings, after any of the separators.
FORMULA = re.compile(r"""(^|[;,|\t\r\n])(?P<skipped>[\s"']*)(?=[=+\-@＝＋－＠])""")
CONTROL_STARTS = ("\t", "\r", "\n")


def write_csv(table: ReportTable, file: BinaryIO, progress: Callable[[int], None]) -> None:
    """Write header, rows and totals; calls ``progress`` with the number of rows written."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    text.write(BYTE_ORDER_MARK)
    lines = csv.writer(text, delimiter=DELIMITERS[locale()])
    lines.writerow([cell(str(column.label)) for column in table.columns])
    for number, row in enumerate(table.rows, start=1):
        lines.writerow([cell(value) for value in table.values(row)])
        progress(number)
    lines.writerow([cell(value) for value in table.total_values()])
    text.flush()
    text.detach()  # keeps the caller's file open


def cell(value: Value) -> str:
    """Format a cell in the active language; texts are protected by ``harmless``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return harmless(value)
    return str(value).replace(".", DECIMAL_POINTS[locale()])


def harmless(text: str) -> str:
    """Put an apostrophe before every character that could start a formula."""
    quoted = FORMULA.sub(r"\1\g<skipped>'", text)
    return f"'{quoted}" if quoted.startswith(CONTROL_STARTS) else quoted
