"""Refusals of the catalogue API and their messages."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.movies.chain import Chain

API = "/api/v1"


@pytest.mark.parametrize(
    ("address", "errors"),
    [
        ("/movies?status=gone", [("status", "unknown")]),
        ("/movies?genre=x&city=y", [("city", "unknown"), ("genre", "unknown")]),
        ("/movies?q=" + "x" * 10_000, [("q", "too_long")]),
        ("/cinemas?city=atlantis", [("city", "unknown")]),
        ("/showtimes?movie=nope", [("movie", "unknown")]),
        ("/showtimes?cinema=nope", [("cinema", "unknown")]),
        ("/showtimes?date=2026-13-01", [("date", "unknown")]),
        ("/showtimes?date=20261123", [("date", "unknown")]),
        ("/showtimes?date=2026-11-23T10:00", [("date", "unknown")]),
        ("/showtimes?format=9D", [("format", "unknown")]),
        ("/showtimes?limit=0", [("limit", "out_of_range")]),
        ("/showtimes?limit=201", [("limit", "out_of_range")]),
        ("/showtimes?limit=-1", [("limit", "out_of_range")]),
        ("/showtimes?limit=", [("limit", "out_of_range")]),
        ("/showtimes?limit=%D9%A3", [("limit", "out_of_range")]),
        ("/cinemas?limit=" + "9" * 5_000, [("limit", "out_of_range")]),
    ],
)
def test_bad_filter_is_refused_by_name(
    client: Client, chain: Chain, address: str, errors: list[tuple[str, str]]
) -> None:
    response = client.get(API + address, headers={"accept-language": "en"})

    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert (problem["code"], problem["status"]) == ("invalid", 422)
    assert [(error["field"], error["code"]) for error in problem["errors"]] == errors
    assert all(error["detail"] and len(error["detail"]) < 200 for error in problem["errors"])


@pytest.mark.parametrize(
    "address",
    [
        "/cinemas/nope",
        "/movies/nope",
        "/showtimes/0",
        "/showtimes/99999999",
        "/showtimes/99999999999999999999999999",
    ],
)
def test_unknown_is_not_found(client: Client, chain: Chain, address: str) -> None:
    response = client.get(API + address)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("value", ["%00", "%00hujan", "%F0%9F%8E%AC"])
def test_strange_characters_harm_nothing(client: Client, chain: Chain, value: str) -> None:
    for name in ("q", "city", "genre", "status", "after", "limit"):
        assert client.get(f"{API}/movies?{name}={value}").status_code in (200, 422)
    for name in ("movie", "cinema", "city", "date", "format", "after"):
        assert client.get(f"{API}/showtimes?{name}={value}").status_code in (200, 422)


@pytest.mark.parametrize("address", ["/movies", "/showtimes/1", "/cinemas/layar-menteng"])
def test_catalogue_is_only_read(client: Client, chain: Chain, address: str) -> None:
    response = client.post(API + address, data="{}", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
