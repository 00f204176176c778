"""Which part of the history a report looks at: days, cinemas, a film, and when something counts.

Days are the cinemas' business days: each begins at 05:00 in the cinema's own zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from django.db import models
from django.db.models import F, Func
from django.utils.translation import gettext_lazy as _

from bookings.models import BookingEvent
from movies.models import Cinema, Movie, Showtime
from movies.models.cinema import BUSINESS_DAY_STARTS_HOUR

# No zone is further from UTC than this, business days' late beginning included.
ZONES_REACH = timedelta(hours=24)

AnyModel = TypeVar("AnyModel", bound=models.Model)


class Basis(models.TextChoices):
    """When something counts."""

    SALE = "sale", _("by sale date: on the day it was written into the ledger")
    SHOW = "show", _("by show date: on the day of its showtime, whenever it happened")


class BusinessDate(Func):
    """The business day of a moment at a cinema: ``BusinessDate(moment, zone's name)``."""

    arg_joiner = " AT TIME ZONE "
    template = f"((%(expressions)s) - INTERVAL '{BUSINESS_DAY_STARTS_HOUR} hours')::date"
    output_field = models.DateField()


@dataclass(frozen=True)
class Slice:
    """``first`` and ``last`` are business days, both included. ``cinemas``: none gives no rows.

    Whoever makes one has looked at the reader's rights; nothing below does.
    """

    cinemas: tuple[Cinema, ...]
    first: date
    last: date
    basis: Basis
    at: datetime
    movie: Movie | None = None

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def narrow(
        self, rows: models.QuerySet[AnyModel], booking: str, moment: str
    ) -> models.QuerySet[AnyModel]:
        """The rows that count here. ``booking``: the way to it (``"booking__"``)."""
        showtime = f"{booking}showtime__"
        rows = rows.filter(**self._places(showtime)).order_by()
        if self.basis == Basis.SHOW:
            return rows.filter(**{f"{showtime}business_date__range": (self.first, self.last)})
        # Coarse, so that the index on the moment is used; then exact, zone by zone.
        earliest = datetime.combine(self.first, time(), UTC) - ZONES_REACH
        latest = datetime.combine(self.last, time(), UTC) + timedelta(days=1) + ZONES_REACH
        rows = rows.filter(**{f"{moment}__gte": earliest, f"{moment}__lt": latest})
        dated: Any = rows.alias(business_day_of_moment=self.day(booking, moment))
        exact: models.QuerySet[AnyModel] = dated.filter(
            business_day_of_moment__range=(self.first, self.last)
        )
        return exact

    def day(self, booking: str, moment: str) -> F | Func:
        """The business day on which a row counts."""
        if self.basis == Basis.SHOW:
            return F(f"{booking}showtime__business_date")
        return BusinessDate(moment, f"{booking}showtime__studio__cinema__time_zone")

    def showtimes(self) -> models.QuerySet[Showtime]:
        """Those that are shown on these days, whatever the basis, without the cancelled ones."""
        days = {"business_date__range": (self.first, self.last)}
        return Showtime.objects.live().filter(**days, **self._places("")).order_by()

    def ledger_rupiah(self) -> int:
        """The sum of the ledger's events of this slice: what reports of money must add up to."""
        events = self.narrow(BookingEvent.objects.all(), "booking__", "at")
        moved = events.aggregate(moved=models.Sum("amount_rupiah", default=0))
        return int(moved["moved"])

    def _places(self, showtime: str) -> dict[str, Any]:
        places: dict[str, Any] = {
            f"{showtime}studio__cinema__in": [cinema.pk for cinema in self.cinemas]
        }
        if self.movie is not None:
            places[f"{showtime}movie"] = self.movie.pk
        return places
