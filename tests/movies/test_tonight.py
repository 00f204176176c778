"""The home page's list of today, and the filters by language and time of day."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError
from django.test import Client

from movies.models import Cinema, Movie, Showtime
from tests.movies.chain import NOON, Chain
from tests.movies.test_api import get
from tests.movies.test_pages import page, showtime_ids


def screenings(text: str) -> list[tuple[str, str]]:
    """Hour and film of each line of today's list."""
    listed = text.partition('<ol class="screenings">')[2].partition("</ol>")[0]
    hours = re.findall(r'screening-hour" datetime="[^"]+">([^<]+)<', listed)
    films = re.findall(r'href="(?:/en)?/showtimes/\d+/">([^<]+)<', listed)
    return list(zip(hours, films, strict=True))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [("19:00", "Rain"), ("00:30", "Lantern")]),  # the first city
        ("?city=jakarta", [("19:00", "Rain"), ("00:30", "Lantern")]),
        ("?city=jayapura", [("19:00", "Lantern")]),
        ("?city=nowhere", [("19:00", "Rain"), ("00:30", "Lantern")]),
    ],
)
def test_home_lists_today_in_a_city_by_time(
    client: Client, chain: Chain, query: str, expected: list[tuple[str, str]]
) -> None:
    assert screenings(page(client, f"/en/{query}")) == expected


def test_home_lists_the_evening_alone(client: Client, chain: Chain) -> None:
    Showtime.objects.filter(pk=chain.tonight.pk).update(starts_at=NOON + timedelta(hours=4))

    assert screenings(page(client, "/en/?city=jakarta")) == [
        ("16:00", "Rain"),
        ("00:30", "Lantern"),
    ]
    assert screenings(page(client, "/en/?city=jakarta&time=evening")) == [("00:30", "Lantern")]


def test_home_names_the_end_and_the_evening_of_a_show_after_midnight(
    client: Client, chain: Chain
) -> None:
    listed = page(client, "/en/?city=jakarta").partition('<ol class="screenings">')[2]
    lines = listed.partition("</ol>")[0].split("<li>")[1:]

    named = [re.findall(r"until \d\d:\d\d|night of \w+", line) for line in lines]
    assert named == [["until 20:50"], ["until 02:20", "night of Monday"]]


def test_home_shows_when_today_is_over(
    client: Client, chain: Chain, noon: time_machine.Traveller
) -> None:
    noon.move_to(chain.late.starts_at)

    text = page(client, "/en/?city=jakarta")
    assert screenings(text) == []
    assert "Nothing more today." in text


def test_film_cards_have_showtimes_and_trailers(client: Client, chain: Chain) -> None:
    Movie.objects.filter(slug="hujan").update(trailer_url="https://trailers.example/hujan")

    text = page(client, "/en/?city=jakarta")
    card = text.partition('<article class="film-card">')[2].partition("</article>")[0]

    assert showtime_ids(card) == [chain.tonight.pk]
    assert 'href="https://trailers.example/hujan"' in card


def test_home_names_its_cities_for_the_script(client: Client, chain: Chain) -> None:
    text = html.unescape(page(client, "/en/?city=jayapura&time=evening"))

    chips = re.findall(
        r'href="([^"]+)" data-city="(\w+)"\s+data-time-zone="([^"]+)"\s*(aria-current="true")?',
        text,
    )
    assert chips == [
        ("/en/?city=jakarta&time=evening#tonight", "jakarta", "Asia/Jakarta", ""),
        (
            "/en/?city=jayapura&time=evening#tonight",
            "jayapura",
            "Asia/Jayapura",
            'aria-current="true"',
        ),
    ]


def test_home_gives_the_script_the_positions_of_cities(client: Client, chain: Chain) -> None:
    Cinema.objects.filter(pk=chain.jayapura.pk).update(latitude=-2.5, longitude=140.7)

    for prefix in ("", "/en"):
        found = re.findall(
            r'data-latitude="([^"]+)" data-longitude="([^"]+)"', page(client, f"{prefix}/")
        )
        assert found == [("-2.5", "140.7")]


@pytest.mark.parametrize(("latitude", "longitude"), [(-91.0, 0.0), (0.0, 181.0), (1.0, None)])
def test_location_is_on_earth(chain: Chain, latitude: float, longitude: float | None) -> None:
    with pytest.raises(IntegrityError, match="cinema_location_is_on_earth"):
        Cinema.objects.update(latitude=latitude, longitude=longitude)


@pytest.fixture
def languages(chain: Chain) -> Chain:
    Showtime.objects.update(audio_language="Indonesian")
    Showtime.objects.filter(pk=chain.tonight.pk).update(
        audio_language="English", subtitle_language="Indonesian"
    )
    return chain


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["tonight", "late"]),
        ("&audio=English", ["tonight"]),
        ("&audio=indonesian", ["late"]),
        ("&subtitles=Indonesian", ["tonight"]),
        ("&audio=Indonesian&subtitles=Indonesian", []),
        ("&time=evening", ["tonight", "late"]),
    ],
)
def test_schedule_and_api_are_filtered_by_language_and_time(
    client: Client, languages: Chain, query: str, names: list[str]
) -> None:
    expected = [getattr(languages, name).pk for name in names]
    address = f"city=jakarta&date=2026-11-23{query}"

    found = get(client, f"/showtimes?{address}")["results"]
    assert [each["id"] for each in found] == expected
    assert sorted(showtime_ids(page(client, f"/en/schedule/?{address}"))) == sorted(expected)


def test_tile_names_its_languages(client: Client, languages: Chain) -> None:
    text = " ".join(page(client, "/en/films/hujan/").split())

    assert "English, subtitles: Indonesian" in text


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("audio=Klingon", "No showtime is in the language “Klingon”."),
        ("subtitles=Klingon", "No showtime is in the language “Klingon”."),
        ("time=night", "“night” is not a time of day; “evening” is."),
    ],
)
def test_unknown_language_or_time_is_reported(
    client: Client, languages: Chain, query: str, problem: str
) -> None:
    refused: Any = client.get(f"/api/v1/showtimes?{query}", headers={"Accept-Language": "en"})

    assert refused.status_code == 422
    assert [each["detail"] for each in refused.json()["errors"]] == [problem]
    assert problem in html.unescape(page(client, f"/en/schedule/?{query}"))
