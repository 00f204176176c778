"""The shapes of the catalogue's API answers, for its documentation.

The answers themselves are built as plain data in ``movies.api.views`` and kept as bytes; a test
holds the two together.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from movies.models import Classification, ScreenFormat, StudioClass

STATUSES = ("now_showing", "coming_soon", "not_showing")


class _Shape(serializers.Serializer[Any]):
    """Response schema for the documentation; never used to read or write."""


class GenreShape(_Shape):
    slug = serializers.SlugField()
    name = serializers.CharField(help_text="In the reader's language.")


class MovieShape(_Shape):
    id = serializers.IntegerField()
    slug = serializers.SlugField()
    title = serializers.CharField(help_text="In the reader's language (Accept-Language: id, en).")
    title_id = serializers.CharField()
    title_en = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    synopsis = serializers.CharField(help_text="In the reader's language.")
    duration_minutes = serializers.IntegerField()
    classification = serializers.ChoiceField(choices=Classification.choices, help_text="LSF.")
    genres = GenreShape(many=True)
    release_date = serializers.DateField()
    original_language = serializers.CharField()
    country = serializers.CharField()
    director = serializers.CharField()
    cast = serializers.CharField(allow_blank=True)
    distributor = serializers.CharField(allow_blank=True)
    is_indonesian = serializers.BooleanField()
    attribution = serializers.CharField(allow_blank=True, help_text="To be shown with the film.")
    trailer_url = serializers.URLField(allow_blank=True)
    poster_url = serializers.URLField(allow_blank=True)


class StudioShape(_Shape):
    id = serializers.IntegerField()
    name = serializers.CharField()
    studio_class = serializers.ChoiceField(choices=StudioClass.choices)


class CinemaShape(_Shape):
    id = serializers.IntegerField()
    slug = serializers.SlugField()
    name = serializers.CharField()
    city = serializers.CharField()
    city_slug = serializers.SlugField()
    address = serializers.CharField()
    phone = serializers.CharField(allow_blank=True)
    time_zone = serializers.CharField(help_text="IANA name; the zone of its local times.")
    studios = StudioShape(many=True)


class MovieInShowtimeShape(_Shape):
    id = serializers.IntegerField()
    slug = serializers.SlugField()
    title = serializers.CharField(help_text="In the reader's language.")
    duration_minutes = serializers.IntegerField()
    classification = serializers.ChoiceField(choices=Classification.choices)


class CinemaInShowtimeShape(_Shape):
    id = serializers.IntegerField()
    slug = serializers.SlugField()
    name = serializers.CharField()
    city = serializers.CharField()
    city_slug = serializers.SlugField()
    time_zone = serializers.CharField()


class ShowtimeShape(_Shape):
    id = serializers.IntegerField()
    movie = MovieInShowtimeShape()
    cinema = CinemaInShowtimeShape()
    studio = StudioShape()
    starts_at = serializers.DateTimeField(help_text="UTC.")
    local_starts_at = serializers.DateTimeField(help_text="In the cinema's zone, with its offset.")
    business_date = serializers.DateField(help_text="A 00:30 show belongs to the evening before.")
    screen_format = serializers.ChoiceField(choices=ScreenFormat.choices)
    audio_language = serializers.CharField()
    subtitle_language = serializers.CharField(allow_blank=True)
    sale_opens_at = serializers.DateTimeField()
    sale_closes_at = serializers.DateTimeField()
    is_on_sale = serializers.BooleanField()
    base_price_rupiah = serializers.IntegerField(
        help_text="Before the surcharge of a seat's category; each seat tells its own price."
    )


class CinemaList(_Shape):
    results = CinemaShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")


class MovieList(_Shape):
    results = MovieShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")


class ShowtimeList(_Shape):
    results = ShowtimeShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")


class FieldProblemShape(_Shape):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemShape(_Shape):
    """Problem document of every error (RFC 9457, application/problem+json)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable; decide by it.")
    detail = serializers.CharField(help_text="For people, in the reader's language.")
    # The problem document prescribes the name, which DRF uses for something else.
    errors = FieldProblemShape(many=True, required=False)  # type: ignore[assignment]
