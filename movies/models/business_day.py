"""Business dates: the evening a showtime belongs to, which goes on after midnight."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _


def business_date(at: datetime, zone: ZoneInfo) -> date:
    """Return the business date of ``at`` in ``zone``: 00:30 belongs to the day before."""
    return (at.astimezone(zone) - timedelta(hours=settings.BUSINESS_DAY_STARTS_HOUR)).date()


def night_of(local: datetime, business_date: date) -> str:
    """Return ``night of Friday`` for a local time after midnight of that day, else nothing."""
    if local.date() == business_date:
        return ""
    return _("night of %(weekday)s") % {"weekday": WEEKDAYS[business_date.weekday()]}


def short_night_of(local: datetime, business_date: date) -> str:
    """The same for text messages: ``Fri night``."""
    if local.date() == business_date:
        return ""
    return _("%(weekday)s night") % {"weekday": WEEKDAYS_ABBR[business_date.weekday()]}
