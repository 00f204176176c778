"""Demo data: complete, well-formed, and without third-party material."""

from __future__ import annotations

import itertools
import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest

from demo.chain import BENCHMARK_CINEMA_SLUG, BENCHMARK_STUDIO_NAME, CINEMAS
from demo.films.films import FILMS, GENRES, Film
from demo.programme import occupied_minutes, plan_day
from demo.studios import BENCHMARK_SEATS, DemoStudio
from seating.layouts.grid import parse_grid

POSTER_BYTES_MAX = 40_000
STUDIOS = [(cinema.slug, studio) for cinema in CINEMAS for studio in cinema.studios]
SOME_MONDAY = date(2026, 11, 23)


def test_films_are_sixteen_most_of_them_showing() -> None:
    showing = [film for film in FILMS if film.release_offset_days < 0]
    assert (len(FILMS), len({film.slug for film in FILMS}), len(showing)) == (16, 16, 11)


def test_genres_of_films_are_all_known() -> None:
    used = {genre for film in FILMS for genre in film.genres}
    assert used == {genre.slug for genre in GENRES}


@pytest.mark.parametrize("film", FILMS, ids=lambda film: film.slug)
def test_poster_draws_by_itself(film: Film) -> None:
    svg = film.poster.read_text()
    root = ElementTree.fromstring(svg)
    references = re.findall(r'(?:href|src)="([^"]+)"|url\(([^)]+)\)', svg)
    outside = [one or other for one, other in references if not (one or other).startswith("#")]
    elements = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert root.get("viewBox") == "0 0 600 900"
    assert (outside, elements & {"script", "image", "foreignObject", "text"}) == ([], set())
    assert len(svg.encode()) < POSTER_BYTES_MAX


def test_open_films_have_the_credit_of_their_licence() -> None:
    credited = {film.slug: film.attribution for film in FILMS if film.attribution}
    assert set(credited) == {
        "big-buck-bunny",
        "sintel",
        "tears-of-steel",
        "spring",
        "elephants-dream",
    }
    assert all("Blender Foundation" in text and "CC BY" in text for text in credited.values())


@pytest.mark.parametrize(("slug", "studio"), STUDIOS)
def test_studio_grid_reads_as_the_seats_it_counts(slug: str, studio: DemoStudio) -> None:
    assert len(parse_grid(studio.grid)) == studio.seats


def test_benchmark_studio_has_exactly_two_hundred_seats() -> None:
    seats = [
        studio.seats
        for slug, studio in STUDIOS
        if (slug, studio.name) == (BENCHMARK_CINEMA_SLUG, BENCHMARK_STUDIO_NAME)
    ]
    assert seats == [BENCHMARK_SEATS]


@pytest.mark.parametrize(("slug", "studio"), STUDIOS)
def test_plan_leaves_time_to_clean_between_shows(slug: str, studio: DemoStudio) -> None:
    crowded = [
        (day, one.film.slug)
        for day in (SOME_MONDAY + timedelta(days=n) for n in range(60))
        for slots in [plan_day(studio, slug, day, FILMS)]
        for one, other in itertools.pairwise(slots)
        if one.start_minute + occupied_minutes(one.film, studio) > other.start_minute
    ]
    assert crowded == []


@pytest.mark.parametrize(("slug", "studio"), STUDIOS)
def test_plan_of_a_day_is_always_the_same(slug: str, studio: DemoStudio) -> None:
    plans = [plan_day(studio, slug, SOME_MONDAY, FILMS) for _again in range(2)]
    assert plans[0] == plans[1]


def test_plan_begins_late_in_the_morning_and_ends_before_the_last_trains() -> None:
    days = [SOME_MONDAY + timedelta(days=n) for n in range(14)]
    plans = [plan_day(studio, slug, day, FILMS) for slug, studio in STUDIOS for day in days]
    first = [slots[0].start_minute for slots in plans]
    last = [slots[-1].start_minute for slots in plans]
    assert (min(first), max(first)) == (10 * 60 + 30, 11 * 60 + 30)
    assert {minute for minute in last if minute > 22 * 60 + 30} == {24 * 60 + 15}
