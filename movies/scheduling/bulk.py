"""Bulk scheduling: one film in several studios, at several times, on chosen weekdays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from movies.models import Movie, Studio
from movies.scheduling.business_day import on_business_day
from movies.scheduling.plans import PLAN_ROWS_MAX, PlanTooLarge, ShowtimeRequest

FILL_DAYS_MAX = 92


@dataclass(frozen=True, kw_only=True)
class BulkSchedule:
    """``hours`` belong to the business day: 00:30 is late in its evening. Monday is weekday 0."""

    movie: Movie
    studios: tuple[Studio, ...]
    hours: tuple[time, ...]
    first_day: date
    last_day: date
    weekdays: frozenset[int]
    screen_format: str
    audio_language: str
    subtitle_language: str = ""
    base_price_rupiah: int | None = None


def requests_for_bulk(bulk: BulkSchedule) -> list[ShowtimeRequest]:
    """Return the requested showtimes by day, studio and start.

    Raises InvalidInput for a range that ends before it begins or exceeds ``FILL_DAYS_MAX`` days,
    PlanTooLarge.
    """
    range_days = (bulk.last_day - bulk.first_day).days + 1
    if range_days < 1:
        raise InvalidInput(_("The last day is before the first."))
    if range_days > FILL_DAYS_MAX:
        raise InvalidInput(_("Too many days at once."), limit=FILL_DAYS_MAX)
    every_day = [bulk.first_day + timedelta(days=number) for number in range(range_days)]
    days = [day for day in every_day if day.weekday() in bulk.weekdays]
    if len(days) * len(bulk.studios) * len(bulk.hours) > PLAN_ROWS_MAX:
        raise PlanTooLarge(limit=PLAN_ROWS_MAX)
    return [
        ShowtimeRequest(
            cinema=studio.cinema,
            studio=studio,
            studio_name=studio.name,
            movie=bulk.movie,
            local=local,
            screen_format=bulk.screen_format,
            audio_language=bulk.audio_language,
            subtitle_language=bulk.subtitle_language,
            base_price_rupiah=bulk.base_price_rupiah,
        )
        for day in days
        for studio in bulk.studios
        for local in sorted({on_business_day(day, hour) for hour in bulk.hours})
    ]
