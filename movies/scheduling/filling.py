"""One film in several studios, at several hours, on the chosen weekdays of some weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from movies.models import Movie, Studio
from movies.scheduling.business_day import on_business_day
from movies.scheduling.plans import PLAN_ROWS_MAX, PlanTooLarge, Wish

FILL_DAYS_MAX = 92


@dataclass(frozen=True, kw_only=True)
class Filling:
    """``hours`` are of the business day: 00:30 is late in its evening. Monday is weekday 0."""

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


def wishes_for_filling(filling: Filling) -> list[Wish]:
    """Day by day, studio by studio, in the order of the business day.

    Raises InvalidInput for a range that ends before it begins or is over ``FILL_DAYS_MAX`` days,
    PlanTooLarge.
    """
    range_days = (filling.last_day - filling.first_day).days + 1
    if range_days < 1:
        raise InvalidInput(_("The last day is before the first."))
    if range_days > FILL_DAYS_MAX:
        raise InvalidInput(_("Too many days at once."), limit=FILL_DAYS_MAX)
    every_day = [filling.first_day + timedelta(days=number) for number in range(range_days)]
    days = [day for day in every_day if day.weekday() in filling.weekdays]
    if len(days) * len(filling.studios) * len(filling.hours) > PLAN_ROWS_MAX:
        raise PlanTooLarge(limit=PLAN_ROWS_MAX)
    return [
        Wish(
            cinema=studio.cinema,
            studio=studio,
            studio_name=studio.name,
            movie=filling.movie,
            local=local,
            screen_format=filling.screen_format,
            audio_language=filling.audio_language,
            subtitle_language=filling.subtitle_language,
            base_price_rupiah=filling.base_price_rupiah,
        )
        for day in days
        for studio in filling.studios
        for local in sorted({on_business_day(day, hour) for hour in filling.hours})
    ]
