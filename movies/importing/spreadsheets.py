"""Tables from uploaded files: XLSX, ODS or CSV, recognised by their content, never by their name.

``movies.importing.reader`` parses a file in a process with limited memory and time. Here its rows
become a sheet: the heading row is found, sheets are combined, totals are left out.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import InvalidInput, TooLarge
from movies.importing.parsing import fold
from movies.importing.reader.rows import Rows

FILE_BYTES_MAX = 2 * 1024 * 1024
READ_SECONDS_MAX = 30
ROWS_MAX = 1_000
COLUMNS_MAX = 40
CELL_CHARACTERS_MAX = 5_000
HEADING_ROWS_MAX = 10  # the headings are in one of so many first rows
TOTALS = {"total", "grandtotal", "subtotal", "jumlah", "jumlahtotal"}
TOTAL_CELLS_MAX = 4  # a row of totals has no more filled cells


class FileUnreadable(InvalidInput):
    code = "file_unreadable"
    message = gettext_lazy("This is no XLSX or CSV file that we can read.")


class FileTooLarge(TooLarge):
    code = "file_too_large"
    message = gettext_lazy("This file is too large.")


READER_ERRORS = {
    "unreadable": FileUnreadable.message,
    "pdf": gettext_lazy("This is a PDF file. Ask for the table as .xlsx, .ods or CSV."),
    "old_xls": gettext_lazy("This is an old Excel file. Save it as .xlsx or CSV first."),
}


@dataclass(frozen=True)
class SheetRow:
    """``number`` is the row's in the spreadsheet; ``cells`` has no empty ones. ``table`` names the
    worksheet where rows come from several."""

    number: int
    cells: dict[str, str]
    table: str = ""


@dataclass(frozen=True)
class Sheet:
    """``notes`` name the parts of the file that are not used."""

    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Table:
    name: str
    headings: list[str]
    rows: Rows


def read_sheet(content: bytes, known_headings: Mapping[str, str] | None = None) -> Sheet:
    """Read all worksheets with known headings, or the first one if none has any.

    ``known_headings`` maps folded headings to column names. Raises FileUnreadable, FileTooLarge.
    """
    known = known_headings or {}
    named = [(name, rows) for name, rows in _read_tables(content) if rows]
    tables = [table for name, rows in named if (table := _with_headings(name, rows, known))]
    notes = []
    if not tables:
        tables = [_Table(name, rows[0][1], rows[1:]) for name, rows in named[:1]]
    elif left_out := [name for name, _rows in named if name not in [t.name for t in tables]]:
        text = _("Worksheets without headings that we know were left out: %(names)s.")
        notes.append(text % {"names": ", ".join(left_out)})
    columns: dict[str, None] = {}
    found: list[SheetRow] = []
    for table in tables:
        names = _columns(table.headings, known)
        columns |= dict.fromkeys(names)
        _add_rows(found, names, table, len(tables) > 1)
        unused = [text for text in table.headings if text and known and fold(text) not in known]
        if unused:
            notes.append(_("Columns not used: %(names)s.") % {"names": ", ".join(unused)})
    if not found:
        raise FileUnreadable(_("There are no rows in this file. Its first row names the columns."))
    return Sheet(tuple(columns), tuple(found), tuple(dict.fromkeys(notes)))


def _read_tables(content: bytes) -> list[tuple[str, Rows]]:
    """Parse the file in a process of its own."""
    if len(content) > FILE_BYTES_MAX:
        raise FileTooLarge(
            _("A file has at most %(limit)d MB.") % {"limit": FILE_BYTES_MAX // 1024**2}
        )
    command = [sys.executable, "-S", "-m", "movies.importing.reader"]
    try:
        process = subprocess.run(
            command,
            input=content,
            capture_output=True,
            check=False,
            cwd=settings.BASE_DIR,
            env={},
            timeout=READ_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired:
        raise FileTooLarge() from None
    if process.returncode != 0:  # killed by its own limits, or an error of the parser
        raise FileTooLarge() if process.returncode < 0 else FileUnreadable()
    document = orjson.loads(process.stdout)
    error = document.get("error")
    if error == "too_many_cells":
        text = _("A file has at most %(limit)d cells.")
        raise FileTooLarge(text % {"limit": document["limit"]})
    if error == "larger_inside":
        raise FileTooLarge(_("This file is much larger inside than outside."))
    if error is not None:
        raise FileUnreadable(READER_ERRORS[error])
    return [
        (name, [(number, cells) for number, cells in rows]) for name, rows in document["tables"]
    ]


def _with_headings(name: str, rows: Rows, known: Mapping[str, str]) -> _Table | None:
    """The table below the row with the most known headings; None if no row has any."""

    def score(index: int) -> tuple[int, int]:
        return len({known[fold(text)] for text in rows[index][1] if fold(text) in known}), -index

    best = max(range(min(len(rows), HEADING_ROWS_MAX)), key=score)
    if score(best)[0] == 0 or (score(best)[0] == 1 and best > 0):
        return None
    return _Table(name, rows[best][1], rows[best + 1 :])


def _columns(headings: Sequence[str], known: Mapping[str, str]) -> list[str]:
    columns = [known.get(fold(text)) or text.lower().replace(" ", "_") for text in headings]
    while columns and not columns[-1]:
        columns.pop()
    if len(columns) > COLUMNS_MAX:
        raise FileTooLarge(_("A file has at most %(limit)d columns.") % {"limit": COLUMNS_MAX})
    twice = [name for name, count in Counter(columns).items() if name and count > 1]
    if twice:
        raise FileUnreadable(_("The column “%(name)s” is there twice.") % {"name": twice[0]})
    return columns


def _add_rows(
    found: list[SheetRow], columns: list[str], table: _Table, is_one_of_many: bool
) -> None:
    for number, texts in table.rows:
        if _is_total(texts) or texts == table.headings:
            continue
        if len(found) == ROWS_MAX:
            raise FileTooLarge(_("A file has at most %(limit)d rows.") % {"limit": ROWS_MAX})
        if any(len(text) > CELL_CHARACTERS_MAX for text in texts):
            text = _("Row %(row)d: a cell has at most %(limit)d characters.")
            raise FileTooLarge(text % {"row": number, "limit": CELL_CHARACTERS_MAX})
        cells = {name: text for name, text in zip(columns, texts, strict=False) if name and text}
        found.append(SheetRow(number, cells, table.name if is_one_of_many else ""))


def _is_total(texts: Sequence[str]) -> bool:
    filled = [text for text in texts if text]
    is_short = len(filled) <= TOTAL_CELLS_MAX
    return is_short and any(fold(text) in TOTALS for text in filled[:2])
