"""Catalogue API: whole responses, every filter, field errors, cached bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from movies.api import serializers
from movies.api.programme import ProgrammeShape
from movies.api.representations import instant
from movies.api.suggestions import SuggestionList
from tests.movies.chain import Chain

API = "/api/v1"
ADDRESSES = [
    "/cinemas",
    "/cinemas/layar-menteng",
    "/movies",
    "/movies?status=now_showing&city=jakarta&q=hujan",
    "/movies/hujan",
    "/showtimes",
    "/showtimes?movie=hujan&cinema=layar-menteng&city=jakarta&date=2026-11-23",
    "/programme?city=jakarta&from=2026-11-23",
]


def get(client: Client, address: str, language: str = "en") -> Any:
    response = client.get(API + address, headers={"accept-language": language})
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    return response.json()


def updated_at(row: Any) -> str:
    row.refresh_from_db()
    return str(instant(row.updated_at))


def slugs(answer: Any) -> list[str]:
    return [entry["slug"] for entry in answer["results"]]


def ids(answer: Any) -> list[int]:
    return [entry["id"] for entry in answer["results"]]


def test_cinema(client: Client, chain: Chain) -> None:
    cinema = {
        "id": chain.jayapura.pk,
        "slug": "layar-jayapura",
        "name": "Layar Jayapura",
        "city": "Jayapura",
        "city_slug": "jayapura",
        "address": "Jl. Contoh 1",
        "phone": "",
        "time_zone": "Asia/Jayapura",
        "latitude": None,
        "longitude": None,
        "studios": [{"id": chain.east.pk, "name": "Studio 1", "studio_class": "regular"}],
        "updated_at": updated_at(chain.jayapura),
    }
    assert get(client, "/cinemas/layar-jayapura") == cinema
    assert get(client, "/cinemas?city=jayapura") == {"results": [cinema], "next": None}


@pytest.mark.parametrize(("language", "title"), [("en", "Rain"), ("id", "Hujan"), ("de", "Hujan")])
def test_movie(client: Client, chain: Chain, language: str, title: str) -> None:
    assert get(client, "/movies/hujan", language) == {
        "id": chain.rain.pk,
        "slug": "hujan",
        "title": title,
        "title_id": "Hujan",
        "title_en": "Rain",
        "status": "now_showing",
        "synopsis": "A story." if language == "en" else "Sebuah cerita.",
        "duration_minutes": 100,
        "classification": "SU",
        "genres": [{"slug": "drama", "name": "Drama"}],
        "release_date": "2026-11-23",
        "original_language": "Indonesia",
        "country": "Indonesia",
        "director": "Siti",
        "cast": "",
        "distributor": "",
        "is_indonesian": False,
        "attribution": "",
        "trailer_url": "",
        "poster_url": "",
        "posters": [],
        "updated_at": updated_at(chain.rain),
    }


def test_showtime(client: Client, chain: Chain) -> None:
    showtime = {
        "id": chain.late.pk,
        "movie": {
            "id": chain.lantern.pk,
            "slug": "lentera",
            "title": "Lantern",
            "duration_minutes": 100,
            "classification": "SU",
        },
        "cinema": {
            "id": chain.menteng.pk,
            "slug": "layar-menteng",
            "name": "Layar Menteng",
            "city": "Jakarta",
            "city_slug": "jakarta",
            "time_zone": "Asia/Jakarta",
        },
        "studio": {"id": chain.west.pk, "name": "Studio 1", "studio_class": "regular"},
        "starts_at": "2026-11-23T17:30:00Z",
        "local_starts_at": "2026-11-24T00:30:00+07:00",
        "film_ends_at": "2026-11-23T19:20:00Z",
        "local_film_ends_at": "2026-11-24T02:20:00+07:00",
        "business_date": "2026-11-23",
        "screen_format": "2D",
        "audio_language": "Indonesia",
        "subtitle_language": "",
        "sale_opens_at": "2026-11-23T04:00:00Z",
        "sale_closes_at": "2026-11-23T17:30:00Z",
        "cancelled_at": None,
        "is_on_sale": True,
        "availability": "available",
        "together": None,
        "from_price_rupiah": 53_000,
        "fee_rupiah": 3_000,
        "base_price_rupiah": 50_000,
        "updated_at": updated_at(chain.late),
    }
    assert get(client, f"/showtimes/{chain.late.pk}") == showtime
    listed = get(client, "/showtimes?city=jakarta&movie=lentera")
    assert listed == {"results": [showtime], "next": None}


@pytest.mark.parametrize(
    ("shape", "address"),
    [
        (serializers.CinemaShape, "/cinemas/layar-menteng"),
        (serializers.MovieShape, "/movies/hujan"),
        (serializers.ShowtimeShape, "/showtimes/{late}"),
        (serializers.CinemaList, "/cinemas"),
        (serializers.MovieList, "/movies"),
        (SuggestionList, "/suggestions?q=hujan"),
        (ProgrammeShape, "/programme?city=jakarta"),
        (serializers.ShowtimeList, "/showtimes"),
    ],
)
def test_catalogue_response_matches_its_documentation(
    client: Client, chain: Chain, shape: Any, address: str
) -> None:
    def check(serializer: Any, data: Any) -> None:
        if hasattr(serializer, "child"):
            for entry in data:
                check(serializer.child, entry)
        elif hasattr(serializer, "fields"):
            assert list(serializer.fields) == list(data)
            for name, nested in serializer.fields.items():
                check(nested, data[name])

    check(shape(), get(client, address.format(late=chain.late.pk)))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["hujan", "lentera", "pelabuhan"]),
        ("?status=now_showing", ["hujan", "lentera"]),
        ("?status=coming_soon", ["pelabuhan"]),
        ("?status=now_showing&city=jayapura", ["lentera"]),
        ("?q=rain", ["hujan"]),
        ("?q=hujna", ["hujan"]),
        ("?q=jayapura", ["lentera"]),
        ("?q=zzz", []),
        ("?genre=family", ["lentera"]),
    ],
)
def test_movies_filter(client: Client, chain: Chain, query: str, expected: list[str]) -> None:
    assert slugs(get(client, f"/movies{query}")) == expected


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["in_the_east", "tonight", "late", "tomorrow"]),
        ("?movie=hujan", ["tonight", "tomorrow"]),
        ("?cinema=layar-jayapura", ["in_the_east"]),
        ("?city=jakarta", ["tonight", "late", "tomorrow"]),
        ("?date=2026-11-23", ["in_the_east", "tonight", "late"]),
        ("?date=2026-11-24&movie=lentera", ["late"]),
        ("?date=2026-11-24", ["late", "tomorrow"]),
        ("?date=2026-11-25", []),
        ("?city=jakarta&cinema=layar-jayapura", []),
        ("?format=3D", []),
    ],
)
def test_showtimes_filter(client: Client, chain: Chain, query: str, names: list[str]) -> None:
    expected = [getattr(chain, name).pk for name in names]
    assert ids(get(client, f"/showtimes{query}")) == expected


def test_showtimes_that_began_are_left_out(
    client: Client, chain: Chain, noon: time_machine.Traveller
) -> None:
    noon.move_to(chain.late.starts_at)
    assert ids(get(client, "/showtimes")) == [chain.tomorrow.pk]
    assert get(client, f"/showtimes/{chain.late.pk}")["is_on_sale"] is False


@pytest.mark.parametrize("path", ["/showtimes", "/movies", "/cinemas"])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pagination_returns_every_entry_once(
    client: Client, chain: Chain, path: str, limit: int
) -> None:
    whole = ids(get(client, path))
    seen: list[int] = []
    address: str | None = f"{API}{path}?limit={limit}"
    while address:
        answer = client.get(address).json()
        assert 0 < len(answer["results"]) <= limit
        seen += ids(answer)
        address = answer["next"]

    assert seen == whole


@pytest.mark.parametrize("address", ADDRESSES)
def test_slash_at_the_end_changes_nothing(client: Client, chain: Chain, address: str) -> None:
    path, _mark, query = address.partition("?")
    assert get(client, f"{path}/?{query}") == get(client, address)


@pytest.mark.parametrize("address", [*ADDRESSES, "/showtimes/{late}"])
def test_warm_catalogue_response_makes_no_query(
    client: Client,
    chain: Chain,
    noon: time_machine.Traveller,
    django_assert_num_queries: Callable[..., Any],
    address: str,
) -> None:
    address = address.format(late=chain.late.pk)
    first = get(client, address)
    with django_assert_num_queries(0):
        assert get(client, address) == first
        assert get(client, address, "id") != {}
        noon.shift(timedelta(minutes=1))
        assert get(client, address) == first


@pytest.mark.parametrize("address", ADDRESSES)
def test_unchanged_answer_is_not_sent_again(client: Client, chain: Chain, address: str) -> None:
    response = client.get(API + address)
    etag = response.headers["ETag"]

    again = client.get(API + address, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert response.headers["Cache-Control"] == "public, max-age=1"
    assert response.headers["Vary"] == "Accept-Language"


def test_schema_lists_each_address_once(client: Client, db: None) -> None:
    schema = client.get(f"{API}/schema/", headers={"accept": "application/json"}).json()
    catalogue = [path for path in schema["paths"] if "catalogue" in str(schema["paths"][path])]

    assert sorted(catalogue) == [
        "/api/v1/cinemas",
        "/api/v1/cinemas/{slug}",
        "/api/v1/config",
        "/api/v1/movies",
        "/api/v1/movies/{slug}",
        "/api/v1/programme",
        "/api/v1/showtimes",
        "/api/v1/showtimes/{showtime_id}",
        "/api/v1/suggestions",
    ]
