"""Showtimes of the catalogue API: the list, one, and the programme of a week."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from core.api.cursors import Key
from core.api.pagination import PAGE_PARAMETERS, Page
from core.decorators import enforce
from core.errors import FieldProblem, InvalidInput, NotFound
from core.http.client_ip import client_network
from core.ratelimit import RateLimit
from movies.api import representations
from movies.api.base import (
    CITY,
    INVALID,
    NOT_FOUND,
    SINCE,
    SYNCHRONISATION_OVERLAP,
    CatalogueView,
    query_parameter,
)
from movies.api.examples import INVALID_EXAMPLE, SHOWTIMES_EXAMPLE
from movies.api.serializers import ShowtimeList, ShowtimeShape
from movies.catalogue import listings
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.filters import TIMES, CatalogueFilters
from movies.catalogue.records import CinemaRecord, MovieRecord, ShowtimeRecord
from movies.models import ScreenFormat, Showtime

SHOWTIME_KEY = (date, datetime, int)  # what the cursors of the list consist of
# They are read from the database, for each client anew.
SYNCHRONISATIONS_BY_NETWORK = RateLimit("synchronise_network", 1_200, 60)
NOT_WITH_SINCE = ("date", "format", "audio", "subtitles", "time")


class ShowtimeView:
    """Represents showtimes of ``catalogue``."""

    catalogue: Catalogue
    at: datetime

    def _represent(
        self, showtime: ShowtimeRecord, movie: MovieRecord, cinema: CinemaRecord
    ) -> dict[str, Any]:
        availability = self.catalogue.availability(showtime, self.at)
        return representations.showtime(showtime, movie, cinema, availability, self.at)


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
        SINCE,
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
        """Showtimes that have not begun, by business date and hour.

        With `updated_since` also those that were cancelled (`cancelled_at`); it can be combined
        with `movie`, `cinema` and `city` alone.
        """
        filters = CatalogueFilters(request.GET, self.catalogue, movie_field="movie")
        page = Page.of(request, SHOWTIME_KEY, filters.problems)
        filters.require(
            "movie", "cinema", "city", "day", "screen_format", "audio", "subtitles", "time"
        )
        filters.require("updated_since")
        cinemas = {
            cinema.id: cinema
            for cinema in self.catalogue.cinemas()
            if filters.city in ("", cinema.city_slug) and filters.cinema in (None, cinema)
        }
        movies = {movie.id: movie for movie in self.catalogue.movies()}
        return self.answer_json(
            page.respond(
                request,
                self._found(request, filters, cinemas, page),
                _showtime_key,
                lambda each: self._represent(each, movies[each.movie_id], cinemas[each.cinema_id]),
                prefetch=self.catalogue.count_seats,
            )
        )

    def _found(
        self,
        request: Request,
        filters: CatalogueFilters,
        cinemas: dict[int, CinemaRecord],
        page: Page,
    ) -> Iterable[ShowtimeRecord]:
        if filters.updated_since is None:
            return self._showtimes(filters, cinemas, page)
        others = [name for name in NOT_WITH_SINCE if request.GET.get(name)]
        if others:
            detail = _("This cannot be combined with updated_since.")
            raise InvalidInput.of([FieldProblem(name, "not_combinable", detail) for name in others])
        enforce(SYNCHRONISATIONS_BY_NETWORK, client_network(request))
        since = filters.updated_since - SYNCHRONISATION_OVERLAP
        changed = Showtime.objects.filter(
            updated_at__gte=since, starts_at__gt=self.at, studio__cinema__in=list(cinemas)
        )
        if filters.movie is not None:
            changed = changed.filter(movie=filters.movie.id)
        left = _after(changed, page.after)
        return self.catalogue.changed_showtimes(left, page.limit + 1)

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
            if page.after is not None and (day,) < page.after[:1]:
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


def _showtime_key(showtime: ShowtimeRecord) -> Key:
    return (showtime.business_date, showtime.starts_at, showtime.id)


def _after(showtimes: QuerySet[Showtime], key: Key | None) -> QuerySet[Showtime]:
    if key is None:
        return showtimes
    day, starts_at, pk = key
    same_start = Q(starts_at=starts_at, pk__gt=pk)
    return showtimes.filter(
        Q(business_date__gt=day) | Q(business_date=day) & (Q(starts_at__gt=starts_at) | same_start)
    )
