"""The live desk's figures: how each cinema's business day goes, computed from the rows themselves.

A business day begins at 05:00 in the cinema's own zone. ``figures`` asks ``QUERIES_PER_CINEMA``
queries for a cinema, through indexes that find one day, one programme or what is open: their cost
does not grow with the history. What each figure means is written in ``reports.desk_words``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict, cast
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Now, TruncHour

from bookings.models import BookingEvent, EventKind, Refund, RefundStatus, Ticket
from movies.models import Cinema
from movies.models.cinema import BUSINESS_DAY_STARTS_HOUR
from reports.models import Incident
from reports.sales import BLOCKED, HELD, SOLD
from seating.models import Hold, ShowtimeSeat

QUERIES_PER_CINEMA = 7
HOURS_OF_DAY = 24
MONEY_KINDS = [EventKind.PAYMENT_SUCCEEDED, EventKind.PAYMENT_FAILED, EventKind.REFUNDED]


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
    """What is counted per cinema and added up over cinemas."""

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
    """A cinema's business day as a span of time."""

    cinema: Cinema
    starts_at: datetime

    @classmethod
    def of(cls, cinema: Cinema, at: datetime) -> Day:
        date = cinema.business_date(at)
        hour = BUSINESS_DAY_STARTS_HOUR
        return cls(cinema, datetime(date.year, date.month, date.day, hour, tzinfo=cinema.zone))

    @property
    def within(self) -> Q:
        """Events ``at`` this day."""
        return Q(at__gte=self.starts_at, at__lt=self.starts_at + timedelta(days=1))

    @property
    def zone(self) -> ZoneInfo:
        return self.cinema.zone

    def week_before(self) -> Day:
        return Day(self.cinema, self.starts_at - timedelta(days=7))

    def hour_of(self, at: datetime) -> int:
        """The hour's place in the business day, 0 for the one that begins at 05:00."""
        return (at.astimezone(self.zone).hour - self.starts_at.hour) % HOURS_OF_DAY


def figures(cinemas: Iterable[Cinema], at: datetime) -> list[CinemaFigures]:
    """How the business day of ``at`` goes in each cinema, as a JSON-ready document."""
    return [cinema_figures(cinema, at) for cinema in cinemas]


def cinema_figures(cinema: Cinema, at: datetime) -> CinemaFigures:
    day = Day.of(cinema, at)
    money = _money(day)
    films = _films(day)
    showtimes = _showtimes(day)
    refunds_due, refunds_due_rupiah = _refunds_due(cinema)
    return {
        "cinema": cinema.pk,
        "name": cinema.name,
        "date": day.starts_at.date().isoformat(),
        "numbers": {
            "tickets_sold": sum(film["tickets"] for film in films),
            "received_rupiah": money.received_rupiah,
            "given_back_rupiah": money.given_back_rupiah,
            "revenue_rupiah": money.received_rupiah - money.given_back_rupiah,
            "seats_sold": sum(showtime["sold"] for showtime in showtimes),
            "seats_capacity": sum(showtime["capacity"] for showtime in showtimes),
            "seats_held_now": _held_now(cinema),
            "failed_payments": money.failed,
            "refunds_due": refunds_due,
            "refunds_due_rupiah": refunds_due_rupiah,
            "incidents": Incident.objects.unresolved().filter(cinema=cinema).count(),
        },
        "hours_rupiah": money.hours_rupiah,
        "hours_last_week_rupiah": _received_by_hour(day.week_before()),
        "films": films,
        "methods_rupiah": money.methods_rupiah,
        "showtimes": showtimes,
    }


def total(cinemas: Iterable[CinemaFigures], *, chain_incidents: int = 0) -> Numbers:
    """The sum of every number over these cinemas, with what is open of the chain itself."""
    added = [cast("dict[str, int]", cinema["numbers"]) for cinema in cinemas]
    names = Numbers.__annotations__
    summed = {name: sum(numbers[name] for numbers in added) for name in names}
    summed["incidents"] += chain_incidents
    return cast(Numbers, summed)


def open_incidents_of_the_chain() -> int:
    """Those of no cinema: a backup that failed, a worker that stopped."""
    return Incident.objects.unresolved().filter(cinema__isnull=True).count()


@dataclass
class _Money:
    """What the ledger of one day says."""

    received_rupiah: int
    given_back_rupiah: int
    failed: int
    hours_rupiah: list[int]
    methods_rupiah: dict[str, int]


