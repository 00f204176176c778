"""Reading uploaded files, and refusals of invalid ones."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time

import pytest

from core.errors import LayarError
from movies.importing.parsing import CellUnreadable, day, hour, one_of_many, whole, yes_or_no
from movies.importing.spreadsheets import FILE_BYTES_MAX, ROWS_MAX, Sheet, SheetRow, read_sheet
from tests.movies.tables import csv_bytes, xlsx_bytes

pytestmark = pytest.mark.usefixtures("english")

TABLE = [["Film", "Release Date", ""], ["Laut “Bercerita”", "25/11/2026", ""], [], ["B", "", ""]]
SHEET = Sheet(
    ("film", "release_date"),
    (
        SheetRow(2, {"film": "Laut “Bercerita”", "release_date": "25/11/2026"}),
        SheetRow(4, {"film": "B"}),
    ),
)


def refusal(content: bytes) -> str:
    with pytest.raises(LayarError) as refused:
        read_sheet(content)
    return str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        csv_bytes(TABLE),
        csv_bytes(TABLE, ";"),
        b"\xef\xbb\xbf" + csv_bytes(TABLE, ";"),
        csv_bytes(TABLE, "\t").decode().encode("utf-16"),
        csv_bytes(TABLE, ";").decode().encode("cp1252"),
        b"sep=;\r\n" + csv_bytes(TABLE, ";"),
        xlsx_bytes(TABLE),
    ],
    ids=["comma", "semicolon", "mark", "utf-16", "cp1252", "sep", "xlsx"],
)  # fmt: skip
def test_tables_of_different_programs_are_parsed_equally(content: bytes) -> None:
    assert read_sheet(content) == SHEET


def test_cells_of_a_spreadsheet_become_text() -> None:
    midnight = datetime(2026, 11, 25)  # noqa: DTZ001 (spreadsheets know no zones)
    cells = [date(2026, 11, 25), midnight, time(19, 0), 55000.0, 55000, True, "13+"]

    sheet = read_sheet(xlsx_bytes([list("abcdefg"), cells]))

    assert list(sheet.rows[0].cells.values()) == [
        "2026-11-25", "2026-11-25", "19:00", "55000", "55000", "yes", "13+",
    ]  # fmt: skip


def bomb() -> bytes:
    """A decompression bomb: a small file with 60 MB of zeros."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", "<workbook/>")
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return content.getvalue()


def other_zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        parts.writestr("letter.txt", "hello")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "There are no rows in this file. Its first row names the columns."),
        (b"film\r\n", "There are no rows in this file. Its first row names the columns."),
        (b"film,film\r\na,b", "The column “film” is there twice."),
        (b"\x89PNG\r\n\x00\x00", "This is no XLSX or CSV file that we can read."),
        (b'film\r\n"a', "This is no XLSX or CSV file that we can read."),
        (xlsx_bytes(TABLE)[:900], "This is no XLSX or CSV file that we can read."),
        (other_zip(), "This is no XLSX or CSV file that we can read."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "This is an old Excel file. Save it as .xlsx or CSV first.",
        ),
        (bomb(), "This file is much larger inside than outside."),
        (b"x" * (FILE_BYTES_MAX + 1), "A file has at most 2 MB."),
        (b"film\r\n" + b"a\r\n" * (ROWS_MAX + 1), "A file has at most 1000 rows."),
        (xlsx_bytes([["film"], *[["a"]] * (ROWS_MAX + 1)]), "A file has at most 1000 rows."),
        (b"film\r\n" + b"a" * 5_001, "Row 2: a cell has at most 5000 characters."),
        (b",".join(b"a%d" % n for n in range(41)), "A file has at most 40 columns."),
    ],
)
def test_what_cannot_be_a_table_is_refused(content: bytes, expected: str) -> None:
    assert refusal(content) == expected


def test_xml_that_grows_by_itself_is_refused() -> None:
    entities = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
    source = io.BytesIO(xlsx_bytes(TABLE))
    content = io.BytesIO()
    with zipfile.ZipFile(source) as parts, zipfile.ZipFile(content, "w") as evil:
        for name in parts.namelist():
            text = parts.read(name).decode()
            evil.writestr(name, entities + text.partition("?>")[2] if "sheet1" in name else text)

    assert refusal(content.getvalue()) == "This is no XLSX or CSV file that we can read."


def test_values_are_read_as_people_write_them() -> None:
    assert [day(text) for text in ("2026-11-05", "05/11/2026", "5.11.2026", "5-11-2026")] == [
        date(2026, 11, 5)
    ] * 4
    assert [hour(text) for text in ("19:00", "19.00", "19:00:00")] == [time(19)] * 3
    assert [whole(text) for text in ("55000", "55.000", "Rp 55.000", "55,000", "Rp55.000,-")] == [
        55_000
    ] * 5
    assert [yes_or_no(text) for text in ("Ya", "yes", "tidak", "NO")] == [True, True, False, False]
    assert one_of_many("drama, family;x") == ["drama", "family", "x"]


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (day, "30/02/2026", "There is no day “30/02/2026”."),
        (day, "11-25", "“11-25” is no day; write 2026-11-25 or 25/11/2026."),
        (hour, "25:00", "“25:00” is no hour; write 19:00."),
        (hour, "7pm", "“7pm” is no hour; write 19:00."),
        (whole, "0", "“0” is no whole number above zero."),
        (whole, "-5", "“-5” is no whole number above zero."),
        (whole, "55.00", "“55.00” is no whole number above zero."),
        (yes_or_no, "maybe", "“maybe” is neither yes nor no."),
    ],
)
def test_unparseable_values_are_reported(read: object, text: str, expected: str) -> None:
    with pytest.raises(CellUnreadable) as refused:
        read(text)  # type: ignore[operator]
    assert str(refused.value) == expected
