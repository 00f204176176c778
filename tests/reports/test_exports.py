"""Export formats: typed values and protection against formula injection."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from movies.models import Cinema
from reports.exports.table import ReportTable, format_value
from reports.exports.writers.csv import cell
from reports.exports.writers.registry import write
from reports.figures import REPORTS
from reports.figures.report import Kind
from reports.figures.scope import Basis, ReportScope
from reports.models import Format
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_movie,
    make_showtime,
    make_studio,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

AT = datetime(2026, 3, 9, 3, tzinfo=UTC)
FORMULAS = {
    "=1+1": "'=1+1",
    "+1": "'+1",
    "-1": "'-1",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "'\t'=1",
    "\r=1": "'\r'=1",
    "\uff1d1": "'\uff1d1",
    "a;=1+1": "a;'=1+1",
    "a,b;; =1": "a,b;; '=1",
    "a|@SUM(A1)": "a|'@SUM(A1)",
    "a\t+1": "a\t'+1",
    "a\n-1": "a\n'-1",
    'a;"=1': "a;\"'=1",
}


def table_of(slug: str, cinema: Cinema, rows: list[dict[str, Any]] | None = None) -> ReportTable:
    report = REPORTS[slug]
    scope = ReportScope((cinema,), date(2026, 3, 2), date(2026, 3, 8), Basis.SHOW, AT)
    return ReportTable.of(report, scope, report.rows(scope) if rows is None else rows)


def file_content(file_format: Format, table: ReportTable, language: str = "en") -> bytes:
    file = io.BytesIO()
    with translation.override(language):
        write(file_format, table, file)
    return file.getvalue()


@pytest.fixture
def cinema() -> Cinema:
    cinema = make_cinema(name="Bintang")
    movie = make_movie(
        title_en="=cmd|' /C calc'!A0", title_id="=cmd", duration_minutes=90, is_indonesian=True
    )
    at = datetime(2026, 3, 5, 12, tzinfo=UTC)
    show = make_showtime(make_studio(cinema, name="Studio 1"), at=at, starts_at=at, movie=movie)
    make_confirmed_booking(show, 3, at=at)
    return cinema


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_text_that_looks_like_a_formula_is_quoted(text: str) -> None:
    assert cell(text) == FORMULAS[text]


@pytest.mark.parametrize("text", ["Studio 1, Jakarta; a-b", "x=1", "it's", "1;2", ""])
def test_csv_plain_text_is_unchanged(text: str) -> None:
    assert cell(text) == text


@pytest.mark.parametrize(
    ("language", "delimiter", "share"), [("en", ",", "0.333"), ("id", ";", "0,333")]
)
def test_csv_opens_in_columns_in_the_readers_spreadsheet(
    cinema: Cinema, language: str, delimiter: str, share: str
) -> None:
    table = table_of("no-shows", cinema)
    rows = [dict(table.rows[0], missing_share=3_330)]
    content = file_content(Format.CSV, replace(table, rows=rows), language).decode("utf-8")
    row = next(csv.reader(io.StringIO(content.splitlines()[1]), delimiter=delimiter))

    assert content.startswith("\ufeff")
    assert (row[0], row[4], row[5:]) == (
        "2026-03-05",
        "'=cmd|' /C calc'!A0",
        ["3", "0", "3", share],
    )


def test_csv_values_are_machine_readable() -> None:
    with translation.override("en"):
        values_read = [cell(value) for value in (-5, 0.25, date(2026, 3, 5), True, None, "a-b", "")]
    assert values_read == ["-5", "0.25", "2026-03-05", "yes", "", "a-b", ""]


def test_csv_has_bom_header_rows_and_total(cinema: Cinema) -> None:
    content = file_content(Format.CSV, table_of("no-shows", cinema))
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))

    assert content.startswith(b"\xef\xbb\xbf")
    assert lines == [
        [
            "Day",
            "Begins",
            "Cinema",
            "Studio",
            "Film",
            "Tickets",
            "Admitted",
            "No-shows",
            "No-show share",
        ],
        [
            "2026-03-05",
            "19:00",
            "Bintang",
            "Studio 1",
            "'=cmd|' /C calc'!A0",
            "3",
            "0",
            "3",
            "1.0",
        ],
        ["Total", "", "", "", "", "3", "0", "3", "1.0"],
    ]


def test_xlsx_has_typed_cells_and_no_formula(cinema: Cinema) -> None:
    content = file_content(Format.XLSX, table_of("no-shows", cinema))
    book = load_workbook(io.BytesIO(content))
    page = book.worksheets[0]
    row = list(page[2])

    assert [cell.value for cell in row] == [
        datetime(2026, 3, 5),  # noqa: DTZ001 (a spreadsheet knows no zones)
        "19:00",
        "Bintang",
        "Studio 1",
        "=cmd|' /C calc'!A0",
        3,
        0,
        3,
        1,
    ]
    assert [cell.data_type for cell in row] == ["d", "s", "s", "s", "s", "n", "n", "n", "n"]
    assert row[8].number_format == "0.0%"
    assert [cell.value for cell in page[3]][:6] == ["Total", None, None, None, None, 3]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if "worksheets" in name]
    assert [b"<f>" in table for table in sheets] == [False, False]


def test_xlsx_lists_definitions(cinema: Cinema) -> None:
    book = load_workbook(io.BytesIO(file_content(Format.XLSX, table_of("screen-hours", cinema))))
    values_read = {row[0].value: row[1].value for row in book["Definitions"].iter_rows(max_col=2)}
    report = REPORTS["screen-hours"]
    expected = {str(one.label): str(one.meaning) for one in report.columns}
    assert {key: values_read.get(key) for key in expected} == expected
    assert [cell.value for cell in book.worksheets[0][2]] == ["Bintang", 1, 1.5, 1.5, 1, True]


def test_control_characters_do_not_break_the_workbook(cinema: Cinema) -> None:
    table = table_of("sales-by-film", cinema)
    odd = [dict(table.rows[0], film="A\x00B\x1fC")]
    content = file_content(Format.XLSX, replace(table, rows=odd))
    assert load_workbook(io.BytesIO(content)).worksheets[0]["A2"].value == "ABC"


@pytest.mark.parametrize("slug", REPORTS)
@pytest.mark.parametrize("language", ["en", "id"])
def test_every_report_can_be_written_in_every_format(
    cinema: Cinema, slug: str, language: str
) -> None:
    table = table_of(slug, cinema)
    heads = {file_format: file_content(file_format, table, language)[:4] for file_format in Format}
    assert heads == {
        Format.XLSX: b"PK\x03\x04",
        Format.CSV: b"\xef\xbb\xbf" + heads[Format.CSV][3:],
        Format.PDF: b"%PDF",
    }


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["1,234", "Rp5,000", "1.5", "60.0%", "5 Mar 2026", "yes", ""]),
        ("id", ["1.234", "Rp5.000", "1,5", "60,0%", "5 Mar 2026", "yes", ""]),
    ],
)
def test_values_are_formatted_for_the_language(language: str, expected: list[str]) -> None:
    values: list[tuple[Kind, Any]] = [
        (Kind.COUNT, 1_234),
        (Kind.RUPIAH, 5_000),
        (Kind.MINUTES, 90),
        (Kind.SHARE, 6_000),
        (Kind.DATE, date(2026, 3, 5)),
        (Kind.YES, True),
        (Kind.SHARE, None),
    ]
    with translation.override(language):
        values_read = [format_value(kind, value) for kind, value in values]
    assert values_read[:5] + values_read[6:] == expected[:5] + expected[6:]


def test_pdf_repeats_its_header_and_counts_its_pages(cinema: Cinema) -> None:
    table = table_of("no-shows", cinema)
    long = replace(table, rows=[table.rows[0]] * 120)
    content = file_content(Format.PDF, long)
    assert content.count(b"/Type /Page\n") == 5


def test_small_report_is_exported_immediately(cinema: Cinema) -> None:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(make_manager(cinema))
    days = {"first": "2026-03-02", "last": "2026-03-08"}
    answer = client.post(
        reverse("reports:report_file", args=["no-shows"], query=days), {"format": "csv"}
    )
    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "text/csv; charset=utf-8",
        'attachment; filename="no-shows-20260302-20260308.csv"',
    )
    assert answer.content == file_content(Format.CSV, table_of("no-shows", cinema))
