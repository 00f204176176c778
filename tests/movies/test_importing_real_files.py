"""Imports of realistic spreadsheets of schedulers and distributors."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from accounts.models import User
from movies.importing.films import FILMS
from movies.importing.parsing import CellUnreadable, price
from movies.importing.plan import ImportKind, ImportPlan, Verdict
from movies.importing.showtimes import SHOWTIMES
from movies.models import Genre, Movie
from tests.factories import make_cinema, make_layout, make_movie, make_studio, make_user
from tests.movies.chain import Chain
from tests.movies.tables import csv_bytes, xlsx_bytes

pytestmark = pytest.mark.usefixtures("english")

HEADINGS = ["cinema", "studio", "film", "date", "time", "format", "audio", "subtitles", "price"]
ROW = ["Layar Menteng", "Studio 1", "Hujan", "2026-11-25", "19:00", "2D", "", "", "55000"]


@pytest.fixture
def owner(chain: Chain) -> User:
    make_layout(chain.west, rows="A", seats_per_row=2)
    make_layout(chain.east, rows="A", seats_per_row=2)
    return make_user(is_staff=True, is_superuser=True)


def plan(content: bytes, user: User, kind: ImportKind = SHOWTIMES) -> ImportPlan:
    return kind.plan(kind.read(content), user, timezone.now())


def row(**cells: Any) -> list[Any]:
    return [cells.get(name, known) for name, known in zip(HEADINGS, ROW, strict=True)]


def starts(found: ImportPlan) -> list[str]:
    return [row.reading.partition(" · ")[0] for row in found.rows]


def faults(found: ImportPlan) -> list[tuple[int, str, str]]:
    return [(row.number, fault.column, fault.message) for row in found.bad for fault in row.faults]


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for cells in rows:
            sheet.append(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_rows_after_a_long_blank_gap_are_read(chain: Chain, owner: User) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADINGS)
    for number, cell in enumerate(row(), start=1):
        book.active.cell(row=5_000, column=number, value=cell)
    content = io.BytesIO()
    book.save(content)

    found = plan(content.getvalue(), owner)

    assert [(one.number, one.verdict) for one in found.rows] == [(5_000, Verdict.CREATE)]


def test_times_of_cells_are_rounded_to_the_minute(chain: Chain, owner: User) -> None:
    just_before_ten = datetime(2026, 11, 25, 9, 59, 59, 995_000)  # noqa: DTZ001 (as in a cell)
    found = plan(
        xlsx_bytes(
            [HEADINGS, row(time=just_before_ten), row(time=time(12, 59, 59, 600_000))],
        ),
        owner,
    )

    assert starts(found) == ["Wed, 25 Nov 2026, 10:00 WIB", "Wed, 25 Nov 2026, 13:00 WIB"]


def test_film_with_an_ambiguous_title_requires_the_slug(chain: Chain, owner: User) -> None:
    make_movie(slug="hujan-1999", title_id="HUJAN", title_en="Storm")

    found = plan(xlsx_bytes([HEADINGS, row(), row(film="hujan-1999", time="22:00")]), owner)
    films = plan(csv_bytes([["title_id", "director"], ["hujan", "Sari"]]), owner, FILMS)

    assert faults(found) == [
        (
            2,
            "film",
            "Several films are called “Hujan”. Write the slug of one: hujan, hujan-1999.",
        )
    ]
    assert faults(films) == [
        (
            2,
            "title_id",
            "Several films have this title. Fill in the slug of one: hujan, hujan-1999.",
        )
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("60.000", 60_000), ("60000", 60_000), ("Rp 60.000", 60_000), ("60,000", 60_000),
     ("Rp60.000,-", 60_000), ("60.000,00", 60_000), ("IDR 60,000.00", 60_000), ("60 000", 60_000)],
)  # fmt: skip
def test_prices_are_read_as_indonesians_write_them(text: str, expected: int) -> None:
    assert price(text) == expected


@pytest.mark.parametrize("text", ["55", "60", "60.0", "60.00", "6.00.000", "60.000.00", "-60000"])
def test_unclear_or_implausible_prices_are_refused(text: str) -> None:
    with pytest.raises(CellUnreadable):
        price(text)


@pytest.mark.parametrize(
    ("cinema", "studio"),
    [("LAYAR  MENTENG", "STUDIO 1 "), ("layar-menteng", "Studio1"), ("Menteng", "1"),
     ("Layar, Menteng", "studio-1")],
)  # fmt: skip
def test_names_are_compared_without_case_spaces_and_punctuation(
    chain: Chain, owner: User, cinema: str, studio: str
) -> None:
    found = plan(xlsx_bytes([HEADINGS, row(cinema=cinema, studio=studio, film="HU JAN")]), owner)

    assert [(one.verdict, one.reading) for one in found.rows] == [
        (Verdict.CREATE, "Wed, 25 Nov 2026, 19:00 WIB · Layar Menteng · Studio 1 · Rain")
    ]
    expected = [
        f"“{text}” is read as {name}."
        for text, name in ((cinema, "Layar Menteng"), (studio, "Studio 1"))
        if text in ("Menteng", "1")
    ]
    assert list(found.rows[0].notes) == expected


def test_ambiguous_cinemas_and_studios_require_the_slug_and_the_exact_name(
    chain: Chain, owner: User
) -> None:
    make_cinema(slug="menteng-2", name="Layar, Menteng")
    make_studio(chain.menteng, name="Studio-1")
    rows = [
        row(),
        row(cinema=chain.menteng.slug, studio="STUDIO 1"),
        row(cinema=chain.menteng.slug),
    ]

    found = plan(xlsx_bytes([HEADINGS, *rows]), owner)

    assert [(column, message) for _row, column, message in faults(found)] == [
        (
            "cinema",
            "Several cinemas are called “Layar Menteng”. Write the slug of one:"
            f" {chain.menteng.slug}, menteng-2.",
        ),
        (
            "studio",
            "“Layar Menteng” has several studios “STUDIO 1”. Write the name of one:"
            " Studio 1, Studio-1.",
        ),
    ]
    assert found.rows[2].verdict == Verdict.CREATE


def test_unknown_film_suggests_the_nearest_title(chain: Chain, owner: User) -> None:
    found = plan(xlsx_bytes([HEADINGS, row(film="Pelabuhn")]), owner)

    assert faults(found) == [
        (2, "film", "There is no film “Pelabuhn”. Did you mean “Harbour”?"),
    ]


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("海街日記", "umimachi"),
        ("君", "film-46f40b8f"),
        ("Kisah " * 20, "kisah-kisah-kisah-kisah-kisah-kisah-kisah-kisah-kisah-kisah-kisah-kisah"
         "-kisah-kisah-kisah"),
    ],
)  # fmt: skip
def test_title_of_any_script_or_length_gets_a_valid_slug(
    chain: Chain, owner: User, title: str, slug: str
) -> None:
    Genre.objects.get_or_create(slug="drama", defaults={"name_id": "Drama", "name_en": "Drama"})
    english = {"海街日記": "Umimachi", "君": "君"}.get(title, "Tales")
    table = [
        ["title_id", "title_en", "synopsis_id", "synopsis_en", "duration_minutes",
         "classification", "genres", "release_date", "original_language", "country", "director"],
        [title.strip(), english, "Satu.", "One.", "112 menit", "Semua umur", "drama",
         "24 Desember 2026", "Jepang", "Jepang", "Koreeda"],
    ]  # fmt: skip

    found = plan(xlsx_bytes(table), owner, FILMS)
    FILMS.apply(found.work, timezone.now())

    assert [(one.verdict, one.faults) for one in found.rows] == [(Verdict.CREATE, ())]
    movie = Movie.objects.get(title_en=english)
    assert (movie.slug, movie.duration_minutes, movie.classification, movie.release_date) == (
        slug,
        112,
        "SU",
        date(2026, 12, 24),
    )


def test_headings_by_the_offices_labels_below_a_title_row(chain: Chain, owner: User) -> None:
    words = ["Bioskop", "Studio", "Judul Film", "Tanggal", "Jam", "Format", "Bahasa", "Teks",
             "Harga"]  # fmt: skip
    found = plan(xlsx_bytes([["JADWAL TAYANG 21-27 DES"], [], words, row()]), owner)

    assert [(one.number, one.verdict) for one in found.rows] == [(4, Verdict.CREATE)]


def test_distributors_list_without_english_texts_names_what_is_missing(
    chain: Chain, owner: User
) -> None:
    table: list[list[Any]] = [
        ["DAFTAR FILM RILIS DESEMBER 2026 - NUSA FILM"],
        [],
        ["No", "Judul", "Durasi", "Rating Usia", "Genre", "Tgl Rilis", "Sutradara", "Sinopsis"],
        [1, "Laut Bercerita", "1 jam 52 menit", "13+", "Drama", "24 Desember 2026", "Sari", "Laut"],
        [None, "TOTAL", "1 film"],
    ]

    found = plan(xlsx_bytes(table), owner, FILMS)

    assert faults(found) == [
        (4, "original_language", "This cell is empty."),
        (4, "country", "This cell is empty."),
    ]
    assert found.notes == ("Columns not used: No.",)


def test_all_sheets_are_read_and_cover_sheets_named(chain: Chain, owner: User) -> None:
    content = workbook(
        Sampul=[["Layar - jadwal pekan 52"], ["Disusun oleh: Bagian Program"]],
        Menteng=[HEADINGS, row()],
        Jayapura=[HEADINGS, row(cinema="Layar Jayapura")],
    )

    found = plan(content, owner)

    assert [(one.table, one.number, one.verdict) for one in found.rows] == [
        ("Menteng", 2, Verdict.CREATE),
        ("Jayapura", 2, Verdict.CREATE),
    ]
    assert found.notes == ("Worksheets without headings that we know were left out: Sampul.",)


def test_totals_blank_rows_and_repeated_rows_are_no_faults(chain: Chain, owner: User) -> None:
    total = ["TOTAL", *[None] * 7, 110_000]
    found = plan(xlsx_bytes([HEADINGS, row(), row(), [], row(time="22:00"), total]), owner)

    assert [(one.number, one.verdict, one.notes) for one in found.rows] == [
        (2, Verdict.CREATE, ()),
        (3, Verdict.SAME, ("The same as row 2.",)),
        (5, Verdict.CREATE, ()),
    ]


def test_vertically_merged_cells_hold_for_all_their_rows(chain: Chain, owner: User) -> None:
    book = openpyxl.Workbook()
    for cells in (HEADINGS, row(), row(time="22:00")):
        book.active.append(cells)
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("D2:D3")
    content = io.BytesIO()
    book.save(content)

    assert starts(plan(content.getvalue(), owner)) == [
        "Wed, 25 Nov 2026, 19:00 WIB",
        "Wed, 25 Nov 2026, 22:00 WIB",
    ]


def test_columns_that_are_not_used_are_named(chain: Chain, owner: User) -> None:
    table = [["No", *HEADINGS, "Keterangan"], [1, *row(), "midnight"]]
    found = plan(xlsx_bytes(table), owner)

    assert (found.counts["create"], found.notes) == (1, ("Columns not used: No, Keterangan.",))
