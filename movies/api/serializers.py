"""Serializers of the catalogue's API responses, for the schema.

The responses are built as plain data in ``movies.api.views`` and cached as bytes; a test compares
both.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from movies.catalogue.availability import SaleState
from movies.models import Classification, ScreenFormat, StudioClass

STATUSES = ("now_showing", "coming_soon", "not_showing")


class Shape(serializers.Serializer[Any]):
    """Response schema for the documentation; never used to read or write."""


class GenreShape(Shape):
    slug = serializers.SlugField()
    name = serializers.CharField(help_text="In the reader's language.")


class PosterShape(Shape):
    url = serializers.CharField(help_text="Address of a WebP file.")
    width = serializers.IntegerField(help_text="Pixels.")


class MovieShape(Shape):
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
    trailer_url = serializers.CharField(allow_blank=True, help_text="Address; empty without one.")
    poster_url = serializers.CharField(allow_blank=True, help_text="Address; empty without one.")
    posters = PosterShape(
        many=True,
        help_text="Smaller copies of the poster, narrowest first. Empty: use `poster_url`.",
    )
    updated_at = serializers.DateTimeField(help_text="When it last changed. UTC.")


class StudioShape(Shape):
    id = serializers.IntegerField()
    name = serializers.CharField()
    studio_class = serializers.ChoiceField(choices=StudioClass.choices)


class CinemaShape(Shape):
    id = serializers.IntegerField()
    slug = serializers.SlugField()
    name = serializers.CharField()
    city = serializers.CharField()
    city_slug = serializers.SlugField()
    address = serializers.CharField()
    phone = serializers.CharField(allow_blank=True)
    time_zone = serializers.CharField(help_text="IANA name; the zone of its local times.")
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    studios = StudioShape(many=True)
    updated_at = serializers.DateTimeField(help_text="When it last changed. UTC.")


class MovieInShowtimeShape(Shape):
    id = serializers.IntegerField()
    slug = serializers.SlugField()
    title = serializers.CharField(help_text="In the reader's language.")
    duration_minutes = serializers.IntegerField()
    classification = serializers.ChoiceField(choices=Classification.choices)


class CinemaInShowtimeShape(Shape):
    id = serializers.IntegerField()
    slug = serializers.SlugField()
    name = serializers.CharField()
    city = serializers.CharField()
    city_slug = serializers.SlugField()
    time_zone = serializers.CharField()


class ShowtimeShape(Shape):
    id = serializers.IntegerField()
    movie = MovieInShowtimeShape()
    cinema = CinemaInShowtimeShape()
    studio = StudioShape()
    starts_at = serializers.DateTimeField(help_text="UTC.")
    local_starts_at = serializers.DateTimeField(help_text="In the cinema's zone, with its offset.")
    film_ends_at = serializers.DateTimeField(help_text="When the audience leaves. UTC.")
    local_film_ends_at = serializers.DateTimeField(
        help_text="In the cinema's zone, with its offset."
    )
    business_date = serializers.DateField(help_text="A 00:30 show belongs to the evening before.")
    screen_format = serializers.ChoiceField(choices=ScreenFormat.choices)
    audio_language = serializers.CharField()
    subtitle_language = serializers.CharField(allow_blank=True)
    sale_opens_at = serializers.DateTimeField()
    sale_closes_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(
        allow_null=True, help_text="Set: it does not take place; its seats are not sold."
    )
    is_on_sale = serializers.BooleanField()
    availability = serializers.ChoiceField(
        choices=[state.value for state in SaleState],
        help_text="What a visitor has to know first; at most two seconds old.",
    )
    together = serializers.IntegerField(
        allow_null=True,
        help_text="With `few_together`: how many free seats are side by side at most.",
    )
    from_price_rupiah = serializers.IntegerField(
        allow_null=True,
        help_text="What the cheapest free seat costs, `fee_rupiah` included; null if none is free.",
    )
    fee_rupiah = serializers.IntegerField(help_text="Service fee of each ticket.")
    base_price_rupiah = serializers.IntegerField(
        help_text="Before the surcharge of a seat's category and the fee; each seat tells its own "
        "price. Show `from_price_rupiah` instead."
    )
    updated_at = serializers.DateTimeField(
        help_text="When it last changed, free seats and prices of seats aside. UTC."
    )


class CinemaList(Shape):
    results = CinemaShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")


class MovieList(Shape):
    results = MovieShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")
    did_you_mean = serializers.CharField(
        allow_blank=True, help_text="`q` with its typos corrected, else empty."
    )


class ShowtimeList(Shape):
    results = ShowtimeShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")
