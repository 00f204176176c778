"""Suggestions while a search is typed: films, then cinemas, cities and genres."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from movies.catalogue import listings
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.search import search
from movies.catalogue.words import typos_allowed, typos_between, words_of

SUGGESTIONS_MAX = 8
FILMS_MAX = 5
QUERY_LETTERS_MIN = 2


class Kind(StrEnum):
    FILM = "film"
    CINEMA = "cinema"
    CITY = "city"
    GENRE = "genre"


@dataclass(frozen=True)
class Suggestion:
    kind: Kind
    text: str
    slug: str


def suggestions(catalogue: Catalogue, text: str, at: datetime) -> list[Suggestion]:
    """Suggestions for the typed ``text``, best first."""
    words = words_of(text)
    if sum(map(len, words)) < QUERY_LETTERS_MIN:
        return []
    shown = {movie.id for movie in listings.movies_by_status(catalogue, "", at)}
    films = [movie for movie in search(catalogue, text, at).movies if movie.id in shown]
    found = [Suggestion(Kind.FILM, movie.title, movie.slug) for movie in films[:FILMS_MAX]]
    found += [each for each in _others(catalogue) if _fits(words, words_of(each.text))]
    return found[:SUGGESTIONS_MAX]


def _others(catalogue: Catalogue) -> Iterable[Suggestion]:
    cinemas = catalogue.cinemas()
    for cinema in cinemas:
        yield Suggestion(Kind.CINEMA, cinema.name, cinema.slug)
    for slug, city in {cinema.city_slug: cinema.city for cinema in cinemas}.items():
        yield Suggestion(Kind.CITY, city, slug)
    genres = {genre.slug: genre for movie in catalogue.movies() for genre in movie.genres}
    for genre in genres.values():
        yield Suggestion(Kind.GENRE, genre.name, genre.slug)


def _fits(words: list[str], name: list[str]) -> bool:
    """Whether each word begins a word of the name, or nearly is one."""
    return all(
        any(
            known.startswith(word)
            or typos_between(word, known, typos_allowed(word)) <= typos_allowed(word)
            for known in name
        )
        for word in words
    )
