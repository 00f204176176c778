"""Corrections and suggestions of the search, on pages and in the API."""

from __future__ import annotations

import html

import pytest
from django.test import Client

from tests.movies.chain import Chain
from tests.movies.test_api import get


def test_correction_of_a_search(client: Client, chain: Chain) -> None:
    assert get(client, "/movies?q=hujna")["did_you_mean"] == "hujan"
    assert get(client, "/movies?q=hujan")["did_you_mean"] == ""

    page = html.unescape(client.get("/en/films/?q=hujna&city=jakarta").content.decode())
    assert 'Did you mean <a href="/en/films/?q=hujan&city=jakarta">hujan</a>?' in page
    assert "Did you mean" not in client.get("/en/films/?q=hujan").content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("hu", [("film", "Rain", "/en/films/hujan/")]),
        ("lenter", [("film", "Lantern", "/en/films/lentera/")]),
        (
            "jayapura",
            [
                ("film", "Lantern", "/en/films/lentera/"),
                ("cinema", "Layar Jayapura", "/en/cinemas/layar-jayapura/"),
                ("city", "Jayapura", "/en/schedule/?city=jayapura"),
            ],
        ),
        (
            "famly",
            [
                ("film", "Lantern", "/en/films/lentera/"),
                ("genre", "Family", "/en/films/?genre=family"),
            ],
        ),
        ("h", []),
        ("zzz", []),
    ],
)
def test_suggestions(
    client: Client, chain: Chain, query: str, expected: list[tuple[str, str, str]]
) -> None:
    found = get(client, f"/suggestions?q={query}")["results"]

    assert [(each["kind"], each["text"], each["path"]) for each in found] == expected
