"""File formats of imports, and limits on what is parsed."""

from __future__ import annotations

import io
import zipfile
from datetime import date, time
from typing import Any

import pytest

from accounts.models import User
from movies.importing.spreadsheets import FileTooLarge, FileUnreadable, read_sheet
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


def test_parser_beyond_its_memory_ends_without_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that is larger than the reader's memory limit."""
    content = sheet_of(SHEET_XML.format(f'<row r="1"><c r="{"A" * 39_000_000}"/></row>'))
    assert len(content) < 100_000

    with pytest.raises((FileTooLarge, FileUnreadable)):
        read_sheet(content)
