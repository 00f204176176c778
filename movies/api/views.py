"""Catalogue API: the same reads as the site's pages, served from the page cache."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from core.api.cursors import Key
from core.api.pagination import PAGE_PARAMETERS, Page
from core.api.views import ApiView
from core.errors import NotFound
from movies.api import representations
from movies.api.examples import CINEMAS_EXAMPLE, INVALID_EXAMPLE, SHOWTIMES_EXAMPLE
from movies.api.serializers import (
    CinemaList,
    CinemaShape,
    MovieList,
    MovieShape,
    ProblemShape,
    ShowtimeList,
    ShowtimeShape,
)
from movies.catalogue import listings, page_cache
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.filters import STATUSES, TIMES, CatalogueFilters
from movies.catalogue.records import CinemaRecord, MovieRecord, ShowtimeRecord
from movies.catalogue.search import search_among
from movies.models import ScreenFormat

NOT_FOUND = OpenApiResponse(ProblemShape, description="There is no such thing.")
INVALID = OpenApiResponse(ProblemShape, description="A filter has an impossible value; see errors.")


def query_parameter(name: str, description: str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, description=description, **options)


# What the cursors of these lists consist of.
CINEMA_KEY = (str, str, int)
MOVIE_KEY = (int, int, int, str, int)
SHOWTIME_KEY = (str, int, int)
SCORE_SCALE = 1_000  # of a search; keys are whole numbers
CITY = query_parameter("city", "Slug of a city, from `cinemas`.")


class ShowtimeView:
    """Represents showtimes of ``catalogue``."""

    catalogue: Catalogue
    at: datetime

    def _represent(
        self, showtime: ShowtimeRecord, movie: MovieRecord, cinema: CinemaRecord
    ) -> dict[str, Any]:
        availability = self.catalogue.availability(showtime, self.at)
        return representations.showtime(showtime, movie, cinema, availability, self.at)


class CatalogueView(ApiView):
    """A GET view whose responses are cached by ``page_cache``."""

    authentication_classes = ()
    is_conditional = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD") or self.unknown_parameters(request):
            return super().dispatch(request, *args, **kwargs)
        self.at = timezone.now()
        return page_cache.answer(
            request, self.at, lambda catalogue: self._fresh(catalogue, request)
        )

    def _fresh(self, catalogue: Catalogue, request: HttpRequest) -> HttpResponseBase:
        self.catalogue = catalogue
        return super().dispatch(request, *self.args, **self.kwargs)

    def answer_json(self, data: Any) -> HttpResponse:
        return HttpResponse(orjson.dumps(data), content_type="application/json")


class Cinemas(CatalogueView):
    query = (CITY, *PAGE_PARAMETERS)

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
        filters.require("city")
        cinemas = [p for p in self.catalogue.cinemas() if filters.city in ("", p.city_slug)]
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
        """Films with showtimes to come, then films whose release is announced."""
        filters = CatalogueFilters(request.GET, self.catalogue)
        page = Page.of(request, MOVIE_KEY, filters.problems)
        filters.require("status", "city", "genre", "text")
        cinema_ids = {p.id for p in self.catalogue.cinemas() if filters.city in ("", p.city_slug)}
        known = listings.movies_by_status(self.catalogue, filters.status, self.at, cinema_ids)
        found = search_among(self.catalogue, known, filters, self.at)

        def key(movie: MovieRecord) -> Key:
            """The best fit first, then what is shown, newest first, then what is to come."""
            day, score = movie.release_date.toordinal(), found.scores.get(movie.id, 0.0)
            is_soon = listings.is_coming_soon(movie, self.at)
            place = (1, day) if is_soon else (0, -day)
            return (-round(score * SCORE_SCALE), *place, movie.title_en, movie.id)

        left = page.left(found.movies, key)
        document = page.respond(request, left, key, self._represent)
        return self.answer_json(document | {"did_you_mean": found.instead})

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


class Showtimes(ShowtimeView, CatalogueView):
    query = (
        query_parameter("movie", "Slug of a film."),
        query_parameter("cinema", "Slug of a cinema."),
        CITY,
        OpenApiParameter(
            "date",
            OpenApiTypes.DATE,
            description="A business date; a showtime after midnight is also found under its "
            "calendar date. Without it: every day.",
        ),
        query_parameter("format", "Screen format.", enum=ScreenFormat.values),
        query_parameter("audio", "Audio language, as in `audio_language`."),
        query_parameter("subtitles", "Subtitle language, as in `subtitle_language`."),
        query_parameter("time", "From 17:00 of the cinema on.", enum=TIMES),
        *PAGE_PARAMETERS,
    )

    @extend_schema(
        operation_id="list_showtimes",
        tags=["catalogue"],
        summary="Showtimes that have not begun, by business date and hour",
        parameters=list(query),
        responses={200: ShowtimeList, 422: INVALID},
        examples=[SHOWTIMES_EXAMPLE, INVALID_EXAMPLE],
    )
    def get(self, request: Request) -> HttpResponse:
        """Showtimes that have not begun, by business date and hour."""
        filters = CatalogueFilters(request.GET, self.catalogue, movie_field="movie")
        page = Page.of(request, SHOWTIME_KEY, filters.problems)
        filters.require(
            "movie", "cinema", "city", "day", "screen_format", "audio", "subtitles", "time"
        )
        cinemas = {
            cinema.id: cinema
            for cinema in self.catalogue.cinemas()
            if filters.city in ("", cinema.city_slug) and filters.cinema in (None, cinema)
        }
        movies = {movie.id: movie for movie in self.catalogue.movies()}
        return self.answer_json(
            page.respond(
                request,
                self._showtimes(filters, cinemas, page),
                _showtime_key,
                lambda each: self._represent(each, movies[each.movie_id], cinemas[each.cinema_id]),
                prefetch=self.catalogue.count_seats,
            )
        )

    def _showtimes(
        self, filters: CatalogueFilters, cinemas: dict[int, CinemaRecord], page: Page
    ) -> Iterator[ShowtimeRecord]:
        """Yield showtimes day by day, so that a page reads no more days than it needs."""
        movie_days = listings.movie_days_of(
            self.catalogue.movie_days(self.at), list(cinemas.values()), filters.movie
        )
        zones = {cinema.id: cinema.zone for cinema in cinemas.values()}
        dates = sorted(
            {
                entry.business_date
                for entry in movie_days
                if filters.day is None or filters.day in entry.dates(zones[entry.cinema_id])
            }
        )
        cinemas_on: dict[date, set[int]] = {}
        for entry in movie_days:
            cinemas_on.setdefault(entry.business_date, set()).add(entry.cinema_id)
        for day in dates:
            if page.after is not None and (day.isoformat(),) < page.after[:1]:
                continue
            showtimes = [
                showtime
                for cinema_id in cinemas_on[day]
                for showtime in self.catalogue.showtimes(cinemas[cinema_id], day, self.at)
                if filters.movie is None or showtime.movie_id == filters.movie.id
                if filters.wants_showtime(showtime, cinemas[cinema_id])
                if filters.day is None or showtime.is_on(filters.day, zones[cinema_id])
            ]
            yield from page.left(showtimes, _showtime_key)


class ShowtimeDetail(ShowtimeView, CatalogueView):
    @extend_schema(
        operation_id="get_showtime",
        tags=["catalogue"],
        summary="One showtime, also after it began or was cancelled",
        responses={200: ShowtimeShape, 404: NOT_FOUND},
    )
    def get(self, request: Request, showtime_id: int) -> HttpResponse:
        """A showtime, also after it began or was cancelled (`cancelled_at`)."""
        showtime = self.catalogue.showtime(showtime_id)
        if showtime is None:
            raise NotFound
        movie = next(movie for movie in self.catalogue.movies() if movie.id == showtime.movie_id)
        cinema = next(p for p in self.catalogue.cinemas() if p.id == showtime.cinema_id)
        return self.answer_json(self._represent(showtime, movie, cinema))


def _cinema_key(cinema: CinemaRecord) -> Key:
    return (cinema.city, cinema.name, cinema.id)


def _showtime_key(showtime: ShowtimeRecord) -> Key:
    seconds = int(showtime.starts_at.timestamp())
    return (showtime.business_date.isoformat(), seconds, showtime.id)
