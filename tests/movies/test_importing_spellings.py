"""Spellings of dates, times, lengths and formats in imports."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from accounts.models import User
from movies.importing.parsing import day, length_minutes, minute_of_day
from movies.importing.plan import Verdict
from movies.importing.showtimes import SHOWTIMES
from movies.models import Showtime
from tests.factories import make_layout, make_user
from tests.movies.chain import Chain
from tests.movies.tables import csv_bytes, xlsx_bytes
from tests.movies.test_importing_real_files import (
    HEADINGS,
    faults,
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


def test_american_dates_are_read_in_one_order(chain: Chain, owner: User) -> None:
    rows = [row(date="12/26/2026", time="1:00 PM"), row(date="1/4/2027", time="13:00")]
    found = plan(csv_bytes([HEADINGS, *rows]), owner)

    assert starts(found) == ["Sat, 26 Dec 2026, 13:00 WIB", "Mon, 4 Jan 2027, 13:00 WIB"]
    assert found.notes == ("Dates of this file are read as month/day/year.",)


def test_dates_in_both_orders_are_refused(chain: Chain, owner: User) -> None:
    rows = [row(date="12/26/2026"), row(date="26/12/2026")]
    found = plan(csv_bytes([HEADINGS, *rows]), owner)

    assert faults(found) == [(2, "date", "There is no day “12/26/2026”.")]


@pytest.mark.parametrize(
    "text",
    ["46382", "Sabtu, 26 Des 2026", "26 Desember 2026", "December 26, 2026", "26-Dec-2026",
     "2026-12-26 19:30", "26/12/2026", "26.12.2026", "2026-12-26T00:00:00"],
)  # fmt: skip
def test_days_are_read_in_many_spellings(text: str) -> None:
    assert day(text) == date(2026, 12, 26)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("19.30", 1170), ("19.3", 1170), ("0.8125", 1170), ("7:30 PM", 1170), ("7:30 pm", 1170),
     ("19.30 WIB", 1170), ("24:30", 1470), ("2026-12-26 19:30", 1170), ("12:15 AM", 15),
     ("09:59:59.995", 600), ("Pukul 19.30", 1170)],
)  # fmt: skip
def test_times_are_read_in_many_spellings(text: str, expected: int) -> None:
    assert minute_of_day(text) == expected


def test_half_past_24_is_on_the_following_day(chain: Chain, owner: User) -> None:
    found = plan(xlsx_bytes([HEADINGS, row(time="24:30")]), owner)
    SHOWTIMES.apply(found.work, timezone.now())

    assert starts(found) == ["Thu, 26 Nov 2026, 00:30 WIB"]
    showtime = Showtime.objects.latest("pk")
    assert (showtime.starts_at, showtime.business_date) == (
        datetime(2026, 11, 25, 17, 30, tzinfo=UTC),
        date(2026, 11, 25),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("112 menit", 112), ("1 jam 52 menit", 112), ("1h 52m", 112), ("2 jam", 120)],
)
def test_lengths_are_read_with_their_units(text: str, expected: int) -> None:
    assert length_minutes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("2d ", "2D"), ("Reguler", "2D"), ("IMAX", "LF"), ("Layar besar", "LF"),
                           ("Large format", "LF")]
)  # fmt: skip
def test_formats_are_accepted_by_the_offices_labels(
    chain: Chain, owner: User, text: str, expected: str
) -> None:
    found = plan(xlsx_bytes([HEADINGS, row(format=text)]), owner)

    assert [one.work.draft.screen_format for one in found.work] == [expected]


def test_showtime_before_the_release_is_noted(chain: Chain, owner: User) -> None:
    found = plan(xlsx_bytes([HEADINGS, row(film="pelabuhan")]), owner)

    assert [(one.verdict, one.notes) for one in found.rows] == [
        (Verdict.CREATE, ("Before the film’s release on Thu, 3 Dec 2026.",))
    ]
