"""The sixteen films of the demo chain."""

from __future__ import annotations

from demo.films.coming_soon import FICTIONAL_COMING_SOON
from demo.films.film import GENRES, DemoGenre, Film
from demo.films.now_showing import FICTIONAL_NOW_SHOWING
from demo.films.open_films import OPEN_FILMS

FILMS: tuple[Film, ...] = FICTIONAL_NOW_SHOWING + FICTIONAL_COMING_SOON + OPEN_FILMS

__all__ = ["FILMS", "GENRES", "DemoGenre", "Film"]
