"""Read model of the catalogue for pages and API: movies, cinemas, and what is shown when.

Entries come from Redis (``movies.catalogue.cache``); only missing ones are read from the database.
They are the same for every visitor and language; showtimes that have begun are filtered on reading.
A saved or deleted movie, cinema, studio, genre or showtime invalidates everything on commit;
statements that send no model signals (``update()``, ``bulk_create()``) must be followed by
``new_generation()``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cached_property, partial
from typing import Any, TypeVar, cast

import orjson
from django.db.models import F, Max, Prefetch, QuerySet
from django.utils import timezone

from core.db import replica
from movies.catalogue import cache, free_seats
from movies.catalogue.availability import Availability, FreeSeats, availability
from movies.catalogue.cache import new_generation
from movies.catalogue.records import (
    CinemaRecord,
    MovieDayRecord,
    MovieRecord,
    ProgrammeLanguages,
    ShowtimeRecord,
)
from movies.models import Cinema, Movie, Showtime, Studio

Value = TypeVar("Value")

# The number changes with the record: during a rolling restart two programs share the cache.
MOVIES, CINEMAS, SHOWTIMES, SHOWTIME = "movies:3", "cinemas:2", "showtimes:2", "showtime:2"

__all__ = ["Catalogue", "new_generation"]


class Catalogue:
    """A consistent snapshot of the catalogue: every entry is of the same generation.

    Without a generation (None: Redis is unavailable) everything comes from the database.
    """

    def __init__(self, token: bytes | None) -> None:
        self.token = token
        self._read: dict[str, Any] = {}
        self._free_seats: dict[int, FreeSeats] = {}
        self._counted: set[int] = set()

    @classmethod
    def current(cls) -> Catalogue:
        return cls(cache.generation())

    @property
    def generation(self) -> bytes | None:
        """The token without its revision."""
        return None if self.token is None else cache.without_revision(self.token)

    def movies(self) -> tuple[MovieRecord, ...]:
        """Return all movies, newest release first."""
        return self._entry(MOVIES, _movies, lambda rows: tuple(map(MovieRecord.from_json, rows)))

    def cinemas(self) -> tuple[CinemaRecord, ...]:
        """Return all cinemas, by city and name."""
        return self._entry(CINEMAS, _cinemas, lambda rows: tuple(map(CinemaRecord.from_json, rows)))

    def languages(self) -> ProgrammeLanguages:
        """Return the audio and subtitle languages of the programme."""
        return self._entry("languages", _languages, ProgrammeLanguages.from_json)

    def movie_days(self, at: datetime) -> list[MovieDayRecord]:
        """Return which movie is still to be shown in which cinema on which business date."""
        rows = self._entry(
            "movie_days", _movie_days, lambda rows: tuple(map(MovieDayRecord.from_json, rows))
        )
        return [
            entry
            for entry in rows
            if entry.last_starts_at > at and entry.movie_id in self._known_movies
        ]

    def showtimes_on(self, cinema: CinemaRecord, day: date, at: datetime) -> list[ShowtimeRecord]:
        """Return a cinema's showtimes that are found under ``day``: those of its business date and
        those after its midnight, which belong to the evening before."""
        dates = {
            entry.business_date
            for entry in self.movie_days(at)
            if entry.cinema_id == cinema.id and day in entry.dates(cinema.zone)
        }
        return [
            showtime
            for business_date in sorted(dates)
            for showtime in self.showtimes(cinema, business_date, at)
            if showtime.is_on(day, cinema.zone)
        ]

    def showtimes(self, cinema: CinemaRecord, day: date, at: datetime) -> list[ShowtimeRecord]:
        """Return a cinema's showtimes of a business date that have not begun, by start."""
        rows = self._entry(
            f"{SHOWTIMES}:{cinema.id}:{day.isoformat()}",
            lambda: _showtimes(
                Showtime.objects.live()
                .filter(studio__cinema=cinema.id, business_date=day)
                .order_by("starts_at", "studio_id")
            ),
            lambda rows: tuple(map(ShowtimeRecord.from_json, rows)),
        )
        return [
            showtime for showtime in rows if showtime.starts_at > at and self._is_complete(showtime)
        ]

    def showtime(self, showtime_id: int) -> ShowtimeRecord | None:
        """Return one showtime, also one that began or was cancelled; None if it does not exist."""
        try:
            showtime = self._entry(
                f"{SHOWTIME}:{showtime_id}",
                lambda: _one_showtime(showtime_id),
                ShowtimeRecord.from_json,
            )
        except Showtime.DoesNotExist:  # not cached: guessed ids must not fill the cache
            return None
        return showtime if self._is_complete(showtime) else None

    def changed_showtimes(self, changed: QuerySet[Showtime], count: int) -> list[ShowtimeRecord]:
        """Return the first of ``changed`` by business date, start and id; not cached."""
        complete = changed.filter(movie__in=self._known_movies, studio__in=self._known_studios)
        ordered = complete.order_by("business_date", "starts_at", "pk")[:count]
        rows = orjson.loads(orjson.dumps(replica.read_there(partial(_showtimes, ordered))))
        return [ShowtimeRecord.from_json(row) for row in rows]

    def count_seats(self, showtimes: Iterable[ShowtimeRecord]) -> None:
        """Read the free seats of several showtimes at once, for ``availability``."""
        missing = [each.id for each in showtimes if each.id not in self._counted]
        self._free_seats |= free_seats.read(missing)
        self._counted.update(missing)

    def availability(self, showtime: ShowtimeRecord, at: datetime) -> Availability:
        """Return the state of sale and the price of the cheapest free seat (1 s old at most)."""
        self.count_seats([showtime])
        return availability(showtime, self._free_seats.get(showtime.id), at)

    def _is_complete(self, showtime: ShowtimeRecord) -> bool:
        """Whether movie and studio are known. Entries are built one by one, so between a commit and
        the new generation one may contain a showtime whose movie another does not have yet."""
        return showtime.movie_id in self._known_movies and showtime.studio_id in self._known_studios

    @cached_property
    def _known_movies(self) -> frozenset[int]:
        return frozenset(movie.id for movie in self.movies())

    @cached_property
    def _known_studios(self) -> frozenset[int]:
        return frozenset(studio.id for cinema in self.cinemas() for studio in cinema.studios)

    def _entry(self, name: str, build: Callable[[], Any], decode: Callable[[Any], Value]) -> Value:
        """Read an entry at most once per snapshot, even while there is no cache."""
        if name not in self._read:
            build = partial(replica.read_there, build)
            self._read[name] = cache.read(name, self.token, build, decode)
        return cast(Value, self._read[name])


