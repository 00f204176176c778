"""Catalogue pages on the fast path: complete responses from the page cache."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from movies.models import Movie
from tests.factories import make_user
from tests.fast_path import full_stack_client, used_fast_path, visible
from tests.movies.chain import Chain

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
def test_cached_page_has_the_response_of_the_whole_stack(
    chain: Chain, address: str, language: str
) -> None:
    client = Client(headers={"Accept-Language": language})
    first, second = client.get(address), client.get(address)
    full = full_stack_client().get(address, headers={"Accept-Language": language})

    assert [used_fast_path(each) for each in (first, second, full)] == [False, True, False]
    assert visible(first) == visible(second) == visible(full)
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
def test_session_cookie_is_left_to_the_whole_stack(chain: Chain, address: str) -> None:
    client = Client()
    for _each in range(2):
        client.get(address)
    client.force_login(make_user())

    assert not used_fast_path(client.get(address))


def test_head_and_other_methods_are_left_to_the_whole_stack(chain: Chain) -> None:
    client = Client()
    for _each in range(2):
        client.get("/api/v1/cinemas")

    answers = [client.head("/api/v1/cinemas"), client.post("/api/v1/cinemas")]

    assert [(each.status_code, used_fast_path(each)) for each in answers] == [
        (200, False),
        (405, False),
    ]


def test_conditional_request_gets_304(chain: Chain) -> None:
    client = Client()
    for _each in range(2):
        tag = client.get("/schedule/").headers["ETag"]

    answer = client.get("/schedule/", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content) == (304, b"")


def test_page_made_for_a_signed_in_visitor_is_not_kept_complete(chain: Chain) -> None:
    """The fast path serves only responses that were made for visitors without a session."""
    signed_in, visitor = Client(), Client()
    signed_in.force_login(make_user())
    signed_in.get("/")

    first, second = visitor.get("/"), visitor.get("/")

    assert [used_fast_path(each) for each in (first, second)] == [False, True]
    assert not second.cookies


def test_page_is_kept_for_each_scheme(chain: Chain, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 60
    client = Client()
    for secure in (False, True):
        client.get("/", secure=secure)

    pages = [client.get("/", secure=secure) for secure in (False, True)]

    assert [used_fast_path(page) for page in pages] == [True, True]
    assert [page.headers.get("Strict-Transport-Security") for page in pages] == [None, "max-age=60"]
