"""Import of films: preview of each row, and its effect."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from movies.importing.columns import FILM_COLUMNS
from movies.importing.films import FILMS
from movies.importing.plan import CellChange, ImportOutdated, ImportPlan, Verdict
from movies.importing.spreadsheets import ROWS_MAX, FileUnreadable, read_sheet
from movies.models import Genre, Movie
from tests.factories import make_movie
from tests.movies.chain import Chain
from tests.movies.tables import csv_bytes

pytestmark = pytest.mark.usefixtures("english")

SEA = {column.name: column.examples[0] for column in FILM_COLUMNS}
PREVIEW_SECONDS_MAX = 5.0


def plan(*films: dict[str, str]) -> ImportPlan:
    columns = list(dict.fromkeys(name for film in films for name in film))
    rows = [[film.get(name, "") for name in columns] for film in films]
    sheet = read_sheet(csv_bytes([columns, *rows]))
    FILMS.demand_columns(sheet)
    return FILMS.plan(sheet, None, timezone.now())


def faults(found: ImportPlan) -> list[tuple[int, str, str]]:
    return [(row.number, fault.column, fault.message) for row in found.bad for fault in row.faults]


def apply(found: ImportPlan) -> None:
    FILMS.apply(found.work, timezone.now())


def test_new_film_is_made_whole_and_only_once(chain: Chain) -> None:
    found = plan(SEA)
    assert [(row.number, row.title, row.verdict) for row in found.rows] == [
        (2, "Laut Bercerita", Verdict.CREATE)
    ]
    assert not Movie.objects.filter(slug="laut-bercerita").exists()

    apply(found)

    film = Movie.objects.get(slug="laut-bercerita")
    assert (film.title_en, film.duration_minutes, film.classification) == (
        "The Sea Speaks",
        112,
        "13+",
    )
    assert (film.release_date, film.is_indonesian) == (date(2026, 12, 24), True)
    assert [genre.slug for genre in film.genres.all()] == ["drama"]
    assert plan(SEA).counts == {"create": 0, "change": 0, "same": 1, "bad": 0}


def test_import_of_a_known_film_changes_only_its_columns(chain: Chain) -> None:
    found = plan(
        {
            "slug": "hujan",
            "title_en": "Rain at Noon",
            "director": "",
            "genres": "Keluarga, drama",
            "is_indonesian": "ya",
        }
    )

    (row,) = found.rows
    assert row.changes == (
        CellChange("title_en", "Rain", "Rain at Noon"),
        CellChange("is_indonesian", "no", "yes"),
        CellChange("genres", "drama", "drama, family"),
    )
    apply(found)
    chain.rain.refresh_from_db()
    assert (chain.rain.title_en, chain.rain.title_id, chain.rain.director) == (
        "Rain at Noon",
        "Hujan",
        "Siti",
    )
    assert {genre.slug for genre in chain.rain.genres.all()} == {"drama", "family"}


def test_film_without_slug_is_known_by_its_title(chain: Chain) -> None:
    assert plan({"title_id": "Hujan", "title_en": "Rain"}).counts["same"] == 1


def test_bad_cells_are_all_named(chain: Chain) -> None:
    found = plan(
        SEA | {"slug": "a", "duration_minutes": "long", "genres": "drama, mystery"},
        SEA | {"slug": "b", "title_en": "", "release_date": "2026-13-01"},
        SEA | {"slug": "c d", "classification": "18", "trailer_url": "nowhere"},
        SEA | {"slug": "hujan"},
        SEA | {"slug": "hujan"},
        {"title_en": "No name"},
    )

    assert faults(found) == [
        (2, "duration_minutes", "“long” is no whole number above zero."),
        (2, "genres", "There is no genre “mystery”."),
        (3, "title_en", "This cell is empty."),
        (3, "release_date", "There is no day “2026-13-01”."),
        (4, "classification", "“18” is not one of: SU, 13+, 17+, 21+."),
        (
            4,
            "slug",
            "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.",
        ),
        (4, "trailer_url", "Enter a valid URL."),
        (6, "slug", "Row 5 is about the same film."),
        (7, "slug", "A film needs a slug or a title."),
        *[
            (7, name, "This cell is empty.")
            for name in (
                "title_id", "synopsis_id", "synopsis_en", "duration_minutes", "classification",
                "genres", "release_date", "original_language", "country", "director",
            )
        ],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"titel": "x"}, "There is no column “titel”. The columns are: "),
    ],
)
def test_misspelt_column_is_reported(columns: dict[str, str], expected: str) -> None:
    with pytest.raises(FileUnreadable) as refused:
        plan(columns)
    assert str(refused.value).startswith(expected)


def test_import_with_a_concurrent_change_writes_nothing(chain: Chain) -> None:
    found = plan(SEA | {"slug": "first"}, SEA)
    make_movie(slug="laut-bercerita")

    with pytest.raises(ImportOutdated):
        apply(found)

    assert not Movie.objects.filter(slug="first").exists()


def test_plan_of_a_thousand_films_takes_seconds(
    chain: Chain, django_assert_num_queries: Any
) -> None:
    films = [SEA | {"slug": f"film-{number}"} for number in range(ROWS_MAX)]

    began = time.process_time()
    with django_assert_num_queries(2):  # films, genres
        found = plan(*films)

    assert found.counts["create"] == ROWS_MAX
    assert time.process_time() - began < PREVIEW_SECONDS_MAX
    assert Genre.objects.count() == 2
