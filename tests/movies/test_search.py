"""Tolerant search: sixty queries on the demo chain, and misspelt words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.films.films import FILMS, GENRES
from movies.catalogue.records import CinemaRecord, GenreRecord, MovieRecord
from movies.catalogue.search import SearchIndex
from movies.catalogue.words import Vocabulary, typos_allowed, typos_between, words_of
from tests.movies.chain import NOON
from tests.movies.search_queries import QUERIES

AMONG = 3
FOUND_PERCENT_MIN = 95
PLACES = {"Layar Yogya": "Yogyakarta", "Layar Losari": "Makassar"}
letters = st.text("abcdef", max_size=9)


def demo_index() -> SearchIndex:
    genres = {genre.slug: GenreRecord(genre.slug, genre.name_id, genre.name_en) for genre in GENRES}
    same: Any = {"release_date": date(2026, 1, 1), "trailer_url": "", "poster_url": ""}
    same |= {"posters": (), "updated_at": NOON}
    movies = [
        MovieRecord(
            id=number,
            **{name: getattr(film, name) for name in MovieRecord.__slots__ if hasattr(film, name)}
            | same
            | {"genres": tuple(genres[slug] for slug in film.genres)},
        )
        for number, film in enumerate(FILMS)
    ]
    cinemas = [
        CinemaRecord(n, "", name, city, "", "", "", "Asia/Jakarta", None, None, (), NOON)
        for n, (name, city) in enumerate(PLACES.items())
    ]
    return SearchIndex(movies, {movie.id: cinemas for movie in movies})


INDEX = demo_index()


def slugs(text: str) -> list[str]:
    return [movie.slug for movie in INDEX.search(text).movies]


def test_sixty_queries_find_their_film_among_the_first_three() -> None:
    missed = {
        text: slugs(text)[:AMONG] for text, film in QUERIES if film not in slugs(text)[:AMONG]
    }

    assert len(QUERIES) == len(set(QUERIES)) == 60
    assert (len(QUERIES) - len(missed)) * 100 >= FOUND_PERCENT_MIN * len(QUERIES), missed


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("qiuet orbit", "quiet orbit"),
        ("kancl", "kancil"),
        ("galang prabaswra", "galang prabaswara"),
        ("quiet orbit", ""),
        ("orb", ""),
        ("zzzzzz", ""),
    ],
)
def test_correction_of_a_query(text: str, instead: str) -> None:
    assert INDEX.search(text).instead == instead


@pytest.mark.parametrize("text", ["", "   ", "!!!", "zzzzzz", "qqqqqq wwwwww"])
def test_nothing_is_found_for_nothing_or_nonsense(text: str) -> None:
    assert slugs(text) == []


def test_title_itself_comes_first() -> None:
    for film in FILMS:
        assert slugs(film.title_id)[0] == film.slug
        assert slugs(film.title_en)[0] == film.slug


@given(letters, letters)
def test_typos_are_counted_by_the_definition(one: str, other: str) -> None:
    def definition(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        best = min(
            definition(i - 1, j) + 1,
            definition(i, j - 1) + 1,
            definition(i - 1, j - 1) + (one[i - 1] != other[j - 1]),
        )
        if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
            best = min(best, definition(i - 2, j - 2) + 1)
        return best

    one, other = one[:6], other[:6]
    assert typos_between(one, other, 2) == min(definition(len(one), len(other)), 3)


@given(st.lists(st.text("abcd", min_size=4, max_size=9), max_size=20), st.text("abcd", max_size=9))
def test_similar_words_are_those_with_few_typos_that_share_a_pair(
    words: list[str], wrong: str
) -> None:
    limit = typos_allowed(wrong)
    similar = Vocabulary(words).similar(wrong)

    assert all(typos_between(wrong, word, limit) == typos for word, typos in similar.items())
    if limit:
        same_start = {word for word in words if word[0] == wrong[0]}
        near = {word for word in same_start if typos_between(wrong, word, limit) <= limit}
        assert near <= set(similar)


def test_words_are_read_without_marks_and_diacritics() -> None:
    assert words_of("Jum'at: Ngöbrol—SÍNTEL, 23:40!") == ["jumat", "ngobrol", "sintel", "23", "40"]
