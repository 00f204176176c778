"""Fixtures of plans: cinemas with seats and price cards, and plans formatted as short lines."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from movies.models import Cinema, Movie, PriceCard, Showtime, Studio
from movies.scheduling.plans import Plan
from tests.factories import make_cinema, make_layout, make_movie, make_showtime, make_studio

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # Monday noon in Jakarta
MONDAY, TUESDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 27)
SATURDAY = date(2026, 11, 28)


def price(studio_class: str = "regular", **days_rupiah: int) -> None:
    for day_kind, price_rupiah in days_rupiah.items():
        PriceCard.objects.create(
            studio_class=studio_class,
            screen_format="2D",
            day_kind=day_kind,
            price_rupiah=price_rupiah,
        )


def prices() -> None:
    price(weekday=40_000, friday=45_000, weekend=60_000)


def open_cinema(
    name: str = "Layar Menteng", *names: str, **fields: Any
) -> tuple[Cinema, list[Studio]]:
    """A cinema whose studios all have seats."""
    cinema = make_cinema(name=name, **fields)
    studios = [make_studio(cinema, name=studio) for studio in names or ("Studio 1",)]
    for studio in studios:
        make_layout(studio, rows="A", seats_per_row=2)
    return cinema, studios


def rain(minutes: int = 95) -> Movie:
    """A film that occupies a studio for two hours, with trailers and cleaning."""
    return make_movie(title_id="Hujan", title_en="Rain", duration_minutes=minutes)


def make_scheduled(studio: Studio, local: str, film: Movie, **fields: Any) -> Showtime:
    starts_at = datetime.fromisoformat(local).replace(tzinfo=studio.cinema.zone)
    layout = studio.layouts.get()
    return make_showtime(studio, at=AT, starts_at=starts_at, movie=film, layout=layout, **fields)


def summary(plan: Plan) -> list[tuple[str, str, int | str]]:
    """Studio, local time, and the price or the conflict."""
    return [
        (
            row.request.studio_name,
            f"{row.request.local:%m-%d %H:%M}",
            row.price_rupiah or row.obstacle,
        )
        for row in plan.rows
    ]


def live_showtimes(cinema: Cinema) -> list[tuple[str, str, str, int]]:
    """Studio, local time, business date and price of all live showtimes."""
    live = Showtime.objects.live().filter(studio__cinema=cinema).select_related("studio")
    return [
        (
            showtime.studio.name,
            f"{showtime.starts_at.astimezone(cinema.zone):%m-%d %H:%M}",
            f"{showtime.business_date:%m-%d}",
            showtime.base_price_rupiah,
        )
        for showtime in live
    ]
