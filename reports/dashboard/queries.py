"""Queries of the dashboard's figures, one per topic for all cinemas.

Rows are filtered by studio ids rather than by joining the small studio table:
the planner then has showtime statistics per studio even if the studio table was never
analyzed, and finds the day's events by time instead of reading a cinema's whole history.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, DateTimeField, F, Func, Q, Sum
from django.db.models.functions import Now

from bookings.models import BookingEvent, EventKind, Refund, RefundStatus
from movies.models import Movie, Showtime, Studio
from reports.dashboard.showtime_sales import BLOCKED, HELD, SOLD
from reports.dashboard.types import HOURS_OF_DAY, Day, Film, ShowtimeFigures
from reports.figures.scope import BusinessDate
from reports.models import Incident
from seating.models import Hold, ShowtimeSeat

WEEK = timedelta(days=7)
MONEY_KINDS = [EventKind.PAYMENT_SUCCEEDED, EventKind.PAYMENT_FAILED, EventKind.REFUNDED]
CINEMA = "booking__showtime__studio__cinema"
ZONE = f"{CINEMA}__time_zone"

Titles = dict[int, tuple[str, str]]


class _TodaysShowtime(NamedTuple):
    """One of today's showtimes."""

    showtime: int
    cinema: int
    studio: int
    movie: int
    starts_at: datetime


class _Sold(NamedTuple):
    """Live tickets of one film from bookings confirmed today."""

    cinema: int
    movie: int
    tickets: int
    paid_rupiah: int


class _LocalHour(Func):
    """The local hour of a timestamp: ``_LocalHour(moment, zone)``."""

    arg_joiner = " AT TIME ZONE "
    template = "DATE_TRUNC('hour', %(expressions)s)"
    output_field = DateTimeField()


def _hours() -> list[int]:
    return [0] * HOURS_OF_DAY


@dataclass
class Money:
    """Ledger sums of one day, with the hourly sums of a week before."""

    received_rupiah: int = 0
    given_back_rupiah: int = 0
    failed: int = 0
    hours_rupiah: list[int] = field(default_factory=_hours)
    hours_last_week_rupiah: list[int] = field(default_factory=_hours)
    methods_rupiah: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Counts:
    """Every figure by cinema id, defaulting to zero."""

    money: defaultdict[int, Money]
    films: defaultdict[int, list[Film]]
    showtimes: defaultdict[int, list[ShowtimeFigures]]
    held_now: Counter[int]
    refunds_due: defaultdict[int, tuple[int, int]]
    incidents: Counter[int]


def count(days: Sequence[Day]) -> Counts:
    by_cinema = {day.cinema.pk: day for day in days}
    studios = dict(Studio.objects.filter(cinema__in=by_cinema).values_list("pk", "name"))
    sold = _sold(by_cinema, studios)
    shown = _todays_showtimes(by_cinema, studios)
    films = {one.movie for one in sold} | {one.movie for one in shown}
    titles: Titles = {
        pk: (title_id, title_en)
        for pk, title_id, title_en in Movie.objects.filter(pk__in=films).values_list(
            "pk", "title_id", "title_en"
        )
    }
    return Counts(
        money=_money(by_cinema, studios),
        films=_films(sold, titles),
        showtimes=_showtimes(by_cinema, studios, shown, titles),
        held_now=_held_now(studios),
        refunds_due=_refunds_due(studios),
        incidents=_incidents(by_cinema),
    )


def _spans(days: Collection[Day], back: timedelta = timedelta()) -> Q:
    """Range filter covering these days in all time zones, for the index on ``at``."""
    first = min((day.starts_at for day in days), default=None)
    last = max((day.ends_at for day in days), default=None)
    if first is None or last is None:
        return Q(pk__in=[])
    return Q(at__gte=first - back, at__lt=last - back)


def _money(days: dict[int, Day], studios: Collection[int]) -> defaultdict[int, Money]:
    """Sums by local hour, for today and the same day last week."""
    spans = _spans(days.values()) | _spans(days.values(), WEEK)
    rows = (
        BookingEvent.objects.filter(
            spans, kind__in=MONEY_KINDS, booking__showtime__studio__in=list(studios)
        )
        .values_list(CINEMA, "kind", "actor", _LocalHour("at", ZONE))
        .annotate(times=Count("pk"), moved=Sum("amount_rupiah"))
        .order_by()
    )
    found: defaultdict[int, Money] = defaultdict(Money)
    for cinema, kind, provider, hour, times, moved in rows:
        begun = hour - timedelta(hours=settings.BUSINESS_DAY_STARTS_HOUR)
        today, money = days[cinema].starts_at.date(), found[cinema]
        if begun.date() == today - WEEK and kind == EventKind.PAYMENT_SUCCEEDED:
            money.hours_last_week_rupiah[begun.hour] += moved
        elif begun.date() == today:
            _add(money, kind, provider, begun.hour, times, moved)
    return found


