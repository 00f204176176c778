"""File formats of imports, and limits on what is parsed."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from datetime import date, time
from typing import Any

import pytest

from accounts.models import User
from movies.importing.reader.__main__ import MEMORY_BYTES_MAX
from movies.importing.spreadsheets import (
    CELL_CHARACTERS_MAX,
    COLUMNS_MAX,
    FileTooLarge,
    FileUnreadable,
    read_sheet,
)
from tests.factories import make_layout, make_user
from tests.movies.chain import Chain
from tests.movies.tables import xlsx_bytes
from tests.movies.test_importing_real_files import (
    HEADINGS,
    plan,
    row,
    starts,
)

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def owner(chain: Chain) -> User:
    make_layout(chain.west, rows="A", seats_per_row=2)
    make_layout(chain.east, rows="A", seats_per_row=2)
    return make_user(is_staff=True, is_superuser=True)


def ods_bytes(rows: list[list[Any]]) -> bytes:
    def cell(value: Any) -> str:
        if isinstance(value, date):
            return f'<t:table-cell o:value-type="date" o:date-value="{value.isoformat()}"/>'
        if isinstance(value, time):
            return f'<t:table-cell o:value-type="time" o:time-value="{value:PT%HH%MM%SS}"/>'
        return f"<t:table-cell><x:p>{value}</x:p></t:table-cell>"

    body = "".join(
        f"<t:table-row>{''.join(map(cell, cells))}</t:table-row>"
        '<t:table-row t:number-rows-repeated="1000000"/>'
        for cells in rows
    )
    uri = "urn:oasis:names:tc:opendocument:xmlns"
    document = (
        f'<o:document-content xmlns:o="{uri}:office:1.0" xmlns:t="{uri}:table:1.0"'
        f' xmlns:x="{uri}:text:1.0"><o:body><o:spreadsheet><t:table t:name="Jadwal">{body}'
        "</t:table></o:spreadsheet></o:body></o:document-content>"
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("content.xml", document)
    return content.getvalue()


def test_opendocument_is_read(chain: Chain, owner: User) -> None:
    content = ods_bytes([HEADINGS, row(date=date(2026, 11, 25), time=time(19, 30))])

    assert starts(plan(content, owner)) == ["Wed, 25 Nov 2026, 19:30 WIB"]


def test_pdf_is_named_with_the_way_out() -> None:
    with pytest.raises(FileUnreadable) as refused:
        read_sheet(b"%PDF-1.4\n1 0 obj")
    assert str(refused.value) == "This is a PDF file. Ask for the table as .xlsx, .ods or CSV."


def sheet_of(xml: str) -> bytes:
    """A workbook whose only worksheet is ``xml``."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_bytes([["a"], ["b"]]))) as parts,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for name in parts.namelist():
            changed.writestr(name, xml if "sheet1" in name else parts.read(name))
    return content.getvalue()


SHEET_XML = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    "{}</sheetData></worksheet>"
)


def test_small_file_with_a_million_cells_is_refused_in_bounded_memory() -> None:
    cells = '<c t="inlineStr"><is><t>x</t></is></c>' * 250_000
    content = sheet_of(SHEET_XML.format(f'<row r="1">{cells}</row>'))
    assert len(content) < 100_000

    with pytest.raises(FileTooLarge) as refused:
        read_sheet(content)

    assert str(refused.value) == "A file has at most 200000 cells."


SHARED_TEXT = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{}</t></si></sst>'


def with_one_text_in_every_cell(rows: int) -> bytes:
    """A file that stores its text once."""
    cells = '<c t="s"><v>0</v></c>' * COLUMNS_MAX
    table = "".join(f'<row r="{number}">{cells}</row>' for number in range(1, rows + 1))
    content = io.BytesIO(sheet_of(SHEET_XML.format(table)))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as parts:
        assert "xl/sharedStrings.xml" not in parts.namelist()
        parts.writestr("xl/sharedStrings.xml", SHARED_TEXT.format("x" * CELL_CHARACTERS_MAX))
    assert len(content.getvalue()) < 20_000
    return content.getvalue()


def test_small_file_with_one_long_text_in_every_cell_is_refused() -> None:
    with pytest.raises(FileTooLarge) as refused:
        read_sheet(with_one_text_in_every_cell(rows=200))  # 40 MB

    assert str(refused.value) == "This file is much larger inside than outside."


# Runs the reader, and prints the most memory that it used, in MB.
MEASURE = """
import resource, subprocess, sys
subprocess.run(
    [sys.executable, "-S", "-m", "movies.importing.reader"],
    stdin=sys.stdin, stdout=subprocess.DEVNULL, check=True,
)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def test_reader_has_limited_memory() -> None:
    content = with_one_text_in_every_cell(rows=1_000)  # 200 MB of text, twice that to send it

    used = subprocess.run([sys.executable, "-c", MEASURE], input=content, capture_output=True)

    assert int(used.stdout) <= MEMORY_BYTES_MAX // 1024**2


def test_parser_beyond_its_memory_ends_without_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that is larger than the reader's memory limit."""
    content = sheet_of(SHEET_XML.format(f'<row r="1"><c r="{"A" * 39_000_000}"/></row>'))
    assert len(content) < 100_000

    with pytest.raises((FileTooLarge, FileUnreadable)):
        read_sheet(content)
