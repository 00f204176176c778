"""Failover of PostgreSQL: a killed primary, a promoted standby, one URL that names both."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import Error, connections
from django.db.utils import load_backend

from cinema_project.settings.database_urls import parse_database_url
from tests.cluster.network import Host
from tests.cluster.postgres_pair import Pair, postgres_pair
from tests.runtime.processes import wait_until

pytestmark = pytest.mark.runtime

ALIAS = "failover"
RETRY_SECONDS = 0.1
FIRST_WRITE_SECONDS = 30.0
WRITES = 50


@pytest.fixture
def pair(tmp_path: Path, django_db_blocker: Any) -> Iterator[Pair]:
    """A primary that commits only what its standby has stored."""
    with postgres_pair(tmp_path, [Host(), Host()]) as servers, django_db_blocker.unblock():
        yield servers


@dataclass
class Writer:
    """Inserts 1, 2, 3, … each in its own transaction; repeats one whose response was lost."""

    url: str
    acknowledged: list[int] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        settings = parse_database_url("DATABASE_URL", self.url) | {
            "RESPONSE_SECONDS": 8.0,
            "TIME_ZONE": None,
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "AUTOCOMMIT": True,
            "ATOMIC_REQUESTS": False,
            "DISABLE_SERVER_SIDE_CURSORS": False,
        }
        database: Any = load_backend("core.db.backend").DatabaseWrapper(settings, ALIAS)
        connections[ALIAS] = database
        number = 1
        while not self.is_over.is_set():
            try:
                with database.cursor() as cursor:
                    cursor.execute("INSERT INTO kept VALUES (%s) ON CONFLICT DO NOTHING", [number])
            except Error:
                database.close()
                time.sleep(RETRY_SECONDS)
            else:
                self.acknowledged.append(number)
                number += 1
        database.close()


def test_no_acknowledged_write_is_lost_when_the_primary_is_killed(pair: Pair) -> None:
    with psycopg.connect(pair.primary.url) as session:
        session.execute("CREATE TABLE kept (number int PRIMARY KEY)")
    writer = Writer(pair.url)
    thread = threading.Thread(target=writer.run)
    thread.start()
    wait_until(lambda: len(writer.acknowledged) > WRITES)

    pair.kill_primary()
    pair.promote()
    promoted_at, before = time.monotonic(), len(writer.acknowledged)
    wait_until(lambda: len(writer.acknowledged) > before)
    first_write_seconds = time.monotonic() - promoted_at
    wait_until(lambda: len(writer.acknowledged) > before + WRITES)
    writer.is_over.set()
    thread.join()

    with psycopg.connect(pair.primary.url) as session:
        stored = {number for (number,) in session.execute("SELECT number FROM kept")}
    assert set(writer.acknowledged) - stored == set()
    assert len(stored - set(writer.acknowledged)) <= 1  # the last one, whose response was not read
    assert first_write_seconds < FIRST_WRITE_SECONDS
