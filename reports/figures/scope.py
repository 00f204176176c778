"""The scope of a report: days, cinemas, film and basis.

Days are business days, which begin at 05:00 in the cinema's own time zone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from bookings.models import BookingEvent, EventKind
from movies.models import Cinema, Movie, Showtime

# Only these move money: a constraint sets every other event's amount to 0.
MONEY_KINDS = (EventKind.PAYMENT_SUCCEEDED, EventKind.REFUNDED)

AnyModel = TypeVar("AnyModel", bound=models.Model)


class Basis(models.TextChoices):
    """The date by which rows are counted."""

    SALE = "sale", _("by sale date: on the day it was written into the ledger")
    SHOW = "show", _("by show date: on the day of its showtime, whenever it happened")


class BusinessDate(Func):
    """The business day of a timestamp: ``BusinessDate(moment, zone name)``."""

    arg_joiner = " AT TIME ZONE "
    template = f"((%(expressions)s) - INTERVAL '{settings.BUSINESS_DAY_STARTS_HOUR} hours')::date"
    output_field = models.DateField()


@dataclass(frozen=True)
class ReportScope:
    """``first`` and ``last`` are inclusive business days. Without cinemas there are no rows.

    The caller checks permissions; nothing below does.
    """

    cinemas: tuple[Cinema, ...]
    first: date
    last: date
    basis: Basis
    at: datetime
    movie: Movie | None = None
    sees_voucher_codes: bool = False  # whole codes, for readers who may change prices

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def narrow(
        self, rows: models.QuerySet[AnyModel], booking: str, moment: str
    ) -> models.QuerySet[AnyModel]:
        """Filter ``rows`` to the scope. ``booking`` is the lookup prefix (``"booking__"``)."""
        showtime = f"{booking}showtime__"
        rows = rows.filter(**self._location_filter(showtime)).order_by()
        if self.basis == Basis.SHOW:
            return rows.filter(**{f"{showtime}business_date__range": (self.first, self.last)})
        return rows.filter(self._time_filter(showtime, moment))

    def day(self, booking: str, moment: str) -> F | Func:
        """The business day on which a row counts."""
        if self.basis == Basis.SHOW:
            return F(f"{booking}showtime__business_date")
        return BusinessDate(moment, f"{booking}showtime__studio__cinema__time_zone")

    def showtimes(self) -> models.QuerySet[Showtime]:
        """Showtimes on these days, regardless of the basis, without cancelled ones."""
        days = {"business_date__range": (self.first, self.last)}
        return Showtime.objects.live().filter(**days, **self._location_filter("")).order_by()

    def ledger_rupiah(self) -> int:
        """Sum of the ledger's events in this scope, which reports of money must add up to."""
        money = BookingEvent.objects.filter(kind__in=MONEY_KINDS)
        events = self.narrow(money, "booking__", "at")
        moved = events.aggregate(moved=models.Sum("amount_rupiah", default=0))
        return int(moved["moved"])

    def _time_filter(self, showtime: str, moment: str) -> Q:
        """Time ranges per time zone, within an enclosing range for the index.

        A date computed from each cinema's time zone would not be indexable:
        the planner would join every row with every cinema first.
        """
        zones: defaultdict[str, list[int]] = defaultdict(list)
        for cinema in self.cinemas:
            zones[cinema.time_zone].append(cinema.pk)
        spans = {zone: (_begins(self.first, zone), self._ends(zone)) for zone in zones}
        exact = Q()
        for zone, cinema_ids in zones.items():
            exact |= Q(
                **{f"{showtime}studio__cinema__in": cinema_ids}, **_between(moment, *spans[zone])
            )
        if len(zones) <= 1:
            return exact
        earliest = min(begins for begins, _ends in spans.values())
        latest = max(ends for _begins, ends in spans.values())
        return Q(**_between(moment, earliest, latest)) & exact

    def _ends(self, zone: str) -> datetime:
        return _begins(self.last + timedelta(days=1), zone)

    def _location_filter(self, showtime: str) -> dict[str, Any]:
        places: dict[str, Any] = {
            f"{showtime}studio__cinema__in": [cinema.pk for cinema in self.cinemas]
        }
        if self.movie is not None:
            places[f"{showtime}movie"] = self.movie.pk
        return places


def _begins(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(settings.BUSINESS_DAY_STARTS_HOUR), ZoneInfo(zone))


def _between(moment: str, begins: datetime, ends: datetime) -> dict[str, datetime]:
    return {f"{moment}__gte": begins, f"{moment}__lt": ends}
