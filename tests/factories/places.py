"""Factories of users, cinemas, films, showtimes and holds."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from movies.models import Cinema, Movie, Role, Showtime, StaffPost, Studio
from seating.models import Hold, Layout, Seat, SeatCategory, SeatStatus, ShowtimeSeat

numbers = itertools.count(1)

BASE_PRICE_RUPIAH = 50_000
PASSWORD = "a long enough password"


def make_user(**fields: Any) -> User:
    number = next(numbers)
    fields = {
        "email": f"person{number}@example.com",
        "password": PASSWORD,
        "name": f"Person {number}",
    } | fields
    return User.objects.create_user(**fields)


def make_staff(role: Role, *cinemas: Cinema | None, **fields: Any) -> User:
    """A member of staff with this role at these cinemas; None means the whole chain."""
    person = make_user(is_staff=True, **fields)
    for cinema in cinemas:
        StaffPost.objects.create(user=person, role=role, cinema=cinema)
    return person


def make_manager(*cinemas: Cinema, **fields: Any) -> User:
    return make_staff(Role.MANAGER, *cinemas, **fields)


def make_cinema(**fields: Any) -> Cinema:
    number = next(numbers)
    return Cinema.objects.create(
        **{
            "name": f"Layar Satu {number}",
            "slug": f"layar-satu-{number}",
            "city": "Jakarta",
            "city_slug": "jakarta",
            "address": "Jl. Contoh 1",
            "time_zone": "Asia/Jakarta",
        }
        | fields
    )


def make_studio(cinema: Cinema | None = None, **fields: Any) -> Studio:
    return Studio.objects.create(
        **{"cinema": cinema or make_cinema(), "name": f"Studio {next(numbers)}"} | fields
    )


def make_layout(
    studio: Studio, *, rows: str = "AB", seats_per_row: int = 5, **fields: Any
) -> Layout:
    """The studio's next layout: ``rows`` of regular seats without gaps, row A at the screen."""
    layout = Layout.objects.create(
        **{"studio": studio, "version": studio.layouts.count() + 1, "grid": ""} | fields
    )
    Seat.objects.bulk_create(
        Seat(
            layout=layout,
            row=row,
            number=number,
            column=number,
            line=line,
            category=SeatCategory.REGULAR,
        )
        for line, row in enumerate(rows)
        for number in range(1, seats_per_row + 1)
    )
    return layout


def make_movie(**fields: Any) -> Movie:
    number = next(numbers)
    return Movie.objects.create(
        **{
            "slug": f"film-{number}",
            "title_id": f"Film {number}",
            "title_en": f"Picture {number}",
            "synopsis_id": "Sebuah cerita.",
            "synopsis_en": "A story.",
            "duration_minutes": 100,
            "classification": "SU",
            "release_date": date(2026, 1, 1),
            "original_language": "Indonesia",
            "country": "Indonesia",
            "director": "A. Sutradara",
        }
        | fields
    )


def make_showtime(
    studio: Studio | None = None,
    *,
    at: datetime | None = None,
    starts_at: datetime | None = None,
    layout: Layout | None = None,
    rows: str = "AB",
    seats_per_row: int = 5,
    **fields: Any,
) -> Showtime:
    """A showtime on sale at ``at`` (now), starting a day later, with a row for each free seat."""
    at = at or timezone.now()
    starts_at = starts_at or at + timedelta(days=1)
    studio = studio or make_studio()
    movie = fields.pop("movie", None) or make_movie()
    showtime = Showtime.objects.create(
        **{
            "studio": studio,
            "movie": movie,
            "starts_at": starts_at,
            "ends_at": starts_at + studio.occupied_for(movie.duration_minutes),
            "business_date": studio.cinema.business_date(starts_at),
            "audio_language": "Indonesia",
            "sale_opens_at": min(at, starts_at) - timedelta(hours=1),
            "sale_closes_at": starts_at,
            "base_price_rupiah": BASE_PRICE_RUPIAH,
        }
        | fields
    )
    layout = layout or make_layout(studio, rows=rows, seats_per_row=seats_per_row)
    ShowtimeSeat.objects.bulk_create(
        ShowtimeSeat(showtime=showtime, seat=seat, price_rupiah=showtime.base_price_rupiah)
        for seat in layout.seats.all()
    )
    return showtime


def free_seats(showtime: Showtime, count: int) -> list[ShowtimeSeat]:
    seats = showtime.seats.filter(status=SeatStatus.AVAILABLE).order_by("seat_id")[:count]
    return list(seats.select_related("seat"))


def make_hold(
    showtime: Showtime,
    seats: Sequence[ShowtimeSeat] | int = 1,
    *,
    at: datetime | None = None,
    seconds: int = 300,
    visitor: str | None = None,
    **fields: Any,
) -> Hold:
    """A hold on ``seats`` (or on that many free ones) until ``at + seconds``."""
    at = at or timezone.now()
    hold = Hold.objects.create(
        **{
            "showtime": showtime,
            "visitor": visitor or f"web:{uuid.uuid4()}",
            "created_at": min(at, at + timedelta(seconds=seconds - 1)),
            "expires_at": at + timedelta(seconds=seconds),
        }
        | fields
    )
    for seat in free_seats(showtime, seats) if isinstance(seats, int) else seats:
        seat.status, seat.hold, seat.held_until = SeatStatus.HELD, hold, hold.expires_at
        seat.version += 1
        seat.save(update_fields=["status", "hold", "held_until", "version"])
    return hold
