"""Remaining showtimes of today in a city: by time, and for the cards of its films."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from movies.catalogue import listings
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.filters import CatalogueFilters
from movies.catalogue.listings import TimeSlot
from movies.catalogue.records import CinemaRecord, MovieRecord

CARD_SLOTS_MAX = 4


@dataclass(frozen=True)
class Screening:
    movie: MovieRecord
    cinema: CinemaRecord
    slot: TimeSlot


@dataclass(frozen=True)
class FilmCard:
    """A film with the next of its showtimes today; ``slots`` may be empty."""

    movie: MovieRecord
    slots: tuple[TimeSlot, ...]


def screenings_today(
    catalogue: Catalogue, cinemas: Sequence[CinemaRecord], filters: CatalogueFilters, at: datetime
) -> list[Screening]:
    """Showtimes of the running business day that have not begun, by start."""
    days = {cinema.business_date(at) for cinema in cinemas}
    found = [
        Screening(listing.movie, each.cinema, slot)
        for day in days
        for listing in listings.movie_listings(
            catalogue, cinemas, day, at, wants=filters.wants_showtime
        )
        for each in listing.cinemas
        for slot in each.slots
        if slot.showtime.business_date == day == each.cinema.business_date(at)
    ]
    return sorted(found, key=lambda each: (each.slot.showtime.starts_at, each.slot.showtime.id))


def film_cards(movies: Sequence[MovieRecord], screenings: Sequence[Screening]) -> list[FilmCard]:
    """Cards in the order of ``movies``, with their next showtimes that have free seats."""
    slots: dict[int, list[TimeSlot]] = {}
    for each in screenings:
        if each.slot.availability.has_seats:
            slots.setdefault(each.movie.id, []).append(each.slot)
    return [FilmCard(movie, tuple(slots.get(movie.id, ())[:CARD_SLOTS_MAX])) for movie in movies]
