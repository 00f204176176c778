"""Copies of a day's or a week's schedule, within a cinema or to another.

Film, format, languages and local start time are copied, whatever the time zone of the target.
Prices are taken from the price cards for the new day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from movies.models import Cinema, Showtime
from movies.scheduling.plans import PLAN_ROWS_MAX, PlanTooLarge, ShowtimeRequest

COPY_DAYS_MAX = 31
DAYS_PER_WEEK = 7

DayPair = tuple[date, date]


def day_to_days(source_day: date, target_days: Sequence[date]) -> list[DayPair]:
    return [(source_day, target_day) for target_day in sorted(set(target_days))]


def week_to_week(source_day: date, target_day: date) -> list[DayPair]:
    """Pair the days of two weeks, Monday to Sunday, each given by one of its days."""
    source, target = (day - timedelta(days=day.weekday()) for day in (source_day, target_day))
    week = [timedelta(days=number) for number in range(DAYS_PER_WEEK)]
    return [(source + offset, target + offset) for offset in week]


def requests_for_copies(
    *, source: Cinema, target: Cinema, days: Sequence[DayPair]
) -> list[ShowtimeRequest]:
    """Return requests for the live showtimes of each source day on its target day, by start.

    In another cinema a showtime goes to the studio of the same name. Raises InvalidInput for a day
    copied onto itself or more than ``COPY_DAYS_MAX`` days, PlanTooLarge.
    """
    if len(days) > COPY_DAYS_MAX:
        raise InvalidInput(_("Too many days at once."), limit=COPY_DAYS_MAX)
    if source == target and any(before == after for before, after in days):
        raise InvalidInput(_("A day cannot be copied onto itself."))
    shown = _shown(source, {before for before, _after in days})
    wanted = [(showtime, after) for before, after in days for showtime in shown.get(before, [])]
    if len(wanted) > PLAN_ROWS_MAX:
        raise PlanTooLarge(limit=PLAN_ROWS_MAX)
    studios = {studio.name: studio for studio in target.studios.select_related("cinema")}
    return [
        ShowtimeRequest(
            cinema=target,
            studio=studios.get(showtime.studio.name),
            studio_name=showtime.studio.name,
            movie=showtime.movie,
            local=_on_the_wall(showtime, source) + (after - showtime.business_date),
            screen_format=showtime.screen_format,
            audio_language=showtime.audio_language,
            subtitle_language=showtime.subtitle_language,
            sale_ends_before=showtime.starts_at - showtime.sale_closes_at,
        )
        for showtime, after in wanted
    ]


def _shown(source: Cinema, days: set[date]) -> dict[date, list[Showtime]]:
    """Live showtimes by day, at most one more than a plan can contain."""
    showtimes = (
        Showtime.objects.live()
        .filter(studio__cinema=source, business_date__in=days)
        .select_related("movie", "studio")
        .order_by("starts_at", "studio__name")[: PLAN_ROWS_MAX + 1]
    )
    by_day: dict[date, list[Showtime]] = {}
    for showtime in showtimes:
        by_day.setdefault(showtime.business_date, []).append(showtime)
    return by_day


# Naive local start: it keeps its time of day in a cinema of another zone.
def _on_the_wall(showtime: Showtime, cinema: Cinema) -> datetime:
    return showtime.starts_at.astimezone(cinema.zone).replace(tzinfo=None)