def _money(day: Day) -> _Money:
    rows = (
        _events(day)
        .filter(kind__in=MONEY_KINDS)
        .values_list("kind", "actor", TruncHour("at", tzinfo=day.zone))
        .annotate(times=Count("pk"), moved=Sum("amount_rupiah"))
    )
    money = _Money(0, 0, 0, [0] * HOURS_OF_DAY, {})
    methods: Counter[str] = Counter()
    for kind, provider, hour, times, moved in rows.order_by():
        if kind == EventKind.PAYMENT_FAILED:
            money.failed += times
        elif kind == EventKind.REFUNDED:
            money.given_back_rupiah -= moved
        else:
            money.received_rupiah += moved
            money.hours_rupiah[day.hour_of(hour)] += moved
            methods[provider] += moved
    money.methods_rupiah = dict(methods.most_common())
    return money


def _received_by_hour(day: Day) -> list[int]:
    hours: defaultdict[int, int] = defaultdict(int)
    rows = (
        _events(day)
        .filter(kind=EventKind.PAYMENT_SUCCEEDED)
        .values_list(TruncHour("at", tzinfo=day.zone))
        .annotate(moved=Sum("amount_rupiah"))
    )
    for hour, moved in rows.order_by():
        hours[day.hour_of(hour)] += moved
    return [hours[hour] for hour in range(HOURS_OF_DAY)]


def _events(day: Day) -> QuerySet[BookingEvent]:
    return BookingEvent.objects.filter(day.within, booking__showtime__studio__cinema=day.cinema.pk)


def _films(day: Day) -> list[Film]:
    """Live tickets of the orders confirmed this day, by film."""
    confirmed = _events(day).filter(kind=EventKind.CONFIRMED).values("booking")
    movie = "booking__showtime__movie"
    rows = (
        Ticket.objects.live()
        .filter(booking__in=confirmed)
        .values_list(movie, f"{movie}__title_id", f"{movie}__title_en")
        .annotate(
            sold=Count("pk"),
            paid=Sum(F("price_rupiah") + F("fee_rupiah") - F("discount_rupiah")),
        )
        .order_by("-sold", f"{movie}__title_en")
    )
    return [
        Film(movie=pk, title_id=title_id, title_en=title_en, tickets=sold, paid_rupiah=paid)
        for pk, title_id, title_en, sold, paid in rows
    ]


def _showtimes(day: Day) -> list[ShowtimeFigures]:
    """Today's programme, in order of time, each with what its seats are doing."""
    rows = (
        ShowtimeSeat.objects.filter(
            showtime__studio__cinema=day.cinema.pk,
            showtime__business_date=day.starts_at.date(),
            showtime__cancelled_at__isnull=True,
        )
        .values_list(
            "showtime",
            "showtime__starts_at",
            "showtime__movie__title_id",
            "showtime__movie__title_en",
            "showtime__studio__name",
        )
        .annotate(
            sold=Count("pk", filter=SOLD),
            held=Count("pk", filter=HELD),
            blocked=Count("pk", filter=BLOCKED),
            capacity=Count("pk"),
        )
        .order_by("showtime__starts_at", "showtime__studio__name")
    )
    return [
        {
            "id": showtime_id,
            "starts": starts_at.astimezone(day.zone).strftime("%H:%M"),
            "title_id": title_id,
            "title_en": title_en,
            "studio": studio,
            "sold": sold,
            "held": held,
            "blocked": blocked,
            "remaining": capacity - sold - held - blocked,
            "capacity": capacity,
        }
        for (
            showtime_id,
            starts_at,
            title_id,
            title_en,
            studio,
            sold,
            held,
            blocked,
            capacity,
        ) in rows
    ]


def _held_now(cinema: Cinema) -> int:
    """Seats in somebody's hands at this moment, whatever day their show is."""
    watched = Hold.objects.open().filter(expires_at__gt=Now(), showtime__studio__cinema=cinema.pk)
    return ShowtimeSeat.objects.filter(HELD, showtime__in=watched.values("showtime")).count()


def _refunds_due(cinema: Cinema) -> tuple[int, int]:
    due = (
        Refund.objects.exclude(status=RefundStatus.REFUNDED)
        .filter(payment__booking__showtime__studio__cinema=cinema.pk)
        .aggregate(times=Count("pk"), owed=Sum("amount_rupiah", default=0))
    )
    return due["times"], due["owed"]
