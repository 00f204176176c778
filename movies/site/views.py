"""The site's pages of the catalogue. They know no visitor, so each is kept whole (``bodies``)."""

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
from movies.catalogue.catalogue import Catalogue, Film, Place
from movies.catalogue.filters import CatalogueFilters
from movies.catalogue.records import Genre
from movies.models import ScreenFormat

HOME_FILMS_MAX = 10
HOME_COMING_MAX = 5
FEATURED_AMONG = 5

PageView = Callable[..., HttpResponse]


def catalogue_page(page: PageView) -> Callable[..., HttpResponseBase]:
    """A page made from (request, catalogue, at, …) alone, answered from its kept body."""

    @require_safe
    @wraps(page)
    def view(request: HttpRequest, **captured: Any) -> HttpResponseBase:
        at = timezone.now()
        return page_cache.answer(
            request, at, lambda catalogue: page(request, catalogue=catalogue, at=at, **captured)
        )

    return view


def _cities(places: tuple[Place, ...]) -> list[Place]:
    """One cinema of each city, to name it."""
    return list({place.city_slug: place for place in places}.values())


def _genres(films: list[Film]) -> list[Genre]:
    by_slug = {genre.slug: genre for film in films for genre in film.genres}
    return sorted(by_slug.values(), key=lambda genre: genre.name)


def _query(filters: CatalogueFilters, *fields: str) -> dict[str, str]:
    """The filters that took effect, for links that keep each other."""
    readers: dict[str, Callable[[], str]] = {
        "q": lambda: filters.text,
        "status": lambda: filters.status,
        "genre": lambda: filters.genre.slug if filters.genre else "",
        "city": lambda: filters.city,
        "cinema": lambda: filters.place.slug if filters.place else "",
        "film": lambda: filters.film.slug if filters.film else "",
        "format": lambda: filters.screen_format,
        "date": lambda: filters.day.isoformat() if filters.day else "",
    }
    return {field: readers[field]() for field in fields}


@catalogue_page
def home(request: HttpRequest, *, catalogue: Catalogue, at: datetime) -> HttpResponse:
    now = listings.films_by_status(catalogue, "now_showing", at)
    coming = listings.films_by_status(catalogue, "coming_soon", at)
    candidates = [film for film in now if film.poster_url][:FEATURED_AMONG] or now[:1]
    today = at.astimezone(listings.RELEASE_ZONE).date()
    featured = candidates[today.toordinal() % len(candidates)] if candidates else None
    return render(
        request,
        "movies/home.html",
        {
            "featured": featured,
            "now_showing": now[:HOME_FILMS_MAX],
            "has_more": len(now) > HOME_FILMS_MAX,
            "coming_soon": coming[:HOME_COMING_MAX],
            "cities": _cities(catalogue.places()),
        },
    )


@catalogue_page
def films(request: HttpRequest, *, catalogue: Catalogue, at: datetime) -> HttpResponse:
    filters = CatalogueFilters(request.GET, catalogue)
    places = [place for place in catalogue.places() if filters.city in ("", place.city_slug)]
    known = listings.films_by_status(catalogue, filters.status, at, {place.id for place in places})
    found = [
        film
        for film in known
        if (not filters.text or film.matches(filters.text))
        and (filters.genre is None or filters.genre in film.genres)
    ]
    return render(
        request,
        "movies/films.html",
        {
            "wish": filters,
            "query": _query(filters, "q", "status", "genre", "city"),
            "now_showing": [film for film in found if not listings.is_coming_soon(film, at)],
            "coming_soon": [film for film in found if listings.is_coming_soon(film, at)],
            "found_count": len(found),
            "cities": _cities(catalogue.places()),
            "genres": _genres(listings.films_by_status(catalogue, "", at)),
            "is_filtered": any([filters.text, filters.genre, filters.city, filters.status]),
        },
    )


@catalogue_page
def film(request: HttpRequest, *, catalogue: Catalogue, at: datetime, slug: str) -> HttpResponse:
    shown = next((film for film in catalogue.films() if film.slug == slug), None)
    if shown is None:
        raise NotFound
    filters = CatalogueFilters(request.GET, catalogue)
    places = [place for place in catalogue.places() if filters.city in ("", place.city_slug)]
    if filters.place is not None:
        places = [filters.place]
    runs = listings.runs_of(catalogue.runs(at), places, shown)
    strip = listings.days(runs, places, filters.day, at)
    day = listings.current_date(strip)
    showing_in = {run.cinema_id for run in catalogue.runs(at) if run.movie_id == shown.id}
    return render(
        request,
        "movies/film.html",
        {
            "film": shown,
            "wish": filters,
            "query": _query(filters, "city", "cinema", "date"),
            "days": strip,
            "day": day,
            "bills": listings.bills(catalogue, places, day, at, film=shown),
            "cities": _cities(tuple(p for p in catalogue.places() if p.id in showing_in)),
            "is_coming_soon": listings.is_coming_soon(shown, at),
            "is_on_programme": bool(showing_in),
            "at": at,
        },
    )


@catalogue_page
def cinemas(request: HttpRequest, *, catalogue: Catalogue, at: datetime) -> HttpResponse:
    return render(request, "movies/cinemas.html", {"places": catalogue.places(), "at": at})


@catalogue_page
def cinema(request: HttpRequest, *, catalogue: Catalogue, at: datetime, slug: str) -> HttpResponse:
    place = next((place for place in catalogue.places() if place.slug == slug), None)
    if place is None:
        raise NotFound
    filters = CatalogueFilters(request.GET, catalogue)
    strip = listings.days(listings.runs_of(catalogue.runs(at), [place]), [place], filters.day, at)
    day = listings.current_date(strip)
    return render(
        request,
        "movies/cinema.html",
        {
            "place": place,
            "wish": filters,
            "query": _query(filters, "date"),
            "days": strip,
            "day": day,
            "bills": listings.bills(catalogue, [place], day, at),
            "at": at,
        },
    )


@catalogue_page
def schedule(request: HttpRequest, *, catalogue: Catalogue, at: datetime) -> HttpResponse:
    filters = CatalogueFilters(request.GET, catalogue)
    everywhere = catalogue.places()
    city = filters.place.city_slug if filters.place else filters.city
    if not city and everywhere:
        city = everywhere[0].city_slug
    in_city = [place for place in everywhere if place.city_slug == city]
    places = [filters.place] if filters.place else in_city
    wanted_film = filters.film
    runs = listings.runs_of(catalogue.runs(at), places, wanted_film)
    strip = listings.days(runs, places, filters.day, at)
    day = listings.current_date(strip)
    shown_here = {run.movie_id for run in listings.runs_of(catalogue.runs(at), places)}
    return render(
        request,
        "movies/schedule.html",
        {
            "wish": filters,
            "query": _query(filters, "city", "cinema", "film", "format", "date"),
            "city": next(iter(in_city), None),
            "cities": _cities(everywhere),
            "in_city": in_city,
            "film": wanted_film,
            "films": [film for film in catalogue.films() if film.id in shown_here],
            "formats": ScreenFormat.choices,
            "days": strip,
            "day": day,
            "bills": listings.bills(
                catalogue, places, day, at, film=wanted_film, screen_format=filters.screen_format
            ),
            "is_filtered": any([filters.place, wanted_film, filters.screen_format]),
            "at": at,
        },
    )
