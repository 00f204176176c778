"""Copying a day or a week of the programme, within a cinema or to another.

What is copied is what stands on the wall: film, format, languages, and the hour on the clock of
the cinema, whatever its time zone. Prices are read anew off the cards for the new day.
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
    """The week of a day, Monday to Sunday, to the week of another."""
    source, target = (day - timedelta(days=day.weekday()) for day in (source_day, target_day))
    week = [timedelta(days=number) for number in range(DAYS_PER_WEEK)]
    return [(source + offset, target + offset) for offset in week]


def requests_for_copies(
    *, source: Cinema, target: Cinema, days: Sequence[DayPair]
) -> list[ShowtimeRequest]:
    """The live showings of each first day, wished for on the second; in order of time.

    In another cinema a showing goes to the studio of the same name. Raises InvalidInput for a day
    that would be copied onto itself or for more than ``COPY_DAYS_MAX``, PlanTooLarge.
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
    """At most one more than a plan can take."""
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


# A showing's own clock, without its zone: that is what moves to another cinema's wall.
def _on_the_wall(showtime: Showtime, cinema: Cinema) -> datetime:
    return showtime.starts_at.astimezone(cinema.zone).replace(tzinfo=None)
