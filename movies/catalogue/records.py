"""Immutable records of the cached catalogue, independent of the ORM.

The cache stores their fields as JSON; texts are in both languages, times in UTC.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from movies.models import ScreenFormat, StudioClass, business_day
from movies.models.movie import in_reader_language

EVENING_STARTS_HOUR = 17
# Of a showtime.
INSTANTS = (
    *("starts_at", "film_ends_at", "sale_opens_at", "sale_closes_at"),
    *("cancelled_at", "updated_at"),
)


@dataclass(frozen=True, slots=True)
class GenreRecord:
    slug: str
    name_id: str
    name_en: str

    @property
    def name(self) -> str:
        return in_reader_language(self.name_id, self.name_en)


@dataclass(frozen=True, slots=True)
class PosterRecord:
    url: str
    width: int


@dataclass(frozen=True, slots=True)
class MovieRecord:
    id: int
    slug: str
    title_id: str
    title_en: str
    synopsis_id: str
    synopsis_en: str
    duration_minutes: int
    classification: str
    genres: tuple[GenreRecord, ...]
    release_date: date
    original_language: str
    country: str
    director: str
    cast: str
    distributor: str
    is_indonesian: bool
    attribution: str
    trailer_url: str
    poster_url: str
    posters: tuple[PosterRecord, ...]
    updated_at: datetime

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> MovieRecord:
        genres = tuple(GenreRecord(**genre) for genre in data["genres"])
        posters = tuple(PosterRecord(**poster) for poster in data["posters"])
        release_date = date.fromisoformat(data["release_date"])
        parsed = {"genres": genres, "posters": posters, "release_date": release_date}
        updated_at = datetime.fromisoformat(data["updated_at"])
        return cls(**data | parsed | {"updated_at": updated_at})

    @property
    def title(self) -> str:
        return in_reader_language(self.title_id, self.title_en)

    @property
    def other_title(self) -> str:
        """Title in the other site language, empty if it is the same."""
        other = in_reader_language(self.title_en, self.title_id)
        return "" if other == self.title else other

    @property
    def synopsis(self) -> str:
        return in_reader_language(self.synopsis_id, self.synopsis_en)


@dataclass(frozen=True, slots=True)
class StudioRecord:
    id: int
    name: str
    studio_class: str

    @property
    def class_label(self) -> str:
        return str(StudioClass(self.studio_class).label)

    @property
    def caption(self) -> str:
        """Studio name, with its class if that is special and not part of the name."""
        label = self.class_label
        is_in_name = label.casefold() in self.name.casefold()
        is_regular = self.studio_class == StudioClass.REGULAR
        return self.name if is_regular or is_in_name else f"{self.name} · {label}"


@dataclass(frozen=True, slots=True)
class CinemaRecord:
    id: int
    slug: str
    name: str
    city: str
    city_slug: str
    address: str
    phone: str
    time_zone: str
    latitude: float | None
    longitude: float | None
    studios: tuple[StudioRecord, ...]
    updated_at: datetime

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> CinemaRecord:
        studios = tuple(StudioRecord(**studio) for studio in data["studios"])
        updated_at = datetime.fromisoformat(data["updated_at"])
        return cls(**data | {"studios": studios, "updated_at": updated_at})

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def class_labels(self) -> list[str]:
        """Distinct labels of the studio classes."""
        return list(dict.fromkeys(studio.class_label for studio in self.studios))

    def business_date(self, at: datetime) -> date:
        return business_day.business_date(at, self.zone)


@dataclass(frozen=True, slots=True)
class MovieDayRecord:
    """A movie shown in a cinema on a business date, with the start of its last showtime."""

    movie_id: int
    cinema_id: int
    business_date: date
    last_starts_at: datetime

    def dates(self, zone: zoneinfo.ZoneInfo) -> set[date]:
        """Days under which it is found: after midnight the calendar day, too."""
        return {self.business_date, self.last_starts_at.astimezone(zone).date()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> MovieDayRecord:
        return cls(
            data["movie_id"],
            data["cinema_id"],
            date.fromisoformat(data["business_date"]),
            datetime.fromisoformat(data["last_starts_at"]),
        )


@dataclass(frozen=True, slots=True)
class ProgrammeLanguages:
    """English names of the languages of showtimes to come, in their order."""

    audio: tuple[str, ...]
    subtitles: tuple[str, ...]

    @classmethod
    def from_json(cls, data: dict[str, list[str]]) -> ProgrammeLanguages:
        return cls(tuple(data["audio"]), tuple(data["subtitles"]))


@dataclass(frozen=True, slots=True)
class ShowtimeRecord:
    id: int
    movie_id: int
    cinema_id: int
    studio_id: int
    starts_at: datetime
    film_ends_at: datetime
    business_date: date
    screen_format: str
    audio_language: str
    subtitle_language: str
    sale_opens_at: datetime
    sale_closes_at: datetime
    base_price_rupiah: int
    cancelled_at: datetime | None
    updated_at: datetime

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ShowtimeRecord:
        typed = {name: datetime.fromisoformat(data[name]) for name in INSTANTS if data[name]}
        return cls(**data | typed | {"business_date": date.fromisoformat(data["business_date"])})

    def is_on(self, day: date, zone: zoneinfo.ZoneInfo) -> bool:
        """Whether it is found under ``day``: its business date or, after midnight, its date."""
        return day in (self.business_date, self.starts_at.astimezone(zone).date())

    def is_evening(self, zone: zoneinfo.ZoneInfo) -> bool:
        """Whether it begins in the evening or the night of its business date."""
        local = self.starts_at.astimezone(zone)
        return local.hour >= EVENING_STARTS_HOUR or local.date() > self.business_date

    @property
    def format_label(self) -> str:
        return str(ScreenFormat(self.screen_format).label)

    def is_on_sale(self, at: datetime) -> bool:
        return self.cancelled_at is None and self.sale_opens_at <= at < self.sale_closes_at
