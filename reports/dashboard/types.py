"""JSON types of the dashboard's figures, and the business day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from movies.models import Cinema

HOURS_OF_DAY = 24


class Film(TypedDict):
    movie: int
    title_id: str
    title_en: str
    tickets: int
    paid_rupiah: int


class ShowtimeFigures(TypedDict):
    id: int
    starts: str  # hh:mm in the cinema's zone
    title_id: str
    title_en: str
    studio: str
    sold: int
    held: int
    blocked: int
    remaining: int
    capacity: int


class Numbers(TypedDict):
    """Figures that can be summed over cinemas."""

    tickets_sold: int
    received_rupiah: int
    given_back_rupiah: int
    revenue_rupiah: int
    seats_sold: int
    seats_capacity: int
    seats_held_now: int
    failed_payments: int
    refunds_due: int
    refunds_due_rupiah: int
    incidents: int


class CinemaFigures(TypedDict):
    cinema: int
    name: str
    date: str
    numbers: Numbers
    hours_rupiah: list[int]  # received by hour of the business day, the first begins at 05:00
    hours_last_week_rupiah: list[int]
    films: list[Film]
    methods_rupiah: dict[str, int]  # payment provider → received
    showtimes: list[ShowtimeFigures]


@dataclass(frozen=True)
class Day:
    """A cinema's business day as a time range."""

    cinema: Cinema
    starts_at: datetime

    @classmethod
    def of(cls, cinema: Cinema, at: datetime) -> Day:
        date = cinema.business_date(at)
        hour = settings.BUSINESS_DAY_STARTS_HOUR
        return cls(cinema, datetime(date.year, date.month, date.day, hour, tzinfo=cinema.zone))

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(days=1)

    @property
    def within(self) -> Q:
        """Filter for events of this day."""
        return Q(at__gte=self.starts_at, at__lt=self.ends_at)

    @property
    def zone(self) -> ZoneInfo:
        return self.cinema.zone
