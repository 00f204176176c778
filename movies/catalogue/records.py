"""What the catalogue's readers get: rows as plain, unchanging facts, free of the database.

The fields are JSON-ready in the cache and typed here; texts stay in both languages, times in UTC.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from movies.models import ScreenFormat, StudioClass
from movies.models.cinema import BUSINESS_DAY_STARTS_HOUR
from movies.models.movie import in_reader_language


@dataclass(frozen=True, slots=True)
class Genre:
    slug: str
    name_id: str
    name_en: str

    @property
    def name(self) -> str:
        return in_reader_language(self.name_id, self.name_en)


@dataclass(frozen=True, slots=True)
class Film:
    id: int
    slug: str
    title_id: str
    title_en: str
    synopsis_id: str
    synopsis_en: str
    duration_minutes: int
    classification: str
    genres: tuple[Genre, ...]
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

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Film:
        genres = tuple(Genre(**genre) for genre in facts["genres"])
        release_date = date.fromisoformat(facts["release_date"])
        return cls(**facts | {"genres": genres, "release_date": release_date})

    @property
    def title(self) -> str:
        return in_reader_language(self.title_id, self.title_en)

    @property
    def other_title(self) -> str:
        """The title in the site's other language, where it is another one."""
        other = in_reader_language(self.title_en, self.title_id)
        return "" if other == self.title else other

    @property
    def synopsis(self) -> str:
        return in_reader_language(self.synopsis_id, self.synopsis_en)

    def matches(self, text: str) -> bool:
        """Whether title, director or cast contain ``text``, in either language."""
        needle = text.casefold()
        fields = (self.title_id, self.title_en, self.director, self.cast)
        return any(needle in field.casefold() for field in fields)


@dataclass(frozen=True, slots=True)
class Hall:
    id: int
    name: str
    studio_class: str

    @property
    def class_label(self) -> str:
        return str(StudioClass(self.studio_class).label)

    @property
    def caption(self) -> str:
        """The name, and the class where it is a special one that the name does not tell."""
        label = self.class_label
        is_told = label.casefold() in self.name.casefold()
        is_plain = self.studio_class == StudioClass.REGULAR
        return self.name if is_plain or is_told else f"{self.name} · {label}"


@dataclass(frozen=True, slots=True)
class Place:
    id: int
    slug: str
    name: str
    city: str
    city_slug: str
    address: str
    phone: str
    time_zone: str
    studios: tuple[Hall, ...]

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Place:
        return cls(**facts | {"studios": tuple(Hall(**studio) for studio in facts["studios"])})

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def class_labels(self) -> list[str]:
        """Which classes of studio there are, each once."""
        return list(dict.fromkeys(studio.class_label for studio in self.studios))

    def business_date(self, at: datetime) -> date:
        return (at.astimezone(self.zone) - timedelta(hours=BUSINESS_DAY_STARTS_HOUR)).date()


@dataclass(frozen=True, slots=True)
class Run:
    """That a film is shown in a cinema on a business date, and until when."""

    movie_id: int
    cinema_id: int
    business_date: date
    last_starts_at: datetime

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Run:
        return cls(
            facts["movie_id"],
            facts["cinema_id"],
            date.fromisoformat(facts["business_date"]),
            datetime.fromisoformat(facts["last_starts_at"]),
        )


@dataclass(frozen=True, slots=True)
class Showing:
    id: int
    movie_id: int
    cinema_id: int
    studio_id: int
    starts_at: datetime
    business_date: date
    screen_format: str
    audio_language: str
    subtitle_language: str
    sale_opens_at: datetime
    sale_closes_at: datetime
    base_price_rupiah: int

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Showing:
        instants = ("starts_at", "sale_opens_at", "sale_closes_at")
        typed = {name: datetime.fromisoformat(facts[name]) for name in instants}
        return cls(**facts | typed | {"business_date": date.fromisoformat(facts["business_date"])})

    @property
    def format_label(self) -> str:
        return str(ScreenFormat(self.screen_format).label)

    def is_on_sale(self, at: datetime) -> bool:
        return self.sale_opens_at <= at < self.sale_closes_at
