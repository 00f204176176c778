"""What changed since a client's last synchronisation, and the programme of a week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pgtrigger
import pytest
from django.test import Client
from django.utils import timezone

from movies.api.base import SYNCHRONISATION_OVERLAP
from movies.catalogue.catalogue import new_generation
from movies.models import Cinema, Genre, Movie, Showtime
from tests.factories import make_studio
from tests.movies.chain import Chain

API = "/api/v1"


def listed(client: Client, path: str, since: datetime | None, query: str = "") -> set[int]:
    moment = "" if since is None else since.isoformat().replace("+00:00", "Z")
    address: str | None = f"{API}/{path}?limit=1&updated_since={moment}{query}"
    found: set[int] = set()
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.json()
        ids = {entry["id"] for entry in answer.json()["results"]}
        assert not ids & found  # no entry comes twice
        found |= ids
        address = answer.json()["next"]
    return found


@pytest.fixture
def long_ago(chain: Chain) -> datetime:
    """When every row changed last; returns the time of a synchronisation after it."""
    at = timezone.now() - timedelta(days=30)
    for model in (Cinema, Movie, Showtime):
        with pgtrigger.ignore(f"{model._meta.label}:touch_updated_at"):
            model._default_manager.update(updated_at=at)
    new_generation()
    return at + timedelta(days=1)


def test_only_changed_rows_are_listed_whatever_changed_them(
    client: Client, chain: Chain, long_ago: datetime
) -> None:
    everything = [listed(client, path, None) for path in ("movies", "cinemas", "showtimes")]
    unchanged = [listed(client, path, long_ago) for path in ("movies", "cinemas", "showtimes")]

    Movie.objects.filter(pk=chain.rain.pk).update(director="Dewi")
    chain.lantern.genres.add(Genre.objects.get(slug="drama"))
    make_studio(chain.jayapura, name="Studio 2")
    Showtime.objects.filter(pk=chain.late.pk).update(cancelled_at=timezone.now())
    Showtime.objects.filter(pk=chain.tomorrow.pk).update(base_price_rupiah=60_000)
    Showtime.objects.filter(pk=chain.tonight.pk).update(base_price_rupiah=50_000)  # as it is
    new_generation()

    assert [len(ids) for ids in everything] == [3, 2, 4]
    assert unchanged == [set(), set(), set()]
    zero_time = datetime.min.replace(tzinfo=UTC)  # of clients that never synchronised
    assert listed(client, "cinemas", zero_time) == everything[1]
    assert listed(client, "movies", long_ago) == {chain.rain.pk, chain.lantern.pk}
    assert listed(client, "cinemas", long_ago) == {chain.jayapura.pk}
    assert listed(client, "showtimes", long_ago) == {chain.late.pk, chain.tomorrow.pk}
    of_film = listed(client, "showtimes", long_ago, f"&movie={chain.rain.slug}&city=jakarta")
    assert of_film == {chain.tomorrow.pk}


def test_change_of_a_slow_transaction_is_not_missed(
    client: Client, chain: Chain, long_ago: datetime
) -> None:
    changed_at = long_ago - timedelta(days=1)
    just_after = changed_at + SYNCHRONISATION_OVERLAP

    assert len(listed(client, "movies", just_after)) == 3
    assert listed(client, "movies", just_after + timedelta(seconds=1)) == set()


def test_changes_are_not_kept_in_the_page_cache(
    client: Client, chain: Chain, long_ago: datetime
) -> None:
    address = f"{API}/cinemas?updated_since={long_ago.isoformat().replace('+00:00', 'Z')}"
    first = client.get(address)
    Cinema.objects.filter(pk=chain.menteng.pk).update(phone="1")
    new_generation()

    assert (first.json()["results"], len(client.get(address).json()["results"])) == ([], 1)
    etag = client.get(address)["ETag"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("updated_since=yesterday", ("updated_since", "unknown")),
        ("updated_since=2026-11-23", ("updated_since", "unknown")),
        ("updated_since=%C2%8A", ("updated_since", "unknown")),
        ("updated_since=2026-W48-1T00:00:00Z", ("updated_since", "unknown")),
        ("updated_since=2026-11-23T10:00:00", ("updated_since", "unknown")),
        ("updated_since=2026-11-23T10:00:00Z&date=2026-11-23", ("date", "not_combinable")),
    ],
)
def test_impossible_time_or_combination_is_refused(
    client: Client, chain: Chain, query: str, expected: tuple[str, str]
) -> None:
    answer = client.get(f"{API}/showtimes?{query}")

    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [expected]


def test_programme_names_each_thing_once(client: Client, chain: Chain) -> None:
    found: Any = client.get(f"{API}/programme?city=jakarta").json()

    assert (found["first_day"], found["last_day"]) == ("2026-11-23", "2026-11-29")
    assert [movie["slug"] for movie in found["movies"]] == ["hujan", "lentera"]
    assert found["cinemas"] == [
        {
            "id": chain.menteng.pk,
            "slug": "layar-menteng",
            "name": "Layar Menteng",
            "city_slug": "jakarta",
            "time_zone": "Asia/Jakarta",
            "studios": [{"id": chain.west.pk, "name": "Studio 1", "studio_class": "regular"}],
        }
    ]
    assert [showtime["id"] for showtime in found["showtimes"]] == [
        *(chain.tonight.pk, chain.late.pk, chain.tomorrow.pk)
    ]
    assert found["showtimes"][1] == {
        "id": chain.late.pk,
        "movie_id": chain.lantern.pk,
        "cinema_id": chain.menteng.pk,
        "studio_id": chain.west.pk,
        "starts_at": "2026-11-23T17:30:00Z",
        "film_ends_at": "2026-11-23T19:20:00Z",
        "business_date": "2026-11-23",
        "screen_format": "2D",
        "audio_language": "Indonesia",
        "subtitle_language": "",
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("cinema=layar-jayapura", ["in_the_east"]),
        ("city=jakarta&from=2026-11-24", ["tomorrow"]),
        ("city=jakarta&from=2026-11-16", []),
        ("city=jakarta&from=2026-11-17", ["tonight", "late"]),
        ("city=jakarta&from=9999-12-31", []),
        ("city=jakarta&cinema=layar-jayapura", []),
    ],
)
def test_programme_has_seven_days(
    client: Client, chain: Chain, query: str, names: list[str]
) -> None:
    found = client.get(f"{API}/programme?{query}").json()

    assert [each["id"] for each in found["showtimes"]] == [
        getattr(chain, name).pk for name in names
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ("city", "required")),
        ("city=atlantis", ("city", "unknown")),
        ("city=jakarta&from=2026-W48-1", ("from", "unknown")),
    ],
)
def test_programme_of_nowhere_is_refused(
    client: Client, chain: Chain, query: str, expected: tuple[str, str]
) -> None:
    answer = client.get(f"{API}/programme?{query}")

    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [expected]
