"""Films and cinemas of the catalogue API: the same reads as the site's pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from core.api.cursors import Key
from core.api.pagination import PAGE_PARAMETERS, Page
from core.errors import NotFound
from movies.api import representations
from movies.api.base import (
    CITY,
    INVALID,
    NOT_FOUND,
    SINCE,
    CatalogueView,
    is_changed,
    query_parameter,
)
from movies.api.examples import CINEMAS_EXAMPLE, INVALID_EXAMPLE
from movies.api.serializers import CinemaList, CinemaShape, MovieList, MovieShape
from movies.catalogue import listings
from movies.catalogue.filters import STATUSES, CatalogueFilters
from movies.catalogue.records import CinemaRecord, MovieRecord
from movies.catalogue.search import search_among

# What the cursors of these lists consist of.
CINEMA_KEY = (str, str, int)
MOVIE_KEY = (int, int, int, str, int)
SCORE_SCALE = 1_000  # of a search; keys are whole numbers


class Cinemas(CatalogueView):
    query = (CITY, SINCE, *PAGE_PARAMETERS)

    @extend_schema(
        operation_id="list_cinemas",
        tags=["catalogue"],
        summary="All cinemas, by city and name",
        parameters=list(query),
        responses={200: CinemaList, 422: INVALID},
        examples=[CINEMAS_EXAMPLE, INVALID_EXAMPLE],
    )
    def get(self, request: Request) -> HttpResponse:
        """Every cinema that is open to the public, by city and name."""
        filters = CatalogueFilters(request.GET, self.catalogue)
        page = Page.of(request, CINEMA_KEY, filters.problems)
        filters.require("city", "updated_since")
        cinemas = [
            cinema
            for cinema in self.catalogue.cinemas()
            if filters.city in ("", cinema.city_slug) and is_changed(cinema, filters)
        ]
        left = page.left(cinemas, _cinema_key)
        return self.answer_json(page.respond(request, left, _cinema_key, representations.cinema))


class CinemaDetail(CatalogueView):
    @extend_schema(
        operation_id="get_cinema",
        tags=["catalogue"],
        summary="One cinema",
        responses={200: CinemaShape, 404: NOT_FOUND},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """A cinema with its studios."""
        for cinema in self.catalogue.cinemas():
            if cinema.slug == slug:
                return self.answer_json(representations.cinema(cinema))
        raise NotFound


class Movies(CatalogueView):
    query = (
        query_parameter("status", "Without it: both.", enum=STATUSES),
        CITY,
        query_parameter("genre", "Slug of a genre."),
        query_parameter(
            "q",
            "Words of a title in either language, people, genres, cinemas or cities, in any "
            "order; typos are tolerated. The best fit comes first.",
        ),
        SINCE,
        *PAGE_PARAMETERS,
    )

    @extend_schema(
        operation_id="list_movies",
        tags=["catalogue"],
        summary="Films on the programme and films to come",
        parameters=list(query),
        responses={200: MovieList, 422: INVALID},
        examples=[INVALID_EXAMPLE],
    )
    def get(self, request: Request) -> HttpResponse:
        """Films with showtimes to come, then films whose release is announced.

        With `updated_since` also those that are neither, so that copies of them stay current.
        """
        filters = CatalogueFilters(request.GET, self.catalogue)
        page = Page.of(request, MOVIE_KEY, filters.problems)
        filters.require("status", "city", "genre", "text", "updated_since")
        found = search_among(self.catalogue, self._known(filters), filters, self.at)

        def key(movie: MovieRecord) -> Key:
            """The best fit first, then what is shown, newest first, then what is to come."""
            day, score = movie.release_date.toordinal(), found.scores.get(movie.id, 0.0)
            is_soon = listings.is_coming_soon(movie, self.at)
            place = (1, day) if is_soon else (0, -day)
            return (-round(score * SCORE_SCALE), *place, movie.title_en, movie.id)

        left = page.left(found.movies, key)
        document = page.respond(request, left, key, self._represent)
        return self.answer_json(document | {"did_you_mean": found.instead})

    def _known(self, filters: CatalogueFilters) -> list[MovieRecord]:
        if filters.updated_since is not None and not (filters.status or filters.city):
            return [movie for movie in self.catalogue.movies() if is_changed(movie, filters)]
        cinema_ids = {p.id for p in self.catalogue.cinemas() if filters.city in ("", p.city_slug)}
        known = listings.movies_by_status(self.catalogue, filters.status, self.at, cinema_ids)
        return [movie for movie in known if is_changed(movie, filters)]

    def _represent(self, movie: MovieRecord) -> dict[str, Any]:
        return representations.movie(movie, self.catalogue, self.at)


class MovieDetail(CatalogueView):
    @extend_schema(
        operation_id="get_movie",
        tags=["catalogue"],
        summary="One film",
        responses={200: MovieShape, 404: NOT_FOUND},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """A film, also after its last showtime."""
        for movie in self.catalogue.movies():
            if movie.slug == slug:
                return self.answer_json(representations.movie(movie, self.catalogue, self.at))
        raise NotFound


def _cinema_key(cinema: CinemaRecord) -> Key:
    return (cinema.city, cinema.name, cinema.id)
