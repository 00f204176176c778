"""Catalogue pages: the same for every visitor, so ``page_cache`` stores whole responses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.errors import NotFound
from movies.catalogue import listings, page_cache
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.filters import CatalogueFilters
from movies.catalogue.records import CinemaRecord, GenreRecord, MovieRecord
from movies.catalogue.search import search_among
from movies.catalogue.tonight import film_cards, screenings_today
from movies.models import ScreenFormat

HOME_FILMS_MAX = 10
HOME_COMING_MAX = 5
HOME_SCREENINGS_MAX = 12
FEATURED_AMONG = 5
SHOWTIME_FILTERS = ("format", "audio", "subtitles", "time")

PageView = Callable[..., HttpResponse]


def catalogue_page(page: PageView) -> Callable[..., HttpResponseBase]:
    """Decorator for pages that depend only on URL, language and catalogue: cached by page_cache."""

    @require_safe
    @wraps(page)
    def view(request: HttpRequest, **captured: Any) -> HttpResponseBase:
        at = timezone.now()
        return page_cache.answer(
            request, at, lambda catalogue: page(request, catalogue=catalogue, at=at, **captured)
        )

    return view


def _cities(cinemas: tuple[CinemaRecord, ...]) -> list[CinemaRecord]:
    """One cinema of each city, for its name and slug."""
    return list({cinema.city_slug: cinema for cinema in cinemas}.values())


def _genres(movies: list[MovieRecord]) -> list[GenreRecord]:
    by_slug = {genre.slug: genre for movie in movies for genre in movie.genres}
    return sorted(by_slug.values(), key=lambda genre: genre.name)


def _query(filters: CatalogueFilters, *fields: str) -> dict[str, str]:
    """Effective filters, for links that change one filter and keep the others."""
    readers: dict[str, Callable[[], str]] = {
        "q": lambda: filters.text,
        "status": lambda: filters.status,
        "genre": lambda: filters.genre.slug if filters.genre else "",
        "city": lambda: filters.city,
        "cinema": lambda: filters.cinema.slug if filters.cinema else "",
        "film": lambda: filters.movie.slug if filters.movie else "",
        "date": lambda: filters.day.isoformat() if filters.day else "",
    }
    return {field: readers[field]() for field in fields}


def _showtime_query(filters: CatalogueFilters) -> dict[str, str]:
    """Effective filters of showtimes and their day."""
    return {
        "format": filters.screen_format,
        "audio": filters.audio,
        "subtitles": filters.subtitles,
        "time": filters.time,
        "date": filters.day.isoformat() if filters.day else "",
    }


@catalogue_page
def home(request: HttpRequest, *, catalogue: Catalogue, at: datetime) -> HttpResponse:
    filters = CatalogueFilters(request.GET, catalogue)
    cities = _cities(catalogue.cinemas())
    city = next(
        (each for each in cities if each.city_slug == filters.city), next(iter(cities), None)
    )
    in_city = [c for c in catalogue.cinemas() if city and c.city_slug == city.city_slug]
    today_here = screenings_today(catalogue, in_city, filters, at)
    now = listings.movies_by_status(catalogue, "now_showing", at)
    coming = listings.movies_by_status(catalogue, "coming_soon", at)
    candidates = [movie for movie in now if movie.poster_url][:FEATURED_AMONG] or now[:1]
    today = at.astimezone(listings.RELEASE_ZONE).date()
    featured = candidates[today.toordinal() % len(candidates)] if candidates else None
    return render(
        request,
        "movies/home.html",
        {
            "filters": filters,
            "query": _query(filters, "city") | {"time": filters.time},
            "city": city,
            "screenings": today_here[:HOME_SCREENINGS_MAX],
            "has_more_screenings": len(today_here) > HOME_SCREENINGS_MAX,
            "featured": featured,
            "now_showing": film_cards(now[:HOME_FILMS_MAX], today_here),
            "has_more": len(now) > HOME_FILMS_MAX,
            "coming_soon": coming[:HOME_COMING_MAX],
            "cities": cities,
        },
    )


@catalogue_page
def movies(request: HttpRequest, *, catalogue: Catalogue, at: datetime) -> HttpResponse:
    filters = CatalogueFilters(request.GET, catalogue)
    cinemas = [cinema for cinema in catalogue.cinemas() if filters.city in ("", cinema.city_slug)]
    known = listings.movies_by_status(
        catalogue, filters.status, at, {cinema.id for cinema in cinemas}
    )
    found = search_among(catalogue, known, filters, at)
    return render(
        request,
        "movies/films.html",
        {
            "filters": filters,
            "query": _query(filters, "q", "status", "genre", "city"),
            "now_showing": [
                movie for movie in found.movies if not listings.is_coming_soon(movie, at)
            ],
            "coming_soon": [movie for movie in found.movies if listings.is_coming_soon(movie, at)],
            "found_count": len(found.movies),
            "instead": found.instead,
            "cities": _cities(catalogue.cinemas()),
            "genres": _genres(listings.movies_by_status(catalogue, "", at)),
            "is_filtered": any([filters.text, filters.genre, filters.city, filters.status]),
        },
    )


@catalogue_page
def movie(request: HttpRequest, *, catalogue: Catalogue, at: datetime, slug: str) -> HttpResponse:
    shown = next((movie for movie in catalogue.movies() if movie.slug == slug), None)
    if shown is None:
        raise NotFound
    filters = CatalogueFilters(request.GET, catalogue)
    cinemas = [cinema for cinema in catalogue.cinemas() if filters.city in ("", cinema.city_slug)]
    if filters.cinema is not None:
        cinemas = [filters.cinema]
    movie_days = listings.movie_days_of(catalogue.movie_days(at), cinemas, shown)
    strip = listings.days(movie_days, cinemas, filters.day, at)
    day = listings.current_date(strip)
    showing_in = {
        entry.cinema_id for entry in catalogue.movie_days(at) if entry.movie_id == shown.id
    }
    languages, formats = listings.versions_of(catalogue, cinemas, day, at, shown)
    return render(
        request,
        "movies/film.html",
        {
            "film": shown,
            "filters": filters,
            "query": _query(filters, "city", "cinema") | _showtime_query(filters),
            "days": strip,
            "day": day,
            "listings": listings.movie_listings(
                catalogue, cinemas, day, at, movie=shown, wants=filters.wants_showtime
            ),
            "cities": _cities(tuple(p for p in catalogue.cinemas() if p.id in showing_in)),
            "is_coming_soon": listings.is_coming_soon(shown, at),
            "is_on_programme": bool(showing_in),
            "languages": languages,
            "formats": formats,
            "at": at,
        },
    )


@catalogue_page
def cinemas(request: HttpRequest, *, catalogue: Catalogue, at: datetime) -> HttpResponse:
    return render(request, "movies/cinemas.html", {"cinemas": catalogue.cinemas(), "at": at})


@catalogue_page
def cinema(request: HttpRequest, *, catalogue: Catalogue, at: datetime, slug: str) -> HttpResponse:
    cinema = next((cinema for cinema in catalogue.cinemas() if cinema.slug == slug), None)
    if cinema is None:
        raise NotFound
    filters = CatalogueFilters(request.GET, catalogue)
    strip = listings.days(
        listings.movie_days_of(catalogue.movie_days(at), [cinema]), [cinema], filters.day, at
    )
    day = listings.current_date(strip)
    return render(
        request,
        "movies/cinema.html",
        {
            "cinema": cinema,
            "filters": filters,
            "query": _query(filters, "date"),
            "days": strip,
            "day": day,
            "listings": listings.movie_listings(catalogue, [cinema], day, at),
            "at": at,
        },
    )


@catalogue_page
def schedule(request: HttpRequest, *, catalogue: Catalogue, at: datetime) -> HttpResponse:
    filters = CatalogueFilters(request.GET, catalogue)
    everywhere = catalogue.cinemas()
    city = filters.cinema.city_slug if filters.cinema else filters.city
    if not city and everywhere:
        city = everywhere[0].city_slug
    in_city = [cinema for cinema in everywhere if cinema.city_slug == city]
    cinemas = [filters.cinema] if filters.cinema else in_city
    wanted_movie = filters.movie
    movie_days = listings.movie_days_of(catalogue.movie_days(at), cinemas, wanted_movie)
    strip = listings.days(movie_days, cinemas, filters.day, at)
    day = listings.current_date(strip)
    shown_here = {
        entry.movie_id for entry in listings.movie_days_of(catalogue.movie_days(at), cinemas)
    }
    return render(
        request,
        "movies/schedule.html",
        {
            "filters": filters,
            "query": _query(filters, "city", "cinema", "film") | _showtime_query(filters),
            "city": next(iter(in_city), None),
            "cities": _cities(everywhere),
            "in_city": in_city,
            "film": wanted_movie,
            "films": [movie for movie in catalogue.movies() if movie.id in shown_here],
            "formats": ScreenFormat.choices,
            "days": strip,
            "day": day,
            "listings": listings.movie_listings(
                catalogue, cinemas, day, at, movie=wanted_movie, wants=filters.wants_showtime
            ),
            "languages": catalogue.languages(),
            "is_filtered": any(_query(filters, "cinema", "film").values())
            or any(_showtime_query(filters)[name] for name in SHOWTIME_FILTERS),
            "at": at,
        },
    )
