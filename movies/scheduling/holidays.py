"""Public holidays and joint leave days of Indonesia, with the chain's changes.

The calendar comes from the package ``holidays``: some dates of coming years are estimated there,
and the government decrees joint leave (cuti bersama) late, so the chain can add, rename or
withdraw a day (``Holiday``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.utils.translation import get_language

from movies.models import DayKind, Holiday, HolidayKind

FRIDAY, SATURDAY = 4, 5
HOLIDAY_YEARS_MAX = 64  # in memory, in each language
CHANGES_MAX = 2_000
LANGUAGES = {"id": "id", "en": "en_US"}


@dataclass(frozen=True)
class NamedDay:
    """One day that costs what a weekend costs. ``change_id``: of the chain's ``Holiday``."""

    day: date
    kind: HolidayKind
    name: str
    change_id: int | None = None


@lru_cache(maxsize=HOLIDAY_YEARS_MAX)
def _delivered(year: int, language: str) -> dict[date, NamedDay]:
    """The public holidays take precedence where a joint leave day falls on one."""
    calendars = (
        (HolidayKind.JOINT_LEAVE, holidays.GOVERNMENT),
        (HolidayKind.PUBLIC, holidays.PUBLIC),
    )
    return {
        day: NamedDay(day, kind, name)
        for kind, category in calendars
        for day, name in holidays.country_holidays(
            "ID", years=year, categories=category, language=LANGUAGES[language]
        ).items()
    }


@dataclass(frozen=True)
class HolidayCalendar:
    """Without arguments: the delivered calendar."""

    changes: Mapping[date, Holiday] = field(default_factory=dict)

    @classmethod
    def current(cls) -> HolidayCalendar:
        """With the chain's changes, in one query."""
        latest = Holiday.objects.order_by("-day")[:CHANGES_MAX]
        return cls({change.day: change for change in latest})

    def holiday(self, day: date) -> NamedDay | None:
        if (change := self.changes.get(day)) is not None:
            kind = HolidayKind(change.kind)
            is_ordinary = kind == HolidayKind.ORDINARY
            return None if is_ordinary else NamedDay(day, kind, change.name, change.pk)
        language = (get_language() or "id").split("-")[0]
        return _delivered(day.year, language if language in LANGUAGES else "id").get(day)

    def name(self, day: date) -> str:
        """Empty for a day that is no holiday."""
        found = self.holiday(day)
        return found.name if found else ""

    def day_kind(self, day: date) -> DayKind:
        """A holiday is priced as a weekend, whatever its weekday."""
        if day.weekday() >= SATURDAY or self.holiday(day) is not None:
            return DayKind.WEEKEND
        return DayKind.FRIDAY if day.weekday() == FRIDAY else DayKind.WEEKDAY

    def between(self, first: date, last: date) -> list[NamedDay]:
        """The holidays of a range, by day."""
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return [found for day in days if (found := self.holiday(day)) is not None]
