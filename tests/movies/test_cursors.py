"""Cursors of the catalogue: they name places in the order, not entries."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from movies.catalogue.catalogue import new_generation
from movies.models import Cinema, Showtime
from tests.factories import make_showtime
from tests.movies.chain import Chain

API = "/api/v1"


def page(client: Client, address: str) -> tuple[list[str], str]:
    answer: Any = client.get(address).json()
    return [str(entry.get("slug") or entry["id"]) for entry in answer["results"]], answer["next"]


@pytest.mark.parametrize("query", ["", "&q=dewi"])
def test_page_after_a_deleted_film_continues(client: Client, chain: Chain, query: str) -> None:
    Showtime.objects.all().delete()
    for film in (chain.rain, chain.lantern):
        film.release_date, film.director = chain.harbour.release_date, "Dewi"
        film.save()
    whole, _end = page(client, f"{API}/movies?limit=200{query}")
    first, following = page(client, f"{API}/movies?limit=1{query}")
    type(chain.rain).objects.get(slug=first[0]).delete()

    second, _following = page(client, following)

    assert (first, second) == (whole[:1], whole[1:2])


def test_page_after_a_renamed_cinema_continues(client: Client, chain: Chain) -> None:
    """Cinemas with studios are never deleted; their place in the order can change."""
    first, following = page(client, f"{API}/cinemas?limit=1")
    Cinema.objects.filter(slug=first[0]).update(slug="elsewhere", city="Zzz")
    new_generation()

    second, _end = page(client, following)

    others = {chain.menteng.slug, chain.jayapura.slug} - set(first)
    assert second == list(others)


def test_page_after_a_cancelled_showtime_continues(client: Client, chain: Chain) -> None:
    whole, _end = page(client, f"{API}/showtimes")
    first, following = page(client, f"{API}/showtimes?limit=2")
    Showtime.objects.filter(pk=first[-1]).update(cancelled_at=timezone.now())
    new_generation()

    second, _end = page(client, following)

    assert second == whole[2:]


@pytest.mark.parametrize("path", ["movies", "cinemas", "showtimes"])
@pytest.mark.parametrize("cursor", ["lentera", "2026-11-24_01795487400_000000000646", "W10", "e30"])
def test_invalid_cursor_is_refused(client: Client, chain: Chain, path: str, cursor: str) -> None:
    answer = client.get(f"{API}/{path}?after={cursor}")

    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [
        ("after", "cursor_invalid")
    ]


def test_cancelled_showtime_stays_readable(client: Client, chain: Chain) -> None:
    address = f"{API}/showtimes/{chain.tonight.pk}"
    before = client.get(address).json()
    Showtime.objects.filter(pk=chain.tonight.pk).update(cancelled_at=timezone.now())
    new_generation()

    after = client.get(address).json()

    assert (before["cancelled_at"], before["availability"]) == (None, "available")
    assert after["cancelled_at"] is not None
    assert after == before | {
        "cancelled_at": after["cancelled_at"],
        "availability": "cancelled",
        "is_on_sale": False,
        "updated_at": after["updated_at"],
    }
    listed, _end = page(client, f"{API}/showtimes")
    assert str(chain.tonight.pk) not in listed


@pytest.mark.parametrize("path", ["movies", "showtimes", "showtimes/{id}"])
def test_conditional_requests_compare_weakly(client: Client, chain: Chain, path: str) -> None:
    address = f"{API}/{path.format(id=chain.tonight.pk)}"
    compare_weakly(client, address)


def test_conditional_requests_for_seats_compare_weakly(client: Client, db: None) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    for resource in ("seats", "layout"):
        compare_weakly(client, f"{API}/showtimes/{showtime.pk}/{resource}")


def compare_weakly(client: Client, address: str) -> None:
    etag = client.get(address).headers["ETag"].removeprefix("W/")

    for given in (etag, f"W/{etag}", f'"other", W/{etag}', "*"):
        assert client.get(address, headers={"If-None-Match": given}).status_code == 304
    assert client.get(address, headers={"If-None-Match": 'W/"other"'}).status_code == 200