def _add(money: Money, kind: str, provider: str, hour: int, times: int, moved: int) -> None:
    if kind == EventKind.PAYMENT_FAILED:
        money.failed += times
    elif kind == EventKind.REFUNDED:
        money.given_back_rupiah -= moved
    else:
        money.received_rupiah += moved
        money.hours_rupiah[hour] += moved
        money.methods_rupiah[provider] += moved


def _sold(days: dict[int, Day], studios: Collection[int]) -> list[_Sold]:
    ticket = "booking__tickets__"
    rows = (
        BookingEvent.objects.filter(
            _spans(days.values()),
            kind=EventKind.CONFIRMED,
            booking__showtime__studio__in=list(studios),
            booking__tickets__issued_at__isnull=False,
            booking__tickets__voided_at__isnull=True,
        )
        .values_list(CINEMA, BusinessDate("at", ZONE), "booking__showtime__movie")
        .annotate(
            sold=Count("booking__tickets"),
            paid=Sum(
                F(f"{ticket}price_rupiah")
                + F(f"{ticket}fee_rupiah")
                - F(f"{ticket}discount_rupiah")
            ),
        )
        .order_by()
    )
    return [
        _Sold(cinema, movie, sold, paid)
        for cinema, day, movie, sold, paid in rows
        if day == days[cinema].starts_at.date()
    ]


def _films(sold: Sequence[_Sold], titles: Titles) -> defaultdict[int, list[Film]]:
    found: defaultdict[int, list[Film]] = defaultdict(list)
    for one in sorted(sold, key=lambda one: (-one.tickets, titles[one.movie][1])):
        title_id, title_en = titles[one.movie]
        found[one.cinema].append(
            {
                "movie": one.movie,
                "title_id": title_id,
                "title_en": title_en,
                "tickets": one.tickets,
                "paid_rupiah": one.paid_rupiah,
            }
        )
    return found


def _todays_showtimes(days: dict[int, Day], studios: Collection[int]) -> list[_TodaysShowtime]:
    """Today's showtimes in order of time."""
    dates = {day.starts_at.date() for day in days.values()}
    rows = (
        Showtime.objects.live()
        .filter(studio__in=list(studios), business_date__in=dates)
        .values_list("business_date", "pk", "studio__cinema", "studio", "movie", "starts_at")
        .order_by("starts_at", "studio__name")
    )
    return [
        _TodaysShowtime(showtime, cinema, studio, movie, starts_at)
        for day, showtime, cinema, studio, movie, starts_at in rows
        if day == days[cinema].starts_at.date()
    ]


def _showtimes(
    days: dict[int, Day], studios: dict[int, str], shown: Sequence[_TodaysShowtime], titles: Titles
) -> defaultdict[int, list[ShowtimeFigures]]:
    """Today's showtimes with their seat counts."""
    rows = (
        ShowtimeSeat.objects.filter(showtime__in=[one.showtime for one in shown])
        .values_list("showtime")
        .annotate(
            sold=Count("pk", filter=SOLD),
            held=Count("pk", filter=HELD),
            blocked=Count("pk", filter=BLOCKED),
            capacity=Count("pk"),
        )
        .order_by()
    )
    seats = {showtime: counts for showtime, *counts in rows}
    found: defaultdict[int, list[ShowtimeFigures]] = defaultdict(list)
    for one in shown:
        if one.showtime not in seats:
            continue
        sold, held, blocked, capacity = seats[one.showtime]
        title_id, title_en = titles[one.movie]
        found[one.cinema].append(
            {
                "id": one.showtime,
                "starts": one.starts_at.astimezone(days[one.cinema].zone).strftime("%H:%M"),
                "title_id": title_id,
                "title_en": title_en,
                "studio": studios[one.studio],
                "sold": sold,
                "held": held,
                "blocked": blocked,
                "remaining": capacity - sold - held - blocked,
                "capacity": capacity,
            }
        )
    return found


def _held_now(studios: Collection[int]) -> Counter[int]:
    """Seats held now, for showtimes of any day."""
    watched = Hold.objects.open().filter(expires_at__gt=Now(), showtime__studio__in=list(studios))
    rows = (
        ShowtimeSeat.objects.filter(HELD, showtime__in=watched.values("showtime"))
        .values_list("showtime__studio__cinema")
        .annotate(seats=Count("pk"))
        .order_by()
    )
    return Counter(dict(rows))


def _refunds_due(studios: Collection[int]) -> defaultdict[int, tuple[int, int]]:
    cinema = "payment__booking__showtime__studio__cinema"
    rows = (
        Refund.objects.exclude(status=RefundStatus.REFUNDED)
        .filter(payment__booking__showtime__studio__in=list(studios))
        .values_list(cinema)
        .annotate(times=Count("pk"), owed=Sum("amount_rupiah"))
        .order_by()
    )
    found: defaultdict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    found.update({pk: (times, owed) for pk, times, owed in rows})
    return found


def _incidents(cinemas: Collection[int]) -> Counter[int]:
    rows = (
        Incident.objects.unresolved()
        .filter(cinema__in=list(cinemas))
        .values_list("cinema")
        .annotate(times=Count("pk"))
        .order_by()
    )
    return Counter(dict(rows))
