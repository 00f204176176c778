"""Tables out of uploaded files: XLSX or CSV, told apart by what is in them, never by their name.

Nothing here trusts a file: sizes are limited before and after unpacking, and every cell becomes
text. A spreadsheet's dates become ``2026-11-25``, its hours ``19:00``, its numbers ``55000``.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import InvalidInput, TooLarge

FILE_BYTES_MAX = 2 * 1024 * 1024
UNPACKED_BYTES_MAX = 40 * 1024 * 1024
PARTS_MAX = 300
ROWS_MAX = 1_000
COLUMNS_MAX = 40
CELL_CHARACTERS_MAX = 5_000
XLSX_BEGINS = b"PK\x03\x04"
OLD_XLS_BEGINS = b"\xd0\xcf\x11\xe0"
DELIMITERS = ";,\t"


class FileUnreadable(InvalidInput):
    code = "file_unreadable"
    message = gettext_lazy("This is no XLSX or CSV file that we can read.")


class FileTooLarge(TooLarge):
    code = "file_too_large"
    message = gettext_lazy("This file is too large.")


@dataclass(frozen=True)
class SheetRow:
    """``number`` is the row's in the spreadsheet; ``cells`` has no empty ones."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def read_sheet(content: bytes) -> Sheet:
    """The first sheet of a file. Raises FileUnreadable, FileTooLarge."""
    if len(content) > FILE_BYTES_MAX:
        raise FileTooLarge(
            _("A file has at most %(limit)d MB.") % {"limit": FILE_BYTES_MAX // 1024**2}
        )
    if content.startswith(OLD_XLS_BEGINS):
        raise FileUnreadable(_("This is an old Excel file. Save it as .xlsx or CSV first."))
    rows = _xlsx_rows(content) if content.startswith(XLSX_BEGINS) else _csv_rows(content)
    return _sheet(rows)


def _sheet(rows: Iterable[Sequence[str]]) -> Sheet:
    columns: list[str] = []
    found: list[SheetRow] = []
    for number, cells in enumerate(rows, start=1):
        texts = [cell.strip() for cell in cells]
        if not any(texts):
            continue
        if not columns:
            columns = _columns(texts)
            continue
        if len(found) == ROWS_MAX:
            raise FileTooLarge(_("A file has at most %(limit)d rows.") % {"limit": ROWS_MAX})
        if any(len(text) > CELL_CHARACTERS_MAX for text in texts):
            text = _("Row %(row)d: a cell has at most %(limit)d characters.")
            raise FileTooLarge(text % {"row": number, "limit": CELL_CHARACTERS_MAX})
        named = zip(columns, texts, strict=False)
        found.append(SheetRow(number, {name: text for name, text in named if name and text}))
    if not found:
        raise FileUnreadable(_("There are no rows in this file. Its first row names the columns."))
    return Sheet(tuple(columns), tuple(found))


def _columns(texts: Sequence[str]) -> list[str]:
    columns = [text.lower().replace(" ", "_") for text in texts]
    while columns and not columns[-1]:
        columns.pop()
    if len(columns) > COLUMNS_MAX:
        raise FileTooLarge(_("A file has at most %(limit)d columns.") % {"limit": COLUMNS_MAX})
    twice = [name for name, count in Counter(columns).items() if name and count > 1]
    if twice:
        raise FileUnreadable(_("The column “%(name)s” is there twice.") % {"name": twice[0]})
    return columns


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    delimiter = ""
    first, _newline, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == len("sep=;"):
        delimiter, text = first.strip()[-1], rest  # as Excel writes and reads it
    if not delimiter:
        head = text.lstrip("\r\n").partition("\n")[0]
        delimiter = max(DELIMITERS, key=head.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise FileUnreadable() from error


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, or what older Excels write."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:  # a program, a picture: whatever, but no table
            raise FileUnreadable()
        return text
    raise FileUnreadable()


def _xlsx_rows(content: bytes) -> Iterator[list[str]]:
    import openpyxl  # few processes ever import, and it is long in loading

    _demand_small_inside(content)
    try:
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        # Two more than allowed, so that one too many is noticed.
        for cells in book.worksheets[0].iter_rows(
            max_row=2 * ROWS_MAX, max_col=COLUMNS_MAX + 1, values_only=True
        ):
            yield [_text(cell) for cell in cells]
    except (InvalidInput, TooLarge):
        raise
    except Exception as error:  # openpyxl promises nothing about what it raises on broken files
        raise FileUnreadable() from error


def _demand_small_inside(content: bytes) -> None:
    """A small file can unpack to gigabytes. What the index says is what is read at most."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            infos = parts.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise FileUnreadable() from error
    if "xl/workbook.xml" not in {info.filename for info in infos}:
        raise FileUnreadable()
    unpacked_bytes = sum(info.file_size for info in infos)
    if unpacked_bytes > UNPACKED_BYTES_MAX or len(infos) > PARTS_MAX:
        raise FileTooLarge(_("This file is much larger inside than outside."))


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        if cell.time() == time():
            return cell.date().isoformat()
        return f"{cell:%Y-%m-%d %H:%M}" if cell.year > 1900 else f"{cell:%H:%M}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    if isinstance(cell, timedelta):
        minutes = int(cell.total_seconds()) // 60
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
