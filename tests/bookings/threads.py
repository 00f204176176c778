"""Several workers at once, each with a database connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections

WAIT_SECONDS_MAX = 10


def run_concurrently(*calls: Callable[[], Any]) -> list[Any]:
    """Run ``calls`` together; what each returned or raised, in their order."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(WAIT_SECONDS_MAX)
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@contextmanager
def second_session() -> Iterator[Callable[..., list[Any]]]:
    """A second transaction in the hand of the test: call it with SQL; it ends with the block."""
    session = connection.get_new_connection(connection.get_connection_params())
    session.autocommit = False

    def run(statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with session.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall()) if cursor.description else []

    try:
        yield run
        session.commit()
    finally:
        session.close()


def wait_for_lock_waiter() -> None:
    """Until another session of this database stands in front of a lock."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone() != (0,):
                return
        time.sleep(0.01)
    raise TimeoutError("nobody waits for a lock")
