"""A small chain for tests of the catalogue: two cities, three films, showtimes on two days.

Times are relative to ``NOON``, a Monday noon in Jakarta, to which tests set the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from movies.models import Cinema, Genre, Movie, Showtime, Studio
from tests.factories import make_cinema, make_movie, make_showtime, make_studio

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # 12:00 WIB, 14:00 WIT
TODAY = date(2026, 11, 23)
TOMORROW = date(2026, 11, 24)


@dataclass
class Chain:
    menteng: Cinema
    jayapura: Cinema
    west: Studio
    east: Studio
    rain: Movie
    lantern: Movie
    harbour: Movie
    tonight: Showtime
    late: Showtime
    tomorrow: Showtime
    in_the_east: Showtime


def open_chain() -> Chain:
    menteng = make_cinema(name="Layar Menteng", slug="layar-menteng")
    jayapura = make_cinema(
        name="Layar Jayapura",
        slug="layar-jayapura",
        city="Jayapura",
        city_slug="jayapura",
        time_zone="Asia/Jayapura",
    )
    west = make_studio(menteng, name="Studio 1")
    east = make_studio(jayapura, name="Studio 1")
    drama = Genre.objects.create(slug="drama", name_id="Drama", name_en="Drama")
    family = Genre.objects.create(slug="family", name_id="Keluarga", name_en="Family")
    rain = _film("hujan", "Hujan", "Rain", TODAY, director="Siti")
    rain.genres.add(drama)
    lantern = _film("lentera", "Lentera", "Lantern", TODAY - timedelta(days=7), director="Budi")
    lantern.genres.add(family)
    harbour = _film("pelabuhan", "Pelabuhan", "Harbour", TODAY + timedelta(days=10))
    return Chain(
        menteng,
        jayapura,
        west,
        east,
        rain,
        lantern,
        harbour,
        tonight=_show(west, rain, NOON + timedelta(hours=7), TODAY),  # 19:00 WIB
        late=_show(west, lantern, NOON + timedelta(hours=12, minutes=30), TODAY),  # 00:30 WIB
        tomorrow=_show(west, rain, NOON + timedelta(hours=31), TOMORROW),
        in_the_east=_show(east, lantern, NOON + timedelta(hours=5), TODAY),  # 19:00 WIT
    )


def _film(slug: str, title_id: str, title_en: str, release_date: date, director: str = "") -> Movie:
    names = {"slug": slug, "title_id": title_id, "title_en": title_en, "director": director}
    return make_movie(**names, release_date=release_date)


def _show(studio: Studio, film: Movie, starts_at: datetime, business_date: date) -> Showtime:
    return make_showtime(
        studio, at=NOON, movie=film, starts_at=starts_at, business_date=business_date, rows=""
    )
