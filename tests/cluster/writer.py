"""A client that writes without a pause through Django, for tests of failovers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import Error, connections
from django.db.utils import load_backend

from cinema_project.settings.database_urls import parse_database_url
from tests.runtime.processes import wait_until

ALIAS = "failover"
RETRY_SECONDS = 0.1
WRITES = 50


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

    def wait_for_writes(self, count: int = WRITES) -> None:
        before = len(self.acknowledged)
        wait_until(lambda: len(self.acknowledged) >= before + count)

    def losses(self, url: str) -> tuple[set[int], int]:
        """Acknowledged writes that the server at ``url`` lacks, and how many more it has."""
        with psycopg.connect(url) as session:
            stored = {number for (number,) in session.execute("SELECT number FROM kept")}
        acknowledged = set(self.acknowledged)
        return acknowledged - stored, len(stored - acknowledged)


@contextmanager
def writing(url: str) -> Iterator[Writer]:
    """Writes until the block ends, at least WRITES before it begins."""
    with psycopg.connect(url, target_session_attrs="read-write") as session:
        session.execute("CREATE TABLE kept (number int PRIMARY KEY)")
    writer = Writer(url)
    thread = threading.Thread(target=writer.run)
    thread.start()
    try:
        writer.wait_for_writes()
        yield writer
    finally:
        writer.is_over.set()
        thread.join()
