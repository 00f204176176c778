"""Page structures of the catalogue: movies by status, day tabs, showtimes grouped by movie."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from movies.catalogue.catalogue import Catalogue
from movies.catalogue.records import (
    CinemaRecord,
    MovieDayRecord,
    MovieRecord,
    ShowtimeRecord,
    StudioRecord,
)

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
    """One showtime with its local start."""

    showtime: ShowtimeRecord
    studio: StudioRecord
    local: datetime
    is_on_sale: bool
    opens_later: bool

    @property
    def hour(self) -> str:
        return f"{self.local:%H:%M}"


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
    with_showtimes = {entry.business_date for entry in movie_days}
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
    screen_format: str = "",
) -> list[MovieListing]:
    """Group the showtimes of a business date by movie, most showtimes first."""
    movies = {known.id: known for known in catalogue.movies()}
    open_days = {(entry.cinema_id, entry.business_date) for entry in catalogue.movie_days(at)}
    by_movie: dict[int, MovieListing] = {}
    for cinema in cinemas:
        if (cinema.id, day) not in open_days:
            continue
        for showtime in catalogue.showtimes(cinema, day, at):
            is_wanted = movie is None or showtime.movie_id == movie.id
            if is_wanted and screen_format in ("", showtime.screen_format):
                listing = by_movie.setdefault(
                    showtime.movie_id, MovieListing(movies[showtime.movie_id])
                )
                _add(listing, cinema, showtime, at)
    return sorted(
        by_movie.values(), key=lambda listing: (-listing.slots_count, listing.movie.title)
    )


def _add(
    listing: MovieListing, cinema: CinemaRecord, showtime: ShowtimeRecord, at: datetime
) -> None:
    if not listing.cinemas or listing.cinemas[-1].cinema.id != cinema.id:
        listing.cinemas.append(CinemaListing(cinema))
    studio = next(studio for studio in cinema.studios if studio.id == showtime.studio_id)
    local = showtime.starts_at.astimezone(cinema.zone)
    opens_later = showtime.sale_opens_at > at
    listing.cinemas[-1].slots.append(
        TimeSlot(showtime, studio, local, showtime.is_on_sale(at), opens_later)
    )
    listing.slots_count += 1
