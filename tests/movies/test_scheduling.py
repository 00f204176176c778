"""Scheduling: all or nothing, no overlaps in a studio, business dates, and seats."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection
from django.utils import translation

from core.errors import InvalidInput
from movies.errors import ShowtimeClosed
from movies.models import Showtime, Studio
from movies.scheduling.showtimes import (
    ShowtimeDraft,
    ShowtimeInPast,
    ShowtimeOverlaps,
    reprice_showtime,
    schedule_showtimes,
)
from seating.models import SeatStatus, ShowtimeSeat
from tests.factories import make_cinema, make_layout, make_movie, make_showtime, make_studio

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 24, 19, 0, tzinfo=ZoneInfo("Asia/Jakarta"))


def stocked_studio(**fields: Any) -> Studio:
    studio = make_studio(**fields)
    make_layout(studio, rows="AB", seats_per_row=5)
    return studio


def draft(studio: Studio, starts_at: datetime = EVENING, **fields: Any) -> ShowtimeDraft:
    fields.setdefault("movie", make_movie(duration_minutes=100))
    fields.setdefault("base_price_rupiah", 50_000)
    return ShowtimeDraft(studio=studio, starts_at=starts_at, audio_language="Indonesian", **fields)


def test_schedule_writes_the_whole_showtime() -> None:
    studio = stocked_studio(trailers_minutes=10, cleaning_minutes=15)

    (showtime,) = schedule_showtimes([draft(studio)], at=AT)

    showtime.refresh_from_db()
    assert {
        "starts_at": showtime.starts_at,
        "ends_at": showtime.ends_at,
        "business_date": showtime.business_date,
        "sale": (showtime.sale_opens_at, showtime.sale_closes_at),
        "price": showtime.base_price_rupiah,
        "cancelled_at": showtime.cancelled_at,
    } == {
        "starts_at": EVENING,
        "ends_at": EVENING + timedelta(minutes=125),
        "business_date": date(2026, 11, 24),
        "sale": (AT, EVENING),
        "price": 50_000,
        "cancelled_at": None,
    }


def test_schedule_makes_the_seats_in_the_same_transaction() -> None:
    studio = stocked_studio()

    (showtime,) = schedule_showtimes([draft(studio)], at=AT)

    assert ShowtimeSeat.objects.filter(showtime=showtime).count() == 10


def test_schedule_without_layout_leaves_nothing() -> None:
    with pytest.raises(InvalidInput):
        schedule_showtimes([draft(stocked_studio()), draft(make_studio())], at=AT)

    assert Showtime.objects.count() == 0


@pytest.mark.parametrize(
    ("zone", "local", "business_date"),
    [
        ("Asia/Jakarta", "2026-11-25 00:30", date(2026, 11, 24)),
        ("Asia/Jakarta", "2026-11-25 04:59", date(2026, 11, 24)),
        ("Asia/Makassar", "2026-11-25 05:00", date(2026, 11, 25)),
        ("Asia/Jayapura", "2026-11-25 07:00", date(2026, 11, 25)),
        ("Asia/Jayapura", "2026-11-25 23:45", date(2026, 11, 25)),
    ],
)
def test_schedule_groups_by_the_cinemas_business_date(
    zone: str, local: str, business_date: date
) -> None:
    studio = stocked_studio(cinema=make_cinema(time_zone=zone))
    starts_at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))

    (showtime,) = schedule_showtimes([draft(studio, starts_at)], at=AT)

    showtime.refresh_from_db()
    assert (showtime.business_date, showtime.starts_at.tzinfo) == (business_date, UTC)
    assert showtime.starts_at == starts_at


def test_schedule_overlap_names_what_is_there() -> None:
    studio = stocked_studio(name="Studio 3", trailers_minutes=10, cleaning_minutes=15)
    film = make_movie(title_id="Hujan", title_en="Rain", duration_minutes=100)
    (there,) = schedule_showtimes([draft(studio, movie=film)], at=AT)

    with translation.override("en"), pytest.raises(ShowtimeOverlaps) as refusal:
        schedule_showtimes([draft(studio, EVENING + timedelta(minutes=124))], at=AT)

    assert str(refusal.value) == (
        "Studio 3 is taken by “Rain” from 24 Nov 2026, 19:00 to 21:05, cleaning included."
    )
    there.refresh_from_db()
    assert refusal.value.facts == {
        "studio": studio.pk,
        "showtime": there.pk,
        "starts_at": there.starts_at.isoformat(),
        "ends_at": there.ends_at.isoformat(),
    }
    assert Showtime.objects.count() == 1


def test_schedule_overlap_within_the_wish_is_refused_whole() -> None:
    studio = stocked_studio()

    with pytest.raises(ShowtimeOverlaps) as refusal:
        schedule_showtimes([draft(studio), draft(studio, EVENING + timedelta(minutes=60))], at=AT)

    assert refusal.value.facts["showtime"] is None
    assert Showtime.objects.count() == 0


def test_schedule_back_to_back_and_in_other_studios_is_fine() -> None:
    studio = stocked_studio(trailers_minutes=10, cleaning_minutes=15)

    schedule_showtimes(
        [
            draft(studio),
            draft(studio, EVENING + timedelta(minutes=125)),
            draft(stocked_studio(cinema=studio.cinema)),
        ],
        at=AT,
    )

    assert Showtime.objects.count() == 3


def test_schedule_in_a_cancelled_showtimes_place_is_fine() -> None:
    studio = stocked_studio()
    (there,) = schedule_showtimes([draft(studio)], at=AT)
    Showtime.objects.filter(pk=there.pk).update(cancelled_at=AT)

    schedule_showtimes([draft(studio)], at=AT)

    assert Showtime.objects.live().count() == 1


def test_database_alone_refuses_an_overlap() -> None:
    there = make_showtime()

    with pytest.raises(IntegrityError, match="showtime_studio_never_overlaps"):
        make_showtime(studio=there.studio, starts_at=there.starts_at + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"starts_at": AT}, ShowtimeInPast),
        ({"starts_at": AT - timedelta(days=365)}, ShowtimeInPast),
        ({"base_price_rupiah": 0}, InvalidInput),
        ({"base_price_rupiah": -1}, InvalidInput),
        ({"sale_opens_at": EVENING}, InvalidInput),
        ({"base_price_rupiah": None}, InvalidInput),  # and no price card
    ],
)
def test_schedule_refuses_what_makes_no_sense(
    fields: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        schedule_showtimes([draft(stocked_studio(), **fields)], at=AT)

    assert Showtime.objects.count() == 0


def test_scheduling_query_count_does_not_depend_on_the_number() -> None:
    studio = stocked_studio()
    film = make_movie(duration_minutes=90)

    def queries(first_day: int, count: int) -> int:
        drafts = [
            draft(studio, EVENING + timedelta(days=first_day + n), movie=film) for n in range(count)
        ]
        before = len(connection.queries_log)
        connection.force_debug_cursor = True
        schedule_showtimes(drafts, at=AT)
        connection.force_debug_cursor = False
        return len(connection.queries_log) - before

    assert queries(0, 1) == queries(30, 40)


def test_reprice_moves_unsold_seats_only() -> None:
    studio = stocked_studio()
    (showtime,) = schedule_showtimes([draft(studio)], at=AT)
    sold = ShowtimeSeat.objects.filter(showtime=showtime).order_by("pk")[0]
    ShowtimeSeat.objects.filter(pk=sold.pk).update(
        status=SeatStatus.SOLD, sale="b7c7b1a2-5d0c-4dd7-9a66-8f5d0f7d6c11"
    )

    reprice_showtime(showtime, 60_000, AT)

    showtime.refresh_from_db()
    prices = ShowtimeSeat.objects.filter(showtime=showtime).order_by("price_rupiah")
    assert showtime.base_price_rupiah == 60_000
    assert list(prices.values_list("price_rupiah", flat=True)) == [50_000] + [60_000] * 9


@pytest.mark.parametrize(
    ("changes", "at"),
    [({"cancelled_at": AT}, AT), ({}, EVENING), ({}, EVENING + timedelta(days=1))],
)
def test_reprice_of_what_is_no_longer_sold_is_refused(
    changes: dict[str, Any], at: datetime
) -> None:
    (showtime,) = schedule_showtimes([draft(stocked_studio())], at=AT)
    Showtime.objects.filter(pk=showtime.pk).update(**changes)

    with pytest.raises(ShowtimeClosed):
        reprice_showtime(showtime, 60_000, at)

    showtime.refresh_from_db()
    assert showtime.base_price_rupiah == 50_000


def test_reprice_to_nothing_is_refused() -> None:
    (showtime,) = schedule_showtimes([draft(stocked_studio())], at=AT)

    with pytest.raises(InvalidInput):
        reprice_showtime(showtime, 0, AT)
