"""Readiness: a write within two seconds, regardless of the stores."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from cinema_project.observability import health
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from tests.faults.proxies import TcpProxy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes without results of earlier tests."""
    monkeypatch.setattr(health, "database_probe", health.Probe(health._can_write))
    monkeypatch.setattr(health, "cache_probe", health.Probe(health._cache_works))


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings that the next connection of another thread uses."""
    changed = {**connections.settings["default"]}
    changed["OPTIONS"] = dict(changed["OPTIONS"])
    monkeypatch.setitem(connections.settings, "default", changed)
    return changed


@pytest.fixture
def proxy(database: dict[str, Any]) -> Iterator[TcpProxy]:
    proxy = TcpProxy(choose_port(), int(database["PORT"]))
    proxy.start()
    database |= {"HOST": LOOPBACK, "PORT": str(proxy.port)}
    yield proxy
    proxy.close()


def readiness(client: Client) -> tuple[int, dict[str, bool]]:
    response = client.get("/readyz")
    return response.status_code, response.json()


def test_ready_means_that_the_database_stores_a_write(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        [before] = cursor.fetchone()
        found = readiness(client)
        cursor.execute("SELECT pg_current_wal_insert_lsn() > %s", [before])
        [has_written] = cursor.fetchone()

    assert (found, has_written) == ((200, {"database": True, "cache": True}), True)


def test_read_only_database_is_not_ready(client: Client, database: dict[str, Any]) -> None:
    database["OPTIONS"]["options"] += " -c default_transaction_read_only=on"

    assert readiness(client) == (503, {"database": False, "cache": True})


def test_readiness_with_a_hanging_database_responds_within_two_seconds(
    client: Client, proxy: TcpProxy
) -> None:
    before = readiness(client)
    proxy.is_silent = True
    time.sleep(health.FRESH_SECONDS)
    began = time.monotonic()
    first = readiness(client)
    first_seconds = time.monotonic() - began
    second = readiness(client)
    seconds = time.monotonic() - began
    proxy.repair()

    not_ready = (503, {"database": False, "cache": True})
    assert (before[0], first, second) == (200, not_ready, not_ready)
    assert first_seconds < 2.0
    assert seconds < 2.1  # the running check is not waited for again
