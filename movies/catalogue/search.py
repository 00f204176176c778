"""Tolerant search in films: any order of words, typos, punctuation, diacritics, both languages.

Titles, cast, director, genres, and the cinemas and cities that show a film are searched in memory,
over the cached catalogue: PostgreSQL's trigrams and ``unaccent`` are extensions that the embedded
server does not have, and a search costs the database nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from movies.catalogue.cache import Recent
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.filters import CatalogueFilters
from movies.catalogue.records import CinemaRecord, MovieRecord
from movies.catalogue.words import STOP_WORDS, Vocabulary, compact, words_of

# Weight of a field, and how well a word fits.
TITLE, PERSON, GENRE, PLACE, FACT = 10.0, 6.0, 5.0, 3.0, 2.0
SAME, BEGINNING, PART = 1.0, 0.85, 0.4
TYPO = (0.0, 0.7, 0.5)  # by the number of typos
WHOLE_TITLE = 30.0  # bonus for the title itself, in any spelling
TITLE_PART = 8.0
PART_LETTERS_MIN = 3  # shorter parts occur in too many words
BEGINNING_LETTERS_MIN = 2
COMPACT_LETTERS_MIN = 4
WORDS_MAX = 8
INDEXES_MAX = 4
INDEX_SECONDS = 300.0


@dataclass(frozen=True)
class Found:
    """Films, best first. ``instead``: the query with its typos corrected, or empty.

    ``scores``: how well each film fits, by its id; empty where nothing was searched.
    """

    movies: tuple[MovieRecord, ...]
    instead: str = ""
    scores: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Entry:
    movie: MovieRecord
    titles: tuple[str, ...]  # without spaces


class SearchIndex:
    """Index of words with their films and the weight of the most important field."""

    def __init__(
        self, movies: Sequence[MovieRecord], places: dict[int, Collection[CinemaRecord]]
    ) -> None:
        self._entries = [
            _Entry(movie, tuple({compact(movie.title_id), compact(movie.title_en)}))
            for movie in movies
        ]
        self._weights: dict[str, dict[int, float]] = defaultdict(dict)
        for position, movie in enumerate(movies):
            for weight, text in _fields(movie, places.get(movie.id, ())):
                for word in words_of(text):
                    known = self._weights[word].get(position, 0.0)
                    self._weights[word][position] = max(known, weight)
        self._vocabulary = Vocabulary(self._weights)

    def search(self, text: str) -> Found:
        words = _query_words(text)
        if not words:
            return Found(())
        fits = [self._fitting(word, is_last=word == words[-1]) for word in words]
        scores = self._scores(fits)
        self._add_titles(scores, compact(text), len(words))
        needed = len(words)
        complete = {at: score for at, (hits, score) in scores.items() if hits >= needed}
        if not complete:  # as many of the words as possible, at least half of them
            most = max((hits for hits, _score in scores.values()), default=0)
            if most * 2 >= needed:
                complete = {at: score for at, (hits, score) in scores.items() if hits == most}
        ranked = sorted(complete, key=lambda at: (-complete[at], at))
        return Found(
            tuple(self._entries[at].movie for at in ranked),
            self._instead(words) if ranked else "",
            {self._entries[at].movie.id: complete[at] for at in ranked},
        )

    def _fitting(self, word: str, *, is_last: bool) -> dict[str, float]:
        """Words of the films that ``word`` may mean, and how well each fits."""
        fitting: dict[str, float] = {}
        if len(word) >= PART_LETTERS_MIN:
            fitting |= dict.fromkeys(self._vocabulary.containing(word), PART)
        for similar, typos in self._vocabulary.similar(word).items():
            fitting[similar] = max(fitting.get(similar, 0.0), TYPO[typos])
        if len(word) >= BEGINNING_LETTERS_MIN or is_last:
            fitting |= dict.fromkeys(self._vocabulary.starting_with(word), BEGINNING)
        if word in self._vocabulary:
            fitting[word] = SAME
        return fitting

    def _scores(self, fits: Iterable[dict[str, float]]) -> dict[int, tuple[int, float]]:
        """Film → how many of the query's words it has, and how well."""
        scores: dict[int, tuple[int, float]] = {}
        for fitting in fits:
            best: dict[int, float] = {}
            for word, quality in fitting.items():
                for at, weight in self._weights[word].items():
                    best[at] = max(best.get(at, 0.0), weight * quality)
            for at, score in best.items():
                hits, total = scores.get(at, (0, 0.0))
                scores[at] = (hits + 1, total + score)
        return scores

    def _add_titles(self, scores: dict[int, tuple[int, float]], query: str, words: int) -> None:
        """Titles that contain the query without spaces have all of its words."""
        for at, entry in enumerate(self._entries):
            bonus = 0.0
            if query in entry.titles:
                bonus = WHOLE_TITLE
            elif len(query) >= COMPACT_LETTERS_MIN and any(query in t for t in entry.titles):
                bonus = TITLE_PART
            if bonus:
                scores[at] = (words, scores.get(at, (0, 0.0))[1] + bonus)

    def _instead(self, words: list[str]) -> str:
        """The words with those corrected that no film has."""
        corrected = [self._correction(word) for word in words]
        return " ".join(corrected) if corrected != words else ""

    def _correction(self, word: str) -> str:
        if word in self._vocabulary or self._vocabulary.containing(word):
            return word
        similar = self._vocabulary.similar(word)
        if not similar:
            return word
        return min(similar, key=lambda each: (similar[each], -self._importance(each), each))

    def _importance(self, word: str) -> float:
        return max(self._weights[word].values())


