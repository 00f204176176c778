"""Business days and local times of a cinema."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from movies.models import Cinema


class NoSuchHour(InvalidInput):
    code = "no_such_hour"
    message = _("The clocks go forward then: there is no such hour on that day.")


def day_starts() -> time:
    """The local hour at which a business day begins."""
    return time(settings.BUSINESS_DAY_STARTS_HOUR)


def on_business_day(day: date, hour: time) -> datetime:
    """Return the local time of ``hour`` on a business day: 00:30 is on the next calendar day."""
    calendar_day = day + timedelta(days=1) if hour < day_starts() else day
    return datetime.combine(calendar_day, hour)


def moment(local: datetime, zone: ZoneInfo) -> datetime:
    """Convert the naive local time ``local`` to UTC; an ambiguous one is its first occurrence.

    Raises NoSuchHour for a time that is skipped when clocks go forward.
    """
    found = local.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) != local:
        raise NoSuchHour(local=local.isoformat())
    return found


@dataclass(frozen=True)
class BusinessDay:
    """A cinema's business day: 24 hours, or 23 or 25 when the clocks change."""

    cinema: Cinema
    day: date

    @property
    def starts_at(self) -> datetime:
        return self._start_of(self.day)

    @property
    def ends_at(self) -> datetime:
        return self._start_of(self.day + timedelta(days=1))

    @property
    def minutes(self) -> int:
        return self.minute_of(self.ends_at)

    def minute_of(self, at: datetime) -> int:
        """Elapsed minutes since the business day began."""
        return int((at - self.starts_at).total_seconds() // 60)

    def _start_of(self, day: date) -> datetime:
        local = datetime.combine(day, day_starts(), self.cinema.zone)
        return local.astimezone(UTC)
