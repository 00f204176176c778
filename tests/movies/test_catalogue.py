"""Contents of the catalogue, and their update after a commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from movies.catalogue.catalogue import Catalogue, new_generation
from movies.catalogue.records import MovieRecord, ShowtimeRecord
from movies.models import Cinema, Genre, Movie, Showtime, Studio
from movies.scheduling.showtimes import ShowtimeDraft, reprice_showtime, schedule_showtimes
from tests.factories import make_layout, make_movie, make_showtime, make_studio
from tests.movies.chain import NOON, TODAY, TOMORROW, Chain, open_chain


def test_films_contain_both_languages(chain: Chain) -> None:
    movie = next(movie for movie in Catalogue.current().movies() if movie.slug == "hujan")

    assert movie == MovieRecord(
        id=chain.rain.pk,
        slug="hujan",
        title_id="Hujan",
        title_en="Rain",
        synopsis_id="Sebuah cerita.",
        synopsis_en="A story.",
        duration_minutes=100,
        classification="SU",
        genres=movie.genres,
        release_date=TODAY,
        original_language="Indonesia",
        country="Indonesia",
        director="Siti",
        cast="",
        distributor="",
        is_indonesian=False,
        attribution="",
        trailer_url="",
        poster_url="",
        posters=(),
        updated_at=Movie.objects.get(pk=movie.id).updated_at,
    )
    assert [genre.slug for genre in movie.genres] == ["drama"]


def test_showings_leave_out_what_has_begun_and_what_was_cancelled(chain: Chain) -> None:
    cinema = next(p for p in Catalogue.current().cinemas() if p.slug == "layar-menteng")

    def ids(at: Any) -> list[int]:
        return [showtime.id for showtime in Catalogue.current().showtimes(cinema, TODAY, at)]

    assert ids(NOON) == [chain.tonight.pk, chain.late.pk]
    assert ids(chain.tonight.starts_at - timedelta(seconds=1)) == [chain.tonight.pk, chain.late.pk]
    assert ids(chain.tonight.starts_at) == [chain.late.pk]
    Showtime.objects.filter(pk=chain.late.pk).update(cancelled_at=NOON)
    new_generation()
    assert ids(NOON) == [chain.tonight.pk]


def test_runs_end_with_their_last_showing(chain: Chain) -> None:
    catalogue = Catalogue.current()

    def days(at: Any) -> set[tuple[int, object]]:
        return {
            (movie_day.movie_id, movie_day.business_date) for movie_day in catalogue.movie_days(at)
        }

    rain, lantern = chain.rain.pk, chain.lantern.pk
    assert days(NOON) == {(rain, TODAY), (rain, TOMORROW), (lantern, TODAY)}
    assert days(chain.late.starts_at) == {(rain, TOMORROW)}


def test_showing_by_id(chain: Chain) -> None:
    showtime = Catalogue.current().showtime(chain.tonight.pk)

    assert isinstance(showtime, ShowtimeRecord)
    assert (showtime.movie_id, showtime.starts_at) == (chain.rain.pk, chain.tonight.starts_at)
    assert Catalogue.current().showtime(0) is None


def test_warm_reads_need_no_query(
    chain: Chain, django_assert_num_queries: Callable[..., Any]
) -> None:
    def read_all() -> None:
        catalogue = Catalogue.current()
        catalogue.movies()
        catalogue.movie_days(NOON)
        catalogue.showtime(chain.tonight.pk)
        for cinema in catalogue.cinemas():
            catalogue.showtimes(cinema, TODAY, NOON)

    read_all()
    with django_assert_num_queries(0):
        read_all()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda chain: Movie.objects.get(pk=chain.rain.pk).save(),
        lambda chain: Cinema.objects.get(pk=chain.menteng.pk).save(),
        lambda chain: Studio.objects.get(pk=chain.west.pk).save(),
        lambda chain: Showtime.objects.get(pk=chain.tonight.pk).save(),
        lambda chain: Genre.objects.create(slug="horror", name_id="Horor", name_en="Horror"),
        lambda chain: chain.rain.genres.clear(),
        lambda chain: reprice_showtime(chain.tonight, 1_000, NOON),
        lambda chain: schedule_showtimes(
            [
                ShowtimeDraft(
                    studio=chain.west,
                    movie=chain.rain,
                    starts_at=NOON + timedelta(days=3),
                    audio_language="Indonesian",
                    base_price_rupiah=1_000,
                )
            ],
            at=NOON,
        ),
    ],
    ids=["film", "cinema", "studio", "showtime", "genre", "genres", "reprice", "schedule"],
)
def test_every_change_makes_the_catalogue_stale_on_commit(
    noon: object, change: Callable[[Chain], object]
) -> None:
    chain = open_chain()
    make_layout(chain.west)
    before = Catalogue.current().token
    with transaction.atomic():
        change(chain)
        assert Catalogue.current().token == before
    assert Catalogue.current().token != before


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_it_warm(noon: object) -> None:
    chain = open_chain()
    before = Catalogue.current().token
    with transaction.atomic():
        chain.rain.save()
        transaction.set_rollback(True)
    assert Catalogue.current().token == before


def test_showing_of_a_film_that_an_older_entry_does_not_have_waits_for_the_bump(
    chain: Chain,
) -> None:
    """A read between the commit of a showtime and the new generation."""
    catalogue = Catalogue.current()
    cinema = next(p for p in catalogue.cinemas() if p.slug == "layar-menteng")
    catalogue.movies()
    early = Catalogue(catalogue.token)
    with transaction.atomic():
        movie = make_movie()
        fresh = make_showtime(
            make_studio(chain.tonight.studio.cinema), at=NOON, starts_at=chain.tonight.starts_at,
            movie=movie,
        )  # fmt: skip
        between = [s.id for s in early.showtimes(cinema, TODAY, NOON)], early.showtime(fresh.pk)
    new_generation()
    after = Catalogue.current()

    assert between == ([chain.tonight.pk, chain.late.pk], None)
    assert sorted(s.id for s in after.showtimes(cinema, TODAY, NOON)) == sorted(
        [chain.tonight.pk, chain.late.pk, fresh.pk]
    )
