"""Page structures of the catalogue: movies by status, day tabs, showtimes grouped by movie."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from movies.catalogue.availability import Availability
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.records import (
    CinemaRecord,
    MovieDayRecord,
    MovieRecord,
    ProgrammeLanguages,
    ShowtimeRecord,
    StudioRecord,
)
from movies.models import ScreenFormat
from movies.models.business_day import night_of

DAYS_SHOWN = 14
# Release dates are national; most of the country's days begin in this zone.
RELEASE_ZONE = zoneinfo.ZoneInfo("Asia/Jakarta")
ZONE_NAMES = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
}


@dataclass(frozen=True)
class TimeSlot:
    """One showtime with its local start and end."""

    showtime: ShowtimeRecord
    studio: StudioRecord
    local: datetime
    local_end: datetime
    availability: Availability

    @property
    def hour(self) -> str:
        return f"{self.local:%H:%M}"

    @property
    def end_hour(self) -> str:
        return f"{self.local_end:%H:%M}"

    @property
    def night_of(self) -> str:
        return night_of(self.local, self.showtime.business_date)


@dataclass
class CinemaListing:
    cinema: CinemaRecord
    slots: list[TimeSlot] = field(default_factory=list)


@dataclass
class MovieListing:
    """A movie with the cinemas and times of one day."""

    movie: MovieRecord
    cinemas: list[CinemaListing] = field(default_factory=list)
    slots_count: int = 0


@dataclass(frozen=True)
class DayTab:
    date: date
    has_showtimes: bool
    is_current: bool
    is_today: bool


def zone_name(cinema: CinemaRecord, at: datetime) -> str:
    return ZONE_NAMES.get(cinema.time_zone) or at.astimezone(cinema.zone).tzname() or ""


def is_coming_soon(movie: MovieRecord, at: datetime) -> bool:
    return movie.release_date > at.astimezone(RELEASE_ZONE).date()


def movies_by_status(
    catalogue: Catalogue, status: str, at: datetime, cinema_ids: set[int] | None = None
) -> list[MovieRecord]:
    """Return movies now showing (in these cinemas) or coming soon; ``status`` "" returns both."""
    movie_days = catalogue.movie_days(at)
    shown = {
        entry.movie_id
        for entry in movie_days
        if cinema_ids is None or entry.cinema_id in cinema_ids
    }
    shown_anywhere = {entry.movie_id for entry in movie_days}
    now = [f for f in catalogue.movies() if f.id in shown and not is_coming_soon(f, at)]
    # A coming movie is listed for every city until its first showtimes are scheduled.
    soon = [
        movie
        for movie in catalogue.movies()
        if is_coming_soon(movie, at) and (movie.id in shown or movie.id not in shown_anywhere)
    ]
    soon.sort(key=lambda movie: (movie.release_date, movie.title_en))
    return {"now_showing": now, "coming_soon": soon}.get(status, now + soon)


def movie_days_of(
    movie_days: Iterable[MovieDayRecord],
    cinemas: Sequence[CinemaRecord],
    movie: MovieRecord | None = None,
) -> list[MovieDayRecord]:
    cinema_ids = {cinema.id for cinema in cinemas}
    return [
        entry
        for entry in movie_days
        if entry.cinema_id in cinema_ids and (movie is None or entry.movie_id == movie.id)
    ]


def days(
    movie_days: Iterable[MovieDayRecord],
    cinemas: Sequence[CinemaRecord],
    wanted: date | None,
    at: datetime,
) -> list[DayTab]:
    """Return the next ``DAYS_SHOWN`` business dates. The wanted day is current, otherwise the first
    with showtimes. A wanted day further ahead is appended; a past one is ignored.
    """
    today = min((cinema.business_date(at) for cinema in cinemas), default=at.date())
    zones = {cinema.id: cinema.zone for cinema in cinemas}
    with_showtimes = {day for entry in movie_days for day in entry.dates(zones[entry.cinema_id])}
    dates = [today + timedelta(days=offset) for offset in range(DAYS_SHOWN)]
    if wanted is not None and wanted > dates[-1]:
        dates.append(wanted)
    if wanted is None or wanted < today:
        wanted = next((day for day in dates if day in with_showtimes), today)
    return [DayTab(day, day in with_showtimes, day == wanted, day == today) for day in dates]


def current_date(strip: Sequence[DayTab]) -> date:
    return next(day.date for day in strip if day.is_current)


def movie_listings(
    catalogue: Catalogue,
    cinemas: Sequence[CinemaRecord],
    day: date,
    at: datetime,
    *,
    movie: MovieRecord | None = None,
    wants: Callable[[ShowtimeRecord, CinemaRecord], bool] = lambda _showtime, _cinema: True,
) -> list[MovieListing]:
    """Group the showtimes that are found under ``day`` by movie, most showtimes first."""
    movies = {known.id: known for known in catalogue.movies()}
    wanted = [
        (cinema, showtime)
        for cinema in cinemas
        for showtime in catalogue.showtimes_on(cinema, day, at)
        if movie is None or showtime.movie_id == movie.id
        if wants(showtime, cinema)
    ]
    catalogue.count_seats(showtime for _cinema, showtime in wanted)
    by_movie: dict[int, MovieListing] = {}
    for cinema, showtime in wanted:
        listing = by_movie.setdefault(showtime.movie_id, MovieListing(movies[showtime.movie_id]))
        _add(catalogue, listing, cinema, showtime, at)
    return sorted(
        by_movie.values(), key=lambda listing: (-listing.slots_count, listing.movie.title)
    )


def _add(
    catalogue: Catalogue,
    listing: MovieListing,
    cinema: CinemaRecord,
    showtime: ShowtimeRecord,
    at: datetime,
) -> None:
    if not listing.cinemas or listing.cinemas[-1].cinema.id != cinema.id:
        listing.cinemas.append(CinemaListing(cinema))
    studio = next(studio for studio in cinema.studios if studio.id == showtime.studio_id)
    local = showtime.starts_at.astimezone(cinema.zone)
    local_end = showtime.film_ends_at.astimezone(cinema.zone)
    listing.cinemas[-1].slots.append(
        TimeSlot(showtime, studio, local, local_end, catalogue.availability(showtime, at))
    )
    listing.slots_count += 1


def other_showtimes(
    catalogue: Catalogue, showtime: ShowtimeRecord, at: datetime, limit: int
) -> list[tuple[CinemaRecord, TimeSlot]]:
    """Return the next showtimes of the same film that have free seats: of its cinema, then of the
    other cinemas of the city."""
    here = next(cinema for cinema in catalogue.cinemas() if cinema.id == showtime.cinema_id)
    movie = next(movie for movie in catalogue.movies() if movie.id == showtime.movie_id)
    nearby = [c for c in catalogue.cinemas() if c.city_slug == here.city_slug and c != here]
    found: list[tuple[CinemaRecord, TimeSlot]] = []
    for cinemas in ([here], nearby):
        movie_days = movie_days_of(catalogue.movie_days(at), cinemas, movie)
        for day in sorted({entry.business_date for entry in movie_days}):
            for listing in movie_listings(catalogue, cinemas, day, at, movie=movie):
                found += [
                    (each.cinema, slot)
                    for each in listing.cinemas
                    for slot in each.slots
                    if slot.availability.has_seats and slot.showtime.id != showtime.id
                    if slot.showtime.business_date == day
                ]
            if len(found) >= limit:
                return found[:limit]
    return found


def versions_of(
    catalogue: Catalogue,
    cinemas: Sequence[CinemaRecord],
    day: date,
    at: datetime,
    movie: MovieRecord,
) -> tuple[ProgrammeLanguages, list[tuple[str, str]]]:
    """Return the languages and the formats, with labels, of a film's showtimes under ``day``."""
    showtimes = [
        showtime
        for cinema in cinemas
        for showtime in catalogue.showtimes_on(cinema, day, at)
        if showtime.movie_id == movie.id
    ]
    languages = ProgrammeLanguages(
        tuple(sorted({each.audio_language for each in showtimes})),
        tuple(sorted({each.subtitle_language for each in showtimes} - {""})),
    )
    shown = {each.screen_format for each in showtimes}
    formats = [(value, str(label)) for value, label in ScreenFormat.choices if value in shown]
    return languages, formats
