"""Showtimes of the demo chain, from a week ago to two weeks ahead.

Only days on which a studio shows nothing yet are filled, so managers' own showtimes are not changed
and a run on a later day adds the missing days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from demo import chain
from demo.films.films import FILMS, Film
from demo.programme import DAYS_AHEAD, DAYS_BACK, Slot, plan_day
from demo.studios import DemoStudio
from movies.models import Movie, Showtime, Studio
from movies.scheduling.showtimes import ShowtimeDraft, schedule_showtimes

SALE_OPENS_DAYS_BEFORE = DAYS_AHEAD + DAYS_BACK + 1


def fill_programme(at: datetime) -> Iterator[tuple[date, int]]:
    """Schedule one business day after another; yields each day that got shows, and how many.

    Each day is a transaction of its own.
    """
    studios = _studios()
    movies = Movie.objects.in_bulk([film.slug for film in FILMS], field_name="slug")
    today = {studio.cinema_id: studio.cinema.business_date(at) for studio, _demo in studios}
    days = {
        day + timedelta(days=n) for day in today.values() for n in range(-DAYS_BACK, DAYS_AHEAD + 1)
    }
    taken = set(
        Showtime.objects.live()
        .filter(business_date__in=days, studio__in=[studio for studio, _demo in studios])
        .values_list("studio_id", "business_date")
        .distinct()
    )
    for day in sorted(days):
        drafts = [
            draft
            for studio, demo_studio in studios
            if -DAYS_BACK <= (day - today[studio.cinema_id]).days <= DAYS_AHEAD
            and (studio.pk, day) not in taken
            for draft in _drafts(studio, demo_studio, day, movies)
        ]
        if drafts:
            schedule_showtimes(drafts, at=_scheduled_at(drafts, at))
            yield day, len(drafts)


def _studios() -> list[tuple[Studio, DemoStudio]]:
    """The demo's studios that still exist."""
    known = {
        (cinema.slug, studio.name): studio for cinema in chain.CINEMAS for studio in cinema.studios
    }
    rows = Studio.objects.select_related("cinema").order_by("pk")
    return [
        (studio, known[studio.cinema.slug, studio.name])
        for studio in rows
        if (studio.cinema.slug, studio.name) in known
    ]


def _drafts(
    studio: Studio, demo_studio: DemoStudio, day: date, movies: dict[str, Movie]
) -> list[ShowtimeDraft]:
    released = [
        film for film in FILMS if film.slug in movies and movies[film.slug].release_date <= day
    ]
    key = f"{studio.cinema.slug}/{demo_studio.name}"
    return [
        _draft(studio, movies[slot.film.slug], slot, day)
        for slot in plan_day(demo_studio, key, day, released)
    ]


def _draft(studio: Studio, movie: Movie, slot: Slot, day: date) -> ShowtimeDraft:
    starts_at = slot.starts_at(day, studio.cinema.zone)
    film: Film = slot.film
    return ShowtimeDraft(
        studio=studio,
        movie=movie,
        starts_at=starts_at,
        screen_format=slot.screen_format,
        audio_language=film.original_language,
        subtitle_language=film.subtitle_language,
        base_price_rupiah=chain.SHORT_FILM_PRICE_RUPIAH if film.is_short else None,
        sale_opens_at=starts_at - timedelta(days=SALE_OPENS_DAYS_BEFORE),
    )


def _scheduled_at(drafts: list[ShowtimeDraft], at: datetime) -> datetime:
    """Return ``at``, or for a day that has begun the time when it would have been scheduled."""
    first = min(draft.starts_at for draft in drafts)
    return at if first > at else first - timedelta(days=SALE_OPENS_DAYS_BEFORE)
