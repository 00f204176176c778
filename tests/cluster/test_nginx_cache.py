"""nginx's cache: cached responses, and responses that are never shared between visitors."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.cluster.proxied import Server, received, send

pytestmark = pytest.mark.runtime

PUBLIC = {"Cache-Control": "public, max-age=10"}
SIGNED_IN: dict[str, Any] = {"Cookie": "sessionid=alice"}
VISITOR: dict[str, Any] = {"Cookie": "layar_visitor=web%3Aalice; csrftoken=secret"}


def test_catalogue_is_cached(port: int, web: list[Server]) -> None:
    for server in web:
        server.headers = {**PUBLIC, "ETag": '"one"'}
    first = send(port, "/schedule/?city=jakarta")
    again = send(port, "/schedule/?city=jakarta", **VISITOR)
    other = send(port, "/schedule/?city=bandung")
    unchanged = send(port, "/schedule/?city=jakarta", If_None_Match='"one"')

    assert again.body == first.body != other.body
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert received(web) == ["GET /schedule/?city=bandung", "GET /schedule/?city=jakarta"]


@pytest.mark.parametrize("path", ["/", "/en/films/", "/api/v1/cinemas", "/showtimes/7/seats.json"])
def test_cached_response_is_requested_without_identity(
    port: int, web: list[Server], path: str
) -> None:
    for server in web:
        server.headers = PUBLIC
    first = send(port, path, **VISITOR).received

    assert "Cookie" not in first["headers"]
    assert send(port, path).received == first


@pytest.mark.parametrize(
    "who",
    [SIGNED_IN, {"Authorization": "Token alice"}, {"X_Visitor": "a" * 16}],
    ids=["session", "token", "visitor"],
)
@pytest.mark.parametrize("path", ["/", "/api/v1/showtimes/7/seats", "/api/v1/cinemas"])
def test_private_response_is_not_shared(
    port: int, web: list[Server], who: dict[str, Any], path: str
) -> None:
    for server in web:
        server.headers = PUBLIC  # as if Layar had said so by mistake
    [(name, value)] = who.items()
    alices = send(port, path, **who).received
    anybodys = send(port, path).received
    alices_again = send(port, path, **who).received

    assert alices["headers"][name.replace("_", "-")] == value
    assert len({alices["number"], anybodys["number"], alices_again["number"]}) == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "private, max-age=10"},
        {"Cache-Control": "no-store"},
        {},
        {**PUBLIC, "Set-Cookie": "layar_visitor=alice"},
        {**PUBLIC, "Vary": "*"},
    ],
    ids=["private", "no-store", "silent", "cookie", "vary"],
)
def test_response_that_is_not_public_is_not_cached(
    port: int, web: list[Server], headers: dict[str, str]
) -> None:
    for server in web:
        server.headers = headers

    assert [send(port, "/").received["number"] for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("path", ["/bookings/", "/showtimes/7/", "/admin/", "/api/v1/bookings"])
def test_other_paths_are_never_cached(port: int, web: list[Server], path: str) -> None:
    for server in web:
        server.headers = PUBLIC

    assert [send(port, path).received["number"] for _ in range(2)] == [1, 2]


def test_languages_are_cached_separately(port: int, web: list[Server]) -> None:
    for server in web:
        server.headers = {**PUBLIC, "Vary": "Accept-Language"}
    asked = ["id", "en", "id", "en-GB,en;q=0.9", "fr, en;q=0.5", "fr, en;q=0.5", "en"]

    documents = [send(port, "/api/v1/movies", Accept_Language=words).received for words in asked]

    languages = [
        each["headers"]["Accept-Language"].split("-")[0].split(",")[0] for each in documents
    ]
    assert languages == ["id", "en", "id", "en", "fr", "fr", "en"]


def test_concurrent_requests_reach_the_server_once(port: int, web: list[Server]) -> None:
    def slow(method: str, path: str) -> int:
        time.sleep(0.3)
        return 200

    for server in web:
        server.headers, server.reply = PUBLIC, slow
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: send(port, "/schedule/"), range(20)))

    assert received(web) == ["GET /schedule/"]
