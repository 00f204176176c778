"""Import of showtimes: preview of each row, and its effect."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from movies.importing.plan import CellChange, ImportPlan, Verdict
from movies.importing.showtimes import SHOWTIMES
from movies.importing.spreadsheets import ROWS_MAX, read_sheet
from movies.models import PriceCard, Showtime
from movies.scheduling.showtimes import ShowtimeOverlaps
from seating.models import ShowtimeSeat
from tests.factories import make_layout, make_manager, make_studio
from tests.movies.chain import NOON, Chain
from tests.movies.tables import csv_bytes

pytestmark = pytest.mark.usefixtures("english")

COLUMNS = [column.name for column in SHOWTIMES.columns]
PREVIEW_SECONDS_MAX = 5.0


@pytest.fixture
def manager(chain: Chain) -> User:
    make_layout(chain.west, rows="ABC", seats_per_row=4)
    make_layout(chain.east)
    return make_manager(chain.menteng)


def line(**cells: str) -> dict[str, str]:
    return {
        "cinema": "Layar Menteng",
        "studio": "Studio 1",
        "film": "hujan",
        "date": "25/11/2026",
        "time": "19:00",
        "price": "55.000",
    } | cells


def plan(user: User, *lines: dict[str, str]) -> ImportPlan:
    rows = [[cells.get(name, "") for name in COLUMNS] for cells in lines]
    sheet = read_sheet(csv_bytes([COLUMNS, *rows], ";"))
    SHOWTIMES.demand_columns(sheet)
    return SHOWTIMES.plan(sheet, user, timezone.now())


def apply(found: ImportPlan) -> None:
    SHOWTIMES.apply(found.work, timezone.now())


def faults(found: ImportPlan) -> list[tuple[int, str, str]]:
    return [(row.number, fault.column, fault.message) for row in found.bad for fault in row.faults]


def test_imported_showtime_has_seats_and_local_time(chain: Chain, manager: User) -> None:
    found = plan(manager, line(format="3d", audio="English", subtitles="Indonesia"))

    (row,) = found.rows
    assert (row.number, row.title, row.verdict, row.changes) == (
        2,
        "Layar Menteng · Studio 1 · hujan · 25/11/2026 · 19:00",
        Verdict.CREATE,
        (CellChange("price", "", "55000"),),
    )
    assert Showtime.objects.count() == 4
    apply(found)

    showtime = Showtime.objects.get(business_date="2026-11-25")
    assert showtime.starts_at == datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert (showtime.studio, showtime.movie, showtime.base_price_rupiah) == (
        chain.west,
        chain.rain,
        55_000,
    )
    assert (showtime.screen_format, showtime.audio_language, showtime.subtitle_language) == (
        "3D",
        "English",
        "Indonesia",
    )
    assert ShowtimeSeat.objects.filter(showtime=showtime).count() == 12


def test_empty_cells_default_to_price_card_and_film_language(chain: Chain, manager: User) -> None:
    PriceCard.objects.create(
        studio_class="regular", screen_format="2D", day_kind="weekday", price_rupiah=42_000
    )
    found = plan(manager, line(price="", film="Rain", cinema="layar-menteng"))

    assert found.rows[0].changes == (CellChange("price", "", "42000"),)
    apply(found)
    showtime = Showtime.objects.get(business_date="2026-11-25")
    assert (showtime.base_price_rupiah, showtime.audio_language, showtime.subtitle_language) == (
        42_000,
        "Indonesia",
        "",
    )


def test_second_upload_changes_nothing_but_prices(chain: Chain, manager: User) -> None:
    lines = line(), line(time="22:00", audio="English")
    apply(plan(manager, *lines))

    assert plan(manager, *lines).counts == {"create": 0, "change": 0, "same": 2, "bad": 0}
    found = plan(manager, line(price="60000"), lines[1])
    assert [(row.verdict, row.changes) for row in found.rows] == [
        (Verdict.CHANGE, (CellChange("price", "55000", "60000"),)),
        (Verdict.SAME, ()),
    ]
    apply(found)
    showtime = Showtime.objects.get(starts_at=datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert showtime.base_price_rupiah == 60_000
    assert set(showtime.seats.values_list("price_rupiah", flat=True)) == {60_000}


def test_bad_rows_are_named_with_their_reasons(chain: Chain, manager: User) -> None:
    taken = "Studio 1 is taken by “Rain” from %s Nov 2026, 19:00 to 21:05, cleaning included."
    found = plan(
        manager,
        line(),
        line(time="20:00"),  # overlaps row 2
        line(date="23/11/2026", time="19:30"),  # overlaps a scheduled showtime
        line(date="23/11/2026", film="lentera"),  # another film at the same start
        line(date="22/11/2026"),
        line(date="26/11/2026", price=""),
        line(date="31/11/2026", time="29:00", price="free"),
        line(cinema="Layar Jayapura"),
        line(cinema="Layar Bulan"),
        line(studio="Studio 9", film="Nothing"),
        {"cinema": "Layar Menteng"},
    )

    assert found.counts == {"create": 1, "change": 0, "same": 0, "bad": 10}
    assert faults(found) == [
        (3, "time", f"Row 2 of this file: {taken % '25'}"),
        (4, "time", taken % "23"),
        (5, "time", taken % "23"),
        (6, "date", "A showtime has to be in the future."),
        (7, "price", "No price card fits this showtime. Add one, or give a price."),
        (8, "date", "There is no day “31/11/2026”."),
        (8, "time", "“29:00” is no hour; write 19:00."),
        (8, "price", "“free” is no whole number above zero."),
        (9, "cinema", "You may not change the programme of “Layar Jayapura”."),
        (10, "cinema", "There is no cinema “Layar Bulan”."),
        (11, "studio", "“Layar Menteng” has no studio “Studio 9”."),
        (11, "film", "There is no film “Nothing”."),
        *[(12, name, "This cell is empty.") for name in ("studio", "film", "date", "time")],
    ]


def test_hours_are_those_of_each_cinema(chain: Chain, manager: User) -> None:
    manager.posts.create(cinema=chain.jayapura, role="manager")

    found = plan(manager, line(), line(cinema="Layar Jayapura"))
    apply(found)

    starts = Showtime.objects.filter(business_date="2026-11-25").order_by("starts_at")
    assert [(show.studio, show.starts_at.hour) for show in starts] == [
        (chain.east, 10),
        (chain.west, 12),
    ]


def test_studio_without_seats_is_reported_before_anything_is_written(
    chain: Chain, manager: User
) -> None:
    make_studio(chain.menteng, name="Studio 2")

    found = plan(manager, line(studio="Studio 2"), line())

    assert faults(found) == [(2, "studio", "This studio has no seating plan yet.")]
    assert Showtime.objects.count() == 4


def test_programme_that_filled_meanwhile_refuses_all(chain: Chain, manager: User) -> None:
    found = plan(manager, line(date="26/11/2026"), line())
    apply(plan(manager, line(time="18:30")))

    with pytest.raises(ShowtimeOverlaps):
        apply(found)

    assert not Showtime.objects.filter(business_date="2026-11-26").exists()


def test_plan_of_a_thousand_showtimes_takes_seconds(chain: Chain, manager: User) -> None:
    days = [NOON + timedelta(days=2 + number // 5) for number in range(ROWS_MAX)]
    lines = [
        line(date=f"{on:%Y-%m-%d}", time=f"{8 + 3 * (number % 5):02d}:00")
        for number, on in enumerate(days)
    ]

    began = time.process_time()
    found = plan(manager, *lines)

    assert found.counts == {"create": ROWS_MAX, "change": 0, "same": 0, "bad": 0}
    assert time.process_time() - began < PREVIEW_SECONDS_MAX


def test_language_longer_than_its_column_is_reported(chain: Chain, manager: User) -> None:
    found = plan(manager, line(audio="x" * 41, subtitles="y" * 40))

    assert faults(found) == [(2, "audio", "At most 40 characters.")]
