"""Outage of Redis: the catalogue is read from the database, correctly and without delay."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache as djangos_cache
from django.core.cache import caches
from django.test import Client

from core.redis import hung
from movies.catalogue import cache
from movies.catalogue.catalogue import Catalogue
from tests.movies.chain import Chain

ADDRESSES = ["/", "/films/", "/films/hujan/", "/cinemas/", "/schedule/", "/api/v1/showtimes"]
CALLERS_MAX = 32


def _point_cache_at(settings: Any, address: str) -> None:
    changed = settings.CACHES["default"] | {"LOCATION": address}
    settings.CACHES = {"default": changed}
    # django_redis shares connections by address; Django rebuilds the cache from the new settings.
    assert caches["default"] is not None


@pytest.fixture
def closed_port(settings: Any) -> Iterator[None]:
    """Address without a server: connections are refused."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    _point_cache_at(settings, f"redis://127.0.0.1:{port}/0")
    cache.invalidate()
    yield
    cache.invalidate()


@pytest.fixture
def silent_server(settings: Any) -> Iterator[socket.socket]:
    """A server that accepts connections and never responds, as a hung Redis or a lossy network."""
    with socket.create_server(("127.0.0.1", 0), backlog=CALLERS_MAX) as server:
        server.setblocking(False)
        _point_cache_at(settings, f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        cache.invalidate()
        yield server
        cache.invalidate()


def callers(server: socket.socket) -> int:
    """Number of callers that arrived and were not counted yet."""
    for count in range(CALLERS_MAX):
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
    return CALLERS_MAX


@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_are_the_same_without_redis(
    client: Client, chain: Chain, settings: Any, closed_port: None, address: str
) -> None:
    without = client.get(address)
    again = client.get(address)

    assert (without.status_code, without.content) == (200, again.content)
    assert cache.outage.is_open()


def test_content_without_redis_is_the_content_with_it(client: Client, chain: Chain) -> None:
    def contents() -> list[bytes]:
        return [client.get(address).content for address in ADDRESSES]

    with_redis = contents()
    cache.outage.until = time.monotonic() + 60
    cache._token.keep(None)
    assert contents() == with_redis
    cache.invalidate()


def test_a_hung_redis_costs_one_timeout_and_not_one_per_request(
    client: Client, chain: Chain, silent_server: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache.outage, "pause_seconds", 60)  # longer than a slow machine takes
    monkeypatch.setattr(hung, "HUNG_PAUSE_SECONDS", 0.0)  # the catalogue's own alone

    statuses = [client.get(address).status_code for address in ADDRESSES]

    # Connecting succeeds, the response never arrives: one socket timeout.
    assert (statuses, callers(silent_server)) == ([200] * len(ADDRESSES), 1)

    cache.outage.until = 0.0
    client.get("/")
    assert callers(silent_server) == 1


def test_a_hung_redis_costs_djangos_cache_one_timeout(
    silent_server: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hung, "HUNG_PAUSE_SECONDS", 60.0)  # longer than a slow machine takes
    found = [djangos_cache.get("page_versions") for _ in range(8)]

    assert (found, callers(silent_server)) == ([None] * 8, 1)


def test_a_change_during_the_outage_is_seen_at_once(
    client: Client, chain: Chain, closed_port: None
) -> None:
    client.get("/films/hujan/")
    chain.rain.title_id = "Gerimis"
    chain.rain.save()

    assert '<h1 class="hero-title">Gerimis</h1>' in client.get("/films/hujan/").content.decode()


def test_a_bump_lost_in_the_outage_is_made_up_for(chain: Chain) -> None:
    before = Catalogue.current().token
    cache.outage.until = time.monotonic() + 60
    cache.new_generation()
    cache.outage.until = 0.0

    assert Catalogue.current().token not in (None, before)
