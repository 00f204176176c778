"""The catalogue by the short way: kept bodies with the long way's headers."""

from __future__ import annotations

import pytest
from django.test import Client

from movies.models import Movie
from tests.factories import make_user
from tests.movies.chain import Chain
from tests.short_way import long_way_client, told, took_the_short_way

ADDRESSES = [
    "/",
    "/en/",
    "/schedule/?city=jakarta",
    "/en/films/hujan/",
    "/api/v1/cinemas",
    "/api/v1/showtimes?movie=hujan",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_kept_body_is_answered_as_by_the_long_way(
    chain: Chain, address: str, language: str
) -> None:
    client = Client(headers={"Accept-Language": language})
    first, second = client.get(address), client.get(address)
    long = long_way_client().get(address, headers={"Accept-Language": language})

    assert [took_the_short_way(each) for each in (first, second, long)] == [False, True, False]
    assert told(first) == told(second) == told(long)
    assert first.status_code == 200


def test_change_of_the_catalogue_is_seen_at_once(
    chain: Chain, django_capture_on_commit_callbacks: object
) -> None:
    client = Client()
    address = "/api/v1/movies/hujan"
    assert client.get(address).json()["director"] == client.get(address).json()["director"]

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        movie = Movie.objects.get(slug="hujan")
        movie.director = "Somebody Else"
        movie.save()

    assert client.get(address).json()["director"] == "Somebody Else"


@pytest.mark.parametrize("address", ["/", "/api/v1/cinemas"])
def test_cookie_that_means_something_goes_the_long_way(chain: Chain, address: str) -> None:
    client = Client()
    for _each in range(2):
        client.get(address)
    client.force_login(make_user())

    assert not took_the_short_way(client.get(address))


def test_head_and_other_methods_go_the_long_way(chain: Chain) -> None:
    client = Client()
    for _each in range(2):
        client.get("/api/v1/cinemas")

    answers = [client.head("/api/v1/cinemas"), client.post("/api/v1/cinemas")]

    assert [(each.status_code, took_the_short_way(each)) for each in answers] == [
        (200, False),
        (405, False),
    ]


def test_known_body_is_not_sent_again(chain: Chain) -> None:
    client = Client()
    for _each in range(2):
        tag = client.get("/schedule/").headers["ETag"]

    answer = client.get("/schedule/", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content) == (304, b"")
