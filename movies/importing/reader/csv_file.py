"""CSV files of any delimiter and encoding that Excel writes."""

from __future__ import annotations

import csv
import io

from movies.importing.reader.rows import CELL_CHARACTERS_MAX, Rows, Unreadable, add_row

DELIMITERS = ";,\t"


def csv_rows(content: bytes) -> Rows:
    text = _decoded(content)
    delimiter = ""
    first, _newline, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == len("sep=;"):
        delimiter, text = first.strip()[-1], rest  # as Excel writes and reads it
    if not delimiter:
        head = text.lstrip("\r\n").partition("\n")[0]
        delimiter = max(DELIMITERS, key=head.count)
    csv.field_size_limit(CELL_CHARACTERS_MAX * 20)
    rows: Rows = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for number, cells in enumerate(reader, start=1):
            add_row(rows, number, cells)
    except csv.Error as error:
        raise Unreadable("unreadable") from error
    return rows


def _decoded(content: bytes) -> str:
    """Decode UTF-8 with or without BOM, UTF-16 with BOM, or Windows-1252 of older Excels."""
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if is_utf16 else ["utf-8-sig", "cp1252"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:  # a binary file
            raise Unreadable("unreadable")
        return text
    raise Unreadable("unreadable")
