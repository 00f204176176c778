"""Schedule board of one cinema and business day: showtimes by studio, with their sales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, Q

from movies.models import Cinema, Showtime, Studio
from movies.scheduling.business_day import BusinessDay
from seating.layouts.publishing import current_layouts
from seating.models import SeatStatus, ShowtimeSeat

LABEL_EVERY_MINUTES = 60
SOLD = Q(status=SeatStatus.SOLD)
# Consecutive film ids get distant hues (the golden angle).
HUE_STEP_DEGREES = 137.508


@dataclass(frozen=True, kw_only=True)
class Block:
    """One showtime on the time line; minutes count from the start of the business day."""

    showtime: Showtime
    from_minute: int
    trailers_minutes: int
    film_minutes: int
    cleaning_minutes: int
    starts_at: datetime  # these three in the cinema's time zone
    film_ends_at: datetime
    free_at: datetime
    sold: int
    capacity: int
    has_begun: bool

    @property
    def minutes(self) -> int:
        return self.trailers_minutes + self.film_minutes + self.cleaning_minutes

    @property
    def hue_degrees(self) -> int:
        return round(self.showtime.movie_id * HUE_STEP_DEGREES) % 360

    @property
    def sold_percent(self) -> int:
        return round(100 * self.sold / self.capacity) if self.capacity else 0


@dataclass(frozen=True, kw_only=True)
class Lane:
    studio: Studio
    has_layout: bool
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Board:
    cinema: Cinema
    day: date
    starts_at: datetime
    minutes: int
    hours: tuple[tuple[int, datetime], ...]  # minute of the day and its local time
    now_minute: int | None  # None on any other day
    lanes: tuple[Lane, ...]
    cancelled: int

    @property
    def is_past(self) -> bool:
        """Whether the day is over, so that nothing can be added."""
        return self.now_minute is not None and self.now_minute >= self.minutes

    @property
    def is_now(self) -> bool:
        return self.now_minute is not None and 0 <= self.now_minute < self.minutes

    @property
    def showtimes(self) -> int:
        return sum(len(lane.blocks) for lane in self.lanes)


def read_board(cinema: Cinema, day: date, *, at: datetime) -> Board:
    """Read the board in four queries, whatever its size."""
    business_day = BusinessDay(cinema, day)
    studios = list(cinema.studios.order_by("name"))
    layouts = current_layouts([studio.pk for studio in studios])
    showtimes = list(
        Showtime.objects.filter(studio__cinema=cinema, business_date=day)
        .select_related("movie")
        .order_by("starts_at")
    )
    live = [showtime for showtime in showtimes if showtime.cancelled_at is None]
    seats = _seats(live)
    blocks: dict[int, list[Block]] = {studio.pk: [] for studio in studios}
    by_id = {studio.pk: studio for studio in studios}
    for showtime in live:
        studio = by_id[showtime.studio_id]
        sold, capacity = seats.get(showtime.pk, (0, 0))
        blocks[studio.pk].append(_block(showtime, studio, business_day, sold, capacity, at))
    return Board(
        cinema=cinema,
        day=day,
        starts_at=business_day.starts_at,
        minutes=business_day.minutes,
        hours=tuple(_hours(business_day)),
        now_minute=business_day.minute_of(at),
        lanes=tuple(
            Lane(
                studio=studio,
                has_layout=studio.pk in layouts,
                blocks=tuple(blocks[studio.pk]),
            )
            for studio in studios
        ),
        cancelled=len(showtimes) - len(live),
    )


def _seats(showtimes: Sequence[Showtime]) -> dict[int, tuple[int, int]]:
    """Numbers of sold seats and of all seats by showtime."""
    rows = (
        ShowtimeSeat.objects.filter(showtime__in=[showtime.pk for showtime in showtimes])
        .values_list("showtime")
        .annotate(sold=Count("pk", filter=SOLD), capacity=Count("pk"))
        .order_by()
    )
    return {showtime_id: (sold, capacity) for showtime_id, sold, capacity in rows}


def _block(
    showtime: Showtime,
    studio: Studio,
    business_day: BusinessDay,
    sold: int,
    capacity: int,
    at: datetime,
) -> Block:
    """Split the stored interval into parts that add up to it, whatever the studio's rules now."""
    zone = business_day.cinema.zone
    kept = int((showtime.ends_at - showtime.starts_at).total_seconds() // 60)
    film = min(showtime.movie.duration_minutes, kept)
    trailers = min(studio.trailers_minutes, kept - film)
    film_ends_at = showtime.starts_at + timedelta(minutes=trailers + film)
    return Block(
        showtime=showtime,
        from_minute=business_day.minute_of(showtime.starts_at),
        trailers_minutes=trailers,
        film_minutes=film,
        cleaning_minutes=kept - film - trailers,
        starts_at=showtime.starts_at.astimezone(zone),
        film_ends_at=film_ends_at.astimezone(zone),
        free_at=showtime.ends_at.astimezone(zone),
        sold=sold,
        capacity=capacity,
        has_begun=showtime.starts_at <= at,
    )


def _hours(business_day: BusinessDay) -> list[tuple[int, datetime]]:
    zone = business_day.cinema.zone
    start = business_day.starts_at
    return [
        (minute, (start + timedelta(minutes=minute)).astimezone(UTC).astimezone(zone))
        for minute in range(0, business_day.minutes, LABEL_EVERY_MINUTES)
    ]
