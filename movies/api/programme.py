"""The programme of seven days in one compact response, for apps that show it without a network.

Films, cinemas and studios are named once and referred to by id. What changes by the minute (free
seats, availability) is left out, so that an unchanged programme keeps its ETag.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from core.errors import FieldProblem
from movies.api import representations
from movies.api.base import INVALID, CatalogueView, query_parameter
from movies.api.serializers import MovieInShowtimeShape, Shape, StudioShape
from movies.catalogue import listings
from movies.catalogue.filters import CatalogueFilters
from movies.catalogue.records import CinemaRecord, ShowtimeRecord
from movies.models import ScreenFormat

PROGRAMME_DAYS = 7


class ProgrammeCinemaShape(Shape):
    id = serializers.IntegerField()
    slug = serializers.SlugField()
    name = serializers.CharField()
    city_slug = serializers.SlugField()
    time_zone = serializers.CharField(help_text="IANA name; the zone of its local times.")
    studios = StudioShape(many=True)


class ProgrammeShowtimeShape(Shape):
    id = serializers.IntegerField()
    movie_id = serializers.IntegerField()
    cinema_id = serializers.IntegerField()
    studio_id = serializers.IntegerField()
    starts_at = serializers.DateTimeField(help_text="UTC.")
    film_ends_at = serializers.DateTimeField(help_text="When the audience leaves. UTC.")
    business_date = serializers.DateField(help_text="A 00:30 show belongs to the evening before.")
    screen_format = serializers.ChoiceField(choices=ScreenFormat.choices)
    audio_language = serializers.CharField()
    subtitle_language = serializers.CharField(allow_blank=True)


class ProgrammeShape(Shape):
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    movies = MovieInShowtimeShape(many=True)
    cinemas = ProgrammeCinemaShape(many=True)
    showtimes = ProgrammeShowtimeShape(many=True, help_text="By start, those that have not begun.")


class Programme(CatalogueView):
    query = (
        query_parameter("city", "Slug of a city; this or `cinema` is needed."),
        query_parameter("cinema", "Slug of a cinema."),
        OpenApiParameter(
            "from", OpenApiTypes.DATE, description="First business date; without it: today."
        ),
    )

    @extend_schema(
        operation_id="get_programme",
        tags=["catalogue"],
        summary="Programme of a week in one response",
        parameters=list(query),
        responses={200: ProgrammeShape, 422: INVALID},
    )
    def get(self, request: Request) -> HttpResponse:
        """The showtimes of seven business dates in a city or a cinema, without free seats."""
        filters = CatalogueFilters(request.GET, self.catalogue)
        if not (filters.city or filters.cinema or filters.problems):
            detail = _("Name a city or a cinema.")
            filters.problems.append(FieldProblem("city", "required", detail))
        filters.require("city", "cinema", "first_day")
        cinemas = [
            cinema
            for cinema in self.catalogue.cinemas()
            if filters.city in ("", cinema.city_slug) and filters.cinema in (None, cinema)
        ]
        first = filters.first_day or min(
            (cinema.business_date(self.at) for cinema in cinemas), default=self.at.date()
        )
        return self.answer_json(self._document(cinemas, first))

    def _document(self, cinemas: list[CinemaRecord], first: date) -> dict[str, Any]:
        last = _days_later(first, PROGRAMME_DAYS - 1)
        entries = listings.movie_days_of(self.catalogue.movie_days(self.at), cinemas)
        with_showtimes = {(each.business_date, each.cinema_id) for each in entries}
        by_id = {cinema.id: cinema for cinema in cinemas}
        showtimes = [
            showtime
            for day, cinema_id in sorted(with_showtimes)
            if first <= day <= last
            for showtime in self.catalogue.showtimes(by_id[cinema_id], day, self.at)
        ]
        shown = {showtime.movie_id for showtime in showtimes}
        return {
            "first_day": first,
            "last_day": last,
            "movies": [
                representations.movie_in_brief(movie)
                for movie in self.catalogue.movies()
                if movie.id in shown
            ],
            "cinemas": [_cinema(cinema) for cinema in cinemas],
            "showtimes": [
                _showtime(each) for each in sorted(showtimes, key=lambda s: (s.starts_at, s.id))
            ],
        }


def _days_later(day: date, days: int) -> date:
    """The last day there is, if it would be later."""
    return date.max if date.max - day < timedelta(days=days) else day + timedelta(days=days)


def _cinema(cinema: CinemaRecord) -> dict[str, Any]:
    return {
        "id": cinema.id,
        "slug": cinema.slug,
        "name": cinema.name,
        "city_slug": cinema.city_slug,
        "time_zone": cinema.time_zone,
        "studios": [representations.studio_in_brief(studio) for studio in cinema.studios],
    }


def _showtime(showtime: ShowtimeRecord) -> dict[str, Any]:
    return {
        "id": showtime.id,
        "movie_id": showtime.movie_id,
        "cinema_id": showtime.cinema_id,
        "studio_id": showtime.studio_id,
        "starts_at": representations.instant(showtime.starts_at),
        "film_ends_at": representations.instant(showtime.film_ends_at),
        "business_date": showtime.business_date,
        "screen_format": showtime.screen_format,
        "audio_language": showtime.audio_language,
        "subtitle_language": showtime.subtitle_language,
    }
