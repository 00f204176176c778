"""Film and genre data of the demo chain."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

POSTERS = Path(__file__).parent / "posters"


@dataclass(frozen=True, slots=True)
class Film:
    slug: str
    title_id: str
    title_en: str
    synopsis_id: str
    synopsis_en: str
    duration_minutes: int
    classification: str  # LSF: SU, 13+, 17+, 21+
    genres: tuple[str, ...]
    release_offset_days: int  # from the day of seeding; negative is already showing
    original_language: str
    subtitle_language: str  # empty when shown without subtitles
    director: str
    cast: str
    country: str
    distributor: str
    is_indonesian: bool
    formats: tuple[str, ...]  # 2D, 3D, LF (large format)
    popularity: int  # 1 to 10: determines the number of showtimes and how full they are
    attribution: str = ""  # the credit that the licence requires; empty for invented films

    @property
    def poster(self) -> Path:
        return POSTERS / f"{self.slug}.svg"

    @property
    def is_short(self) -> bool:
        return self.duration_minutes < 30


@dataclass(frozen=True, slots=True)
class DemoGenre:
    slug: str
    name_id: str
    name_en: str


GENRES: tuple[DemoGenre, ...] = (
    DemoGenre("action", "Laga", "Action"),
    DemoGenre("adventure", "Petualangan", "Adventure"),
    DemoGenre("animation", "Animasi", "Animation"),
    DemoGenre("comedy", "Komedi", "Comedy"),
    DemoGenre("crime", "Kriminal", "Crime"),
    DemoGenre("drama", "Drama", "Drama"),
    DemoGenre("family", "Keluarga", "Family"),
    DemoGenre("fantasy", "Fantasi", "Fantasy"),
    DemoGenre("horror", "Horor", "Horror"),
    DemoGenre("music", "Musik", "Music"),
    DemoGenre("romance", "Romansa", "Romance"),
    DemoGenre("science-fiction", "Fiksi ilmiah", "Science fiction"),
    DemoGenre("short", "Film pendek", "Short film"),
    DemoGenre("sport", "Olahraga", "Sport"),
    DemoGenre("thriller", "Ketegangan", "Thriller"),
)
