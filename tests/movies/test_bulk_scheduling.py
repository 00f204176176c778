"""Bulk scheduling: film × studios × hours × weekdays, previewed, then all or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from core.errors import InvalidInput
from movies.models import Studio
from movies.scheduling.bulk import FILL_DAYS_MAX, BulkSchedule, requests_for_bulk
from movies.scheduling.plans import PlanTooLarge, apply_plan, plan_showtimes
from tests.movies.plans import (
    AT,
    FRIDAY,
    MONDAY,
    live_showtimes,
    make_scheduled,
    open_cinema,
    prices,
    rain,
    summary,
)

pytestmark = pytest.mark.django_db


def bulk(*studios: Studio, hours: tuple[time, ...] = (time(19),)) -> BulkSchedule:
    return BulkSchedule(
        movie=rain(),
        studios=studios,
        hours=hours,
        first_day=MONDAY,
        last_day=MONDAY + timedelta(days=6),
        weekdays=frozenset({0, 5}),
        screen_format="2D",
        audio_language="Indonesian",
    )


def test_bulk_schedule_has_the_chosen_weekdays_hours_and_studios() -> None:
    prices()
    cinema, studios = open_cinema("Layar Menteng", "Studio 1", "Studio 2")
    requests = requests_for_bulk(bulk(*studios, hours=(time(0, 30), time(19))))

    plan = plan_showtimes(requests, at=AT)
    apply_plan(requests, expected_digest=plan.digest, skips_obstructed=False, at=AT)

    assert summary(plan) == [
        ("Studio 1", "11-23 19:00", 40_000),
        ("Studio 1", "11-24 00:30", 40_000),
        ("Studio 2", "11-23 19:00", 40_000),
        ("Studio 2", "11-24 00:30", 40_000),
        ("Studio 1", "11-28 19:00", 60_000),
        ("Studio 1", "11-29 00:30", 60_000),
        ("Studio 2", "11-28 19:00", 60_000),
        ("Studio 2", "11-29 00:30", 60_000),
    ]
    assert live_showtimes(cinema) == [
        ("Studio 1", "11-23 19:00", "11-23", 40_000),
        ("Studio 2", "11-23 19:00", "11-23", 40_000),
        ("Studio 1", "11-24 00:30", "11-23", 40_000),
        ("Studio 2", "11-24 00:30", "11-23", 40_000),
        ("Studio 1", "11-28 19:00", "11-28", 60_000),
        ("Studio 2", "11-28 19:00", "11-28", 60_000),
        ("Studio 1", "11-29 00:30", "11-28", 60_000),
        ("Studio 2", "11-29 00:30", "11-28", 60_000),
    ]


def test_overlapping_times_are_reported_before_anything_is_written() -> None:
    prices()
    _cinema, studios = open_cinema()
    requests = requests_for_bulk(bulk(*studios, hours=(time(19), time(20, 59), time(21))))

    with translation.override("en"):
        plan = plan_showtimes(requests[:3], at=AT)

    assert [row.obstacle or row.price_rupiah for row in plan.rows] == [
        40_000,
        "showtime_overlaps",
        40_000,
    ]
    assert plan.rows[1].explanation == (
        "Studio 1 is taken by “Rain” from 23 Nov 2026, 19:00 to 21:00, cleaning included."
    )


def test_given_price_overrides_the_price_cards() -> None:
    _cinema, studios = open_cinema()
    requests = requests_for_bulk(replace(bulk(*studios), base_price_rupiah=33_000))

    assert {row.price_rupiah for row in plan_showtimes(requests, at=AT).rows} == {33_000}


def test_bulk_plan_query_count_does_not_depend_on_the_number() -> None:
    prices()
    _cinema, studios = open_cinema("Layar Menteng", "Studio 1", "Studio 2")
    one = bulk(*studios)
    weeks = replace(one, last_day=MONDAY + timedelta(days=60))
    for studio in studios:
        make_scheduled(studio, "2026-11-28 18:00", one.movie)

    def queries(wanted: BulkSchedule) -> int:
        requests = requests_for_bulk(wanted)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            plan_showtimes(requests, at=AT)
        return len(asked)

    assert (queries(one), queries(weeks)) == (3, 3)


@pytest.mark.parametrize(
    "last_day", [MONDAY - timedelta(days=1), MONDAY + timedelta(FILL_DAYS_MAX)]
)
def test_range_that_makes_no_sense_is_refused(last_day: object) -> None:
    _cinema, studios = open_cinema()

    with pytest.raises(InvalidInput):
        requests_for_bulk(replace(bulk(*studios), last_day=last_day))  # type: ignore[arg-type]


def test_filling_is_bounded() -> None:
    _cinema, studios = open_cinema("Layar Menteng", *(f"Studio {number}" for number in range(5)))
    hours = tuple(time(hour) for hour in range(10, 22))
    wanted = replace(
        bulk(*studios, hours=hours),
        last_day=FRIDAY + timedelta(days=60),
        weekdays=frozenset(range(7)),
    )
    with pytest.raises(PlanTooLarge):
        requests_for_bulk(wanted)


def test_no_weekday_is_nothing() -> None:
    _cinema, studios = open_cinema()

    assert requests_for_bulk(replace(bulk(*studios), weekdays=frozenset())) == []