def _movies() -> list[dict[str, Any]]:
    return [
        {
            "id": movie.pk,
            "slug": movie.slug,
            "title_id": movie.title_id,
            "title_en": movie.title_en,
            "synopsis_id": movie.synopsis_id,
            "synopsis_en": movie.synopsis_en,
            "duration_minutes": movie.duration_minutes,
            "classification": movie.classification,
            "genres": [
                {"slug": genre.slug, "name_id": genre.name_id, "name_en": genre.name_en}
                for genre in movie.genres.all()
            ],
            "release_date": movie.release_date,
            "original_language": movie.original_language,
            "country": movie.country,
            "director": movie.director,
            "cast": movie.cast,
            "distributor": movie.distributor,
            "is_indonesian": movie.is_indonesian,
            "attribution": movie.attribution,
            "trailer_url": movie.trailer_url,
            "poster_url": movie.poster_url,
            "posters": movie.posters,
            "updated_at": movie.updated_at,
        }
        for movie in Movie.objects.prefetch_related("genres")
    ]


def _cinemas() -> list[dict[str, Any]]:
    studios = Prefetch("studios", Studio.objects.order_by("name"))
    return [
        {
            "id": cinema.pk,
            "slug": cinema.slug,
            "name": cinema.name,
            "city": cinema.city,
            "city_slug": cinema.city_slug,
            "address": cinema.address,
            "phone": cinema.phone,
            "time_zone": cinema.time_zone,
            "latitude": cinema.latitude,
            "longitude": cinema.longitude,
            "updated_at": cinema.updated_at,
            "studios": [
                {"id": studio.pk, "name": studio.name, "studio_class": studio.studio_class}
                for studio in cinema.studios.all()
            ],
        }
        for cinema in Cinema.objects.prefetch_related(studios)
    ]


def _movie_days() -> list[dict[str, Any]]:
    upcoming = Showtime.objects.live().filter(starts_at__gt=timezone.now())
    rows = (
        upcoming.order_by("business_date", "movie_id", "studio__cinema_id")
        .values("business_date", "movie_id", cinema_id=F("studio__cinema_id"))
        .annotate(last_starts_at=Max("starts_at"))
    )
    return [dict(row) for row in rows]


def _languages() -> dict[str, list[str]]:
    upcoming = Showtime.objects.live().filter(starts_at__gt=timezone.now()).order_by()
    pairs = upcoming.values_list("audio_language", "subtitle_language").distinct()
    audio, subtitles = (set(each) for each in zip(*pairs, strict=True)) if pairs else ((), ())
    return {"audio": sorted({*audio} - {""}), "subtitles": sorted({*subtitles} - {""})}


def _one_showtime(showtime_id: int) -> dict[str, Any]:
    rows = _showtimes(Showtime.objects.filter(pk=showtime_id))
    if not rows:
        raise Showtime.DoesNotExist
    return rows[0]


def _showtimes(showtimes: QuerySet[Showtime]) -> list[dict[str, Any]]:
    rows: Iterable[Showtime] = showtimes.select_related("studio")
    return [
        {
            "id": row.pk,
            "movie_id": row.movie_id,
            "cinema_id": row.studio.cinema_id,
            "studio_id": row.studio_id,
            "starts_at": row.starts_at,
            "film_ends_at": row.film_ends_at,
            "business_date": row.business_date,
            "screen_format": row.screen_format,
            "audio_language": row.audio_language,
            "subtitle_language": row.subtitle_language,
            "sale_opens_at": row.sale_opens_at,
            "sale_closes_at": row.sale_closes_at,
            "base_price_rupiah": row.base_price_rupiah,
            "cancelled_at": row.cancelled_at,
            "updated_at": row.updated_at,
        }
        for row in rows
    ]
