"""Query parameters of catalogue pages and API, validated against the catalogue.

Unknown values are collected in ``CatalogueFilters.problems``: the site shows them and ignores the
filter, the API refuses the request.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from functools import cached_property

from django.utils.translation import gettext as _

from core.errors import FieldProblem, InvalidInput
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.records import CinemaRecord, GenreRecord, MovieRecord, ShowtimeRecord
from movies.models import ScreenFormat

QUERY_LENGTH_MAX = 80
VALUE_LENGTH_MAX = 90  # no slug, date or code is longer
STATUSES = ("now_showing", "coming_soon")
TIMES = ("evening",)
# date.fromisoformat() accepts week dates (2026-W48-1) and dates without hyphens, too.
CALENDAR_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_CHANGE = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def _clean(text: str) -> str:
    """Strip control characters (null bytes included) and surrounding whitespace."""
    return "".join(c for c in text if not unicodedata.category(c).startswith("C")).strip()


class CatalogueFilters:
    def __init__(
        self, params: Mapping[str, str], catalogue: Catalogue, movie_field: str = "film"
    ) -> None:
        self.params = params
        self.catalogue = catalogue
        self.movie_field = movie_field  # the API's name is "movie"
        self.problems: list[FieldProblem] = []

    def require(self, *fields: str) -> None:
        """Read these fields and raise InvalidInput, naming each one that has a problem."""
        for field in fields:
            getattr(self, field)
        if self.problems:
            raise InvalidInput.of(self.problems)

    def _value(self, field: str) -> str:
        return _clean(str(self.params.get(field, ""))[: VALUE_LENGTH_MAX + 1])

    def _unknown(self, field: str, detail: str, value: str) -> None:
        shown = value if len(value) <= VALUE_LENGTH_MAX else f"{value[:VALUE_LENGTH_MAX]}…"
        self.problems.append(FieldProblem(field, "unknown", detail % {"value": shown}))

    @cached_property
    def text(self) -> str:
        """Search text, cut at ``QUERY_LENGTH_MAX`` characters."""
        raw = str(self.params.get("q", ""))
        if len(raw) > QUERY_LENGTH_MAX:
            detail = _("A search has at most %(limit)d characters.") % {"limit": QUERY_LENGTH_MAX}
            self.problems.append(FieldProblem("q", "too_long", detail))
        return _clean(raw[:QUERY_LENGTH_MAX])

    @cached_property
    def city(self) -> str:
        """Slug of a city with a cinema; empty for all cities."""
        value = self._value("city")
        if value and not any(cinema.city_slug == value for cinema in self.catalogue.cinemas()):
            self._unknown("city", _("We have no cinema in “%(value)s”."), value)
            return ""
        return value

    @cached_property
    def cinema(self) -> CinemaRecord | None:
        value = self._value("cinema")
        if not value:
            return None
        for cinema in self.catalogue.cinemas():
            if cinema.slug == value:
                return cinema
        self._unknown("cinema", _("We do not know the cinema “%(value)s”."), value)
        return None

    @cached_property
    def movie(self) -> MovieRecord | None:
        value = self._value(self.movie_field)
        if not value:
            return None
        for movie in self.catalogue.movies():
            if movie.slug == value:
                return movie
        self._unknown(self.movie_field, _("We do not know the film “%(value)s”."), value)
        return None

    @cached_property
    def genre(self) -> GenreRecord | None:
        value = self._value("genre")
        if not value:
            return None
        for movie in self.catalogue.movies():
            for genre in movie.genres:
                if genre.slug == value:
                    return genre
        self._unknown("genre", _("We have no films of the genre “%(value)s”."), value)
        return None

    @cached_property
    def day(self) -> date | None:
        return self._date("date")

    @cached_property
    def first_day(self) -> date | None:
        return self._date("from")

    def _date(self, field: str) -> date | None:
        raw = str(self.params.get(field, ""))
        try:
            if raw and not CALENDAR_DATE.fullmatch(raw):
                raise ValueError
            return date.fromisoformat(raw) if raw else None
        except ValueError:
            detail = _("“%(value)s” is not a date. Write it like 2026-01-31.")
            self._unknown(field, detail, self._value(field))
            return None

    @cached_property
    def updated_since(self) -> datetime | None:
        """An earlier time than any change stands for all of them, such as a client's zero time."""
        raw = str(self.params.get("updated_since", ""))
        try:
            if raw and not INSTANT.fullmatch(raw):
                raise ValueError
            return max(datetime.fromisoformat(raw), FIRST_CHANGE) if raw else None
        except ValueError:
            detail = _("“%(value)s” is not a time. Write it like 2026-01-31T09:00:00Z.")
            self._unknown("updated_since", detail, self._value("updated_since"))
            return None

    @cached_property
    def screen_format(self) -> str:
        value = self._value("format")
        if value and value not in ScreenFormat.values:
            self._unknown("format", _("“%(value)s” is not a format we show."), value)
            return ""
        return value

    @cached_property
    def audio(self) -> str:
        """English name of an audio language of the programme; empty for all."""
        return self._language("audio", self.catalogue.languages().audio)

    @cached_property
    def subtitles(self) -> str:
        return self._language("subtitles", self.catalogue.languages().subtitles)

    def _language(self, field: str, known: Collection[str]) -> str:
        value = self._value(field)
        for language in known:
            if language.casefold() == value.casefold():
                return language
        if value:
            self._unknown(field, _("No showtime is in the language “%(value)s”."), value)
        return ""

    @cached_property
    def time(self) -> str:
        """``evening``, or empty for the whole day."""
        value = self._value("time")
        if value and value not in TIMES:
            self._unknown("time", _("“%(value)s” is not a time of day; “evening” is."), value)
            return ""
        return value

    def wants_showtime(self, showtime: ShowtimeRecord, cinema: CinemaRecord) -> bool:
        """Whether a showtime has the wanted format, languages and time of day."""
        return (
            self.screen_format in ("", showtime.screen_format)
            and self.audio in ("", showtime.audio_language)
            and self.subtitles in ("", showtime.subtitle_language)
            and (not self.time or showtime.is_evening(cinema.zone))
        )

    @cached_property
    def status(self) -> str:
        value = self._value("status")
        if value and value not in STATUSES:
            detail = _("“%(value)s” is neither now_showing nor coming_soon.")
            self._unknown("status", detail, value)
            return ""
        return value