def _query_words(text: str) -> list[str]:
    words = words_of(text)[:WORDS_MAX]
    return [word for word in words if word not in STOP_WORDS] or words


def _fields(movie: MovieRecord, cinemas: Collection[CinemaRecord]) -> Iterable[tuple[float, str]]:
    yield TITLE, movie.title_id
    yield TITLE, movie.title_en
    yield PERSON, movie.director
    yield PERSON, movie.cast
    for genre in movie.genres:
        yield GENRE, f"{genre.name_id} {genre.name_en} {genre.slug}"
    for cinema in cinemas:
        yield PLACE, f"{cinema.name} {cinema.city}"
    yield FACT, f"{movie.original_language} {movie.country} {movie.distributor}"


_indexes: Recent[SearchIndex] = Recent(INDEXES_MAX, INDEX_SECONDS)


def search(catalogue: Catalogue, text: str, at: datetime) -> Found:
    """Find films of the whole catalogue, in the order of how well they fit."""
    return _index(catalogue, at).search(text)


def search_among(
    catalogue: Catalogue, movies: list[MovieRecord], filters: CatalogueFilters, at: datetime
) -> Found:
    """Those of ``movies`` that match the filters' genre and text, best first."""
    movies = [m for m in movies if filters.genre is None or filters.genre in m.genres]
    if not filters.text:
        return Found(tuple(movies))
    found, ids = search(catalogue, filters.text, at), {movie.id for movie in movies}
    left = tuple(movie for movie in found.movies if movie.id in ids)
    return Found(left, found.instead if left else "", found.scores)


def _index(catalogue: Catalogue, at: datetime) -> SearchIndex:
    """The index of this generation; a new one is built for films that left the programme."""
    key = catalogue.generation
    index = None if key is None else _indexes.get(key)
    if index is None:
        cinemas = {cinema.id: cinema for cinema in catalogue.cinemas()}
        places: dict[int, dict[int, CinemaRecord]] = defaultdict(dict)
        for entry in catalogue.movie_days(at):
            places[entry.movie_id][entry.cinema_id] = cinemas[entry.cinema_id]
        index = SearchIndex(
            catalogue.movies(), {movie: each.values() for movie, each in places.items()}
        )
        if key is not None:
            _indexes.put(key, index)
    return index
