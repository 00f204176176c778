"""Concurrent workers, each with a database connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.db import connection, connections

WAIT_SECONDS_MAX = 10
NEW_HOLD = """
INSERT INTO seating_hold (id, visitor, showtime_id, created_at, expires_at, "end")
VALUES (%s, %s, %s, now(), now() + interval '5 minutes', '')
"""


def run_concurrently(*calls: Callable[[], Any]) -> list[Any]:
    """Run ``calls`` concurrently; returns what each returned or raised, in order."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait(WAIT_SECONDS_MAX)
        return _own_connection(call)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def run_behind_a_new_hold(call: Callable[[], Any], *, visitor: str, showtime_id: int) -> Any:
    """Run ``call`` while another session inserts a hold of ``visitor``, as ``run_behind`` does."""
    return run_behind(NEW_HOLD, [uuid4(), visitor, showtime_id], call)


def run_behind(statement: str, parameters: Sequence[Any], call: Callable[[], Any]) -> Any:
    """Run ``call`` while another session has run ``statement``, which commits once the call waits
    for it; returns what it returned or raised."""
    with ThreadPoolExecutor(1) as pool:
        with second_session() as session:
            session(statement, parameters)
            answer = pool.submit(_own_connection, call)
            wait_for_lock_waiter()
        return answer.result()


def _own_connection(call: Callable[[], Any]) -> Any:
    """What ``call`` returns or raises; closes the connections of this thread."""
    try:
        return call()
    except Exception as error:
        return error
    finally:
        connections.close_all()


@contextmanager
def second_session() -> Iterator[Callable[..., list[Any]]]:
    """A second transaction controlled by the test: call it with SQL; it ends with the block."""
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
    """Wait until another session of this database waits for a lock."""
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
    raise TimeoutError("no session waits for a lock")
