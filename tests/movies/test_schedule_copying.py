"""Copying a day or a week: local times are kept, prices are read anew, conflicts are named."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import translation

from core.errors import InvalidInput
from movies.models import Showtime
from movies.scheduling.copying import (
    COPY_DAYS_MAX,
    DayPair,
    day_to_days,
    requests_for_copies,
    week_to_week,
)
from movies.scheduling.plans import (
    PLAN_ROWS_MAX,
    PlanChanged,
    PlanEmpty,
    PlanObstructed,
    PlanTooLarge,
    apply_plan,
    plan_showtimes,
)
from seating.models import ShowtimeSeat
from tests.movies.plans import (
    AT,
    FRIDAY,
    MONDAY,
    SATURDAY,
    TUESDAY,
    live_showtimes,
    make_scheduled,
    open_cinema,
    price,
    prices,
    rain,
    summary,
)

pytestmark = pytest.mark.django_db


def test_copied_day_keeps_its_hours_and_is_priced_anew() -> None:
    prices()
    cinema, (one, two) = open_cinema("Layar Menteng", "Studio 1", "Studio 2")
    film = rain()
    make_scheduled(one, "2026-11-24 19:00", film, base_price_rupiah=99_000)
    make_scheduled(two, "2026-11-25 00:30", film)  # late on Tuesday
    make_scheduled(one, "2026-11-25 19:00", film)  # not that day's
    days = day_to_days(TUESDAY, [SATURDAY, FRIDAY, FRIDAY])
    requests = requests_for_copies(source=cinema, target=cinema, days=days)

    plan = plan_showtimes(requests, at=AT)

    assert summary(plan) == [
        ("Studio 1", "11-27 19:00", 45_000),
        ("Studio 2", "11-28 00:30", 45_000),
        ("Studio 1", "11-28 19:00", 60_000),
        ("Studio 2", "11-29 00:30", 60_000),
    ]
    made = apply_plan(requests, expected_digest=plan.digest, skips_obstructed=False, at=AT)
    assert live_showtimes(cinema)[3:] == [
        ("Studio 1", "11-27 19:00", "11-27", 45_000),
        ("Studio 2", "11-28 00:30", "11-27", 45_000),
        ("Studio 1", "11-28 19:00", "11-28", 60_000),
        ("Studio 2", "11-29 00:30", "11-28", 60_000),
    ]
    assert ShowtimeSeat.objects.filter(showtime__in=made).count() == 8


def test_copy_carries_format_languages_and_when_its_sale_ends() -> None:
    price(weekday=1)
    cinema, (studio,) = open_cinema()
    tuesday = make_scheduled(
        studio, "2026-11-24 19:00", rain(), audio_language="English", subtitle_language="Indonesian"
    )
    tuesday.sale_closes_at = tuesday.starts_at + timedelta(minutes=15)
    tuesday.save()
    requests = requests_for_copies(
        source=cinema, target=cinema, days=day_to_days(TUESDAY, [TUESDAY + timedelta(days=1)])
    )
    digest = plan_showtimes(requests, at=AT).digest

    (made,) = apply_plan(requests, expected_digest=digest, skips_obstructed=False, at=AT)

    fields = ["movie_id", "screen_format", "audio_language", "subtitle_language"]
    assert [getattr(made, name) for name in fields] == [getattr(tuesday, name) for name in fields]
    assert (made.sale_opens_at, made.sale_closes_at - made.starts_at) == (
        AT,
        timedelta(minutes=15),
    )


def test_conflicts_are_named_and_skipped_or_refused_whole() -> None:
    price(weekday=40_000)
    cinema, (one, two) = open_cinema("Layar Menteng", "Studio 1", "Studio 2")
    film = rain()
    make_scheduled(one, "2026-11-24 10:00", film)
    make_scheduled(two, "2026-11-24 19:00", film)
    make_scheduled(two, "2026-11-23 18:00", film)  # in the way
    requests = requests_for_copies(source=cinema, target=cinema, days=[(TUESDAY, MONDAY)])
    before = live_showtimes(cinema)

    with translation.override("en"):
        plan = plan_showtimes(requests, at=AT)

    assert [(row.obstacle, row.explanation) for row in plan.rows] == [
        ("showtime_in_past", "A showtime has to be in the future."),
        (
            "showtime_overlaps",
            "Studio 2 is taken by “Rain” from 23 Nov 2026, 18:00 to 20:00, cleaning included.",
        ),
    ]
    with pytest.raises(PlanObstructed) as refusal:
        apply_plan(requests, expected_digest=plan.digest, skips_obstructed=False, at=AT)
    assert refusal.value.facts == {"obstacles": 2}
    with pytest.raises(PlanEmpty):
        apply_plan(requests, expected_digest=plan.digest, skips_obstructed=True, at=AT)
    assert live_showtimes(cinema) == before


def test_skipping_leaves_out_what_cannot_be_and_adds_the_rest() -> None:
    price(weekday=40_000)
    cinema, (one, two) = open_cinema("Layar Menteng", "Studio 1", "Studio 2")
    film = rain()
    make_scheduled(one, "2026-11-24 10:00", film)
    make_scheduled(two, "2026-11-24 19:00", film)
    requests = requests_for_copies(source=cinema, target=cinema, days=[(TUESDAY, MONDAY)])
    digest = plan_showtimes(requests, at=AT).digest

    apply_plan(requests, expected_digest=digest, skips_obstructed=True, at=AT)

    assert live_showtimes(cinema) == [
        ("Studio 2", "11-23 19:00", "11-23", 40_000),
        ("Studio 1", "11-24 10:00", "11-24", 50_000),
        ("Studio 2", "11-24 19:00", "11-24", 50_000),
    ]


def test_outdated_plan_is_shown_again() -> None:
    price(weekday=40_000)
    cinema, (studio,) = open_cinema()
    film = rain()
    make_scheduled(studio, "2026-11-24 19:00", film)
    requests = requests_for_copies(source=cinema, target=cinema, days=[(TUESDAY, MONDAY)])
    digest = plan_showtimes(requests, at=AT).digest
    make_scheduled(studio, "2026-11-23 20:59", film)

    with pytest.raises(PlanChanged):
        apply_plan(requests, expected_digest=digest, skips_obstructed=True, at=AT)

    assert Showtime.objects.count() == 2


def test_copy_to_another_cinema_matches_studio_names_and_uses_its_time_zone() -> None:
    price(weekday=40_000)
    price("premiere", weekday=90_000)
    west, (one, two) = open_cinema("Layar Menteng", "Studio 1", "Studio 2")
    east, (there,) = open_cinema("Layar Jayapura", "Studio 1", time_zone="Asia/Jayapura")
    there.studio_class = "premiere"
    there.save()
    film = rain()
    make_scheduled(one, "2026-11-24 19:00", film)
    make_scheduled(two, "2026-11-24 20:00", film)
    requests = requests_for_copies(source=west, target=east, days=[(TUESDAY, TUESDAY)])

    with translation.override("en"):
        plan = plan_showtimes(requests, at=AT)
    apply_plan(requests, expected_digest=plan.digest, skips_obstructed=True, at=AT)

    assert summary(plan) == [
        ("Studio 1", "11-24 19:00", 90_000),
        ("Studio 2", "11-24 20:00", "no_studio"),
    ]
    assert plan.rows[1].explanation == "Layar Jayapura has no Studio 2."
    assert live_showtimes(east) == [("Studio 1", "11-24 19:00", "11-24", 90_000)]
    (made,) = Showtime.objects.filter(studio=there)
    assert made.starts_at.isoformat() == "2026-11-24T10:00:00+00:00"


def test_copied_week_is_from_monday_to_sunday() -> None:
    prices()
    cinema, (studio,) = open_cinema()
    film = rain()
    for local in ("2026-11-23 19:00", "2026-11-27 19:00", "2026-11-30 00:30"):
        make_scheduled(studio, local, film)

    days = week_to_week(FRIDAY, date(2026, 12, 30))
    requests = requests_for_copies(source=cinema, target=cinema, days=days)

    assert days == [
        (MONDAY + timedelta(days=number), date(2026, 12, 28) + timedelta(days=number))
        for number in range(7)
    ]
    assert summary(plan_showtimes(requests, at=AT)) == [
        ("Studio 1", "12-28 19:00", 40_000),
        ("Studio 1", "01-01 19:00", 60_000),  # New Year's Day
        ("Studio 1", "01-04 00:30", 60_000),  # late on Sunday
    ]


def test_cancelled_showtimes_are_not_copied() -> None:
    cinema, (studio,) = open_cinema()
    make_scheduled(studio, "2026-11-24 19:00", rain(), cancelled_at=AT)

    assert requests_for_copies(source=cinema, target=cinema, days=[(TUESDAY, FRIDAY)]) == []


def test_hour_that_the_clock_jumps_over_is_named() -> None:
    """Berlin goes from 2:00 to 3:00 on 28 March 2027; no zone of Indonesia does."""
    prices()
    cinema, (studio,) = open_cinema("Layar Berlin", time_zone="Europe/Berlin")
    film = rain(35)
    make_scheduled(studio, "2026-11-28 23:30", film)
    make_scheduled(studio, "2026-11-29 02:30", film)
    requests = requests_for_copies(
        source=cinema, target=cinema, days=[(SATURDAY, date(2027, 3, 27))]
    )

    plan = plan_showtimes(requests, at=AT)

    assert summary(plan) == [
        ("Studio 1", "03-27 23:30", 60_000),
        ("Studio 1", "03-28 02:30", "no_such_hour"),
    ]


def test_missing_price_is_named() -> None:
    cinema, (studio,) = open_cinema()
    make_scheduled(studio, "2026-11-24 19:00", rain())
    requests = requests_for_copies(source=cinema, target=cinema, days=[(TUESDAY, FRIDAY)])

    assert summary(plan_showtimes(requests, at=AT)) == [
        ("Studio 1", "11-27 19:00", "price_missing")
    ]


@pytest.mark.parametrize(
    "days",
    [
        [(TUESDAY, TUESDAY)],
        [(TUESDAY, FRIDAY + timedelta(days=number)) for number in range(COPY_DAYS_MAX + 1)],
    ],
    ids=["onto itself", "too many"],
)
def test_days_that_make_no_sense_are_refused(days: list[DayPair]) -> None:
    cinema, _studios = open_cinema()

    with pytest.raises(InvalidInput):
        requests_for_copies(source=cinema, target=cinema, days=days)


def test_plan_is_bounded() -> None:
    cinema, studios = open_cinema("Layar Menteng", *(f"Studio {number}" for number in range(20)))
    film = rain()
    for studio in studios:
        make_scheduled(studio, "2026-11-24 19:00", film)
    days = day_to_days(TUESDAY, [FRIDAY + timedelta(days=number) for number in range(31)])
    assert len(studios) * len(days) > PLAN_ROWS_MAX

    with pytest.raises(PlanTooLarge):
        requests_for_copies(source=cinema, target=cinema, days=days)
