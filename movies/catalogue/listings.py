"""How the programme is laid out for readers: films by status, days in a row, hours under films."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from movies.catalogue.catalogue import Catalogue, Film, Hall, Place, Run, Showing

DAYS_SHOWN = 14
# Release dates are the country's; its days begin here for most people.
RELEASE_ZONE = zoneinfo.ZoneInfo("Asia/Jakarta")
ZONE_NAMES = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
}


@dataclass(frozen=True)
class Slot:
    """One showing as a reader sees it: its hour where it is shown."""

    showing: Showing
    hall: Hall
    local: datetime
    is_on_sale: bool
    opens_later: bool

    @property
    def hour(self) -> str:
        return f"{self.local:%H:%M}"


@dataclass
class Venue:
    place: Place
    slots: list[Slot] = field(default_factory=list)


@dataclass
class Bill:
    """A film and where and when it is shown on one day."""

    film: Film
    venues: list[Venue] = field(default_factory=list)
    slots_count: int = 0


@dataclass(frozen=True)
class Day:
    date: date
    has_showings: bool
    is_current: bool
    is_today: bool


def zone_name(place: Place, at: datetime) -> str:
    return ZONE_NAMES.get(place.time_zone) or at.astimezone(place.zone).tzname() or ""


def is_coming_soon(film: Film, at: datetime) -> bool:
    return film.release_date > at.astimezone(RELEASE_ZONE).date()


def films_by_status(
    catalogue: Catalogue, status: str, at: datetime, place_ids: set[int] | None = None
) -> list[Film]:
    """Films on the programme (of these cinemas) and films to come; ``status`` "" is both."""
    runs = catalogue.runs(at)
    shown = {run.movie_id for run in runs if place_ids is None or run.cinema_id in place_ids}
    shown_anywhere = {run.movie_id for run in runs}
    now = [f for f in catalogue.films() if f.id in shown and not is_coming_soon(f, at)]
    # A film to come belongs to every city until its first showings say otherwise.
    soon = [
        film
        for film in catalogue.films()
        if is_coming_soon(film, at) and (film.id in shown or film.id not in shown_anywhere)
    ]
    soon.sort(key=lambda film: (film.release_date, film.title_en))
    return {"now_showing": now, "coming_soon": soon}.get(status, now + soon)


def runs_of(runs: Iterable[Run], places: Sequence[Place], film: Film | None = None) -> list[Run]:
    place_ids = {place.id for place in places}
    return [
        run
        for run in runs
        if run.cinema_id in place_ids and (film is None or run.movie_id == film.id)
    ]


def days(
    runs: Iterable[Run], places: Sequence[Place], wanted: date | None, at: datetime
) -> list[Day]:
    """The next ``DAYS_SHOWN`` business dates. Current is the wanted day, else the first with shows.

    A wanted day further ahead is added at the end; one that is over is not shown at all.
    """
    today = min((place.business_date(at) for place in places), default=at.date())
    with_showings = {run.business_date for run in runs}
    dates = [today + timedelta(days=offset) for offset in range(DAYS_SHOWN)]
    if wanted is not None and wanted > dates[-1]:
        dates.append(wanted)
    if wanted is None or wanted < today:
        wanted = next((day for day in dates if day in with_showings), today)
    return [Day(day, day in with_showings, day == wanted, day == today) for day in dates]


def current_date(strip: Sequence[Day]) -> date:
    return next(day.date for day in strip if day.is_current)


def bills(
    catalogue: Catalogue,
    places: Sequence[Place],
    day: date,
    at: datetime,
    *,
    film: Film | None = None,
    screen_format: str = "",
) -> list[Bill]:
    """What these cinemas show on a business date, most often shown film first."""
    films = {known.id: known for known in catalogue.films()}
    open_days = {(run.cinema_id, run.business_date) for run in catalogue.runs(at)}
    by_film: dict[int, Bill] = {}
    for place in places:
        if (place.id, day) not in open_days:
            continue
        for showing in catalogue.showings(place, day, at):
            is_wanted = film is None or showing.movie_id == film.id
            if is_wanted and screen_format in ("", showing.screen_format):
                bill = by_film.setdefault(showing.movie_id, Bill(films[showing.movie_id]))
                _add(bill, place, showing, at)
    return sorted(by_film.values(), key=lambda bill: (-bill.slots_count, bill.film.title))


def _add(bill: Bill, place: Place, showing: Showing, at: datetime) -> None:
    if not bill.venues or bill.venues[-1].place.id != place.id:
        bill.venues.append(Venue(place))
    hall = next(hall for hall in place.studios if hall.id == showing.studio_id)
    local = showing.starts_at.astimezone(place.zone)
    opens_later = showing.sale_opens_at > at
    bill.venues[-1].slots.append(Slot(showing, hall, local, showing.is_on_sale(at), opens_later))
    bill.slots_count += 1
