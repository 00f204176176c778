"""Processes that race for seats, each with its own Django and connection.

Nothing here may import a model at the top: a spawned process imports this module before
``set_up`` has configured its database.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.pool import Pool
from multiprocessing.synchronize import Barrier
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

Plan = TypeVar("Plan")
Report = TypeVar("Report")

PROCESSES = 4
# When processes that hang are given up. A race takes seconds; on a busy machine the slowest
# process may need minutes to import Django.
START_TIMEOUT_SECONDS = 300.0
RACE_TIMEOUT_SECONDS = 600.0

# In a child process: barriers at the start and between reading and writing a seat.
start_line: Barrier
between_read_and_write: Barrier


def set_up(environment: dict[str, str], start: Barrier, between: Barrier) -> None:
    global start_line, between_read_and_write
    start_line, between_read_and_write = start, between
    os.environ.update(environment)
    import django

    django.setup()


def environment(hold_seconds: int = 300, *, has_timeouts: bool = True) -> dict[str, str]:
    """Environment with which another process uses this test's databases."""
    from django.db import connection

    url = urlsplit(os.environ["DATABASE_URL"])
    return {
        "DATABASE_URL": urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}")),
        "DJANGO_SETTINGS_MODULE": "cinema_project.settings",
        "HOLD_SECONDS": str(hold_seconds),
        "RATE_LIMIT_FACTOR": "100000",
        "DATABASE_TIMEOUTS": str(has_timeouts),
    }


@dataclass(frozen=True)
class Racers:
    pool: Pool
    between: Barrier

    def race(self, run: Callable[[Plan], Report], plans: Sequence[Plan]) -> list[Report]:
        """Run one plan per process; all of them start at the same time."""
        self.between.reset()
        return self.pool.map_async(_Runner(run), plans, chunksize=1).get(RACE_TIMEOUT_SECONDS)


@contextmanager
def ready_to_race(
    processes: int = PROCESSES, hold_seconds: int = 300, *, has_timeouts: bool = True
) -> Iterator[Racers]:
    context = multiprocessing.get_context("spawn")
    start, between = context.Barrier(processes), context.Barrier(processes)
    with context.Pool(
        processes, set_up, (environment(hold_seconds, has_timeouts=has_timeouts), start, between)
    ) as pool:
        yield Racers(pool, between)


class _Runner:
    """Waits until every process has its plan, runs it, and leaves no connection behind."""

    def __init__(self, run: Callable[[Any], Any]) -> None:
        self.run = run

    def __call__(self, plan: Any) -> Any:
        from django.db import connection

        start_line.wait(START_TIMEOUT_SECONDS)
        try:
            return self.run(plan)
        finally:
            connection.close()


@contextmanager
def put(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Replace ``owner.name`` by ``value`` in this process while the block runs."""
    honest = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, honest)


@contextmanager
def locks_off() -> Iterator[None]:
    """Negative control: turns every SELECT … FOR UPDATE into a plain SELECT.

    Used by these tests only. With it the property must be violated, or the test of the property
    proves nothing.
    """
    from django.db.models import QuerySet

    with put(QuerySet, "select_for_update", lambda self, **_options: self.all()):
        yield


@contextmanager
def pausing_after(module: Any, reading: str, pause_seconds: float) -> Iterator[None]:
    """Hold each process between ``module.reading`` and its writing until all have read.

    With locks on, the others cannot read what this process has locked: the pause ends by itself.
    """
    honest = getattr(module, reading)

    def read_and_wait(*arguments: Any, **keywords: Any) -> Any:
        rows = honest(*arguments, **keywords)
        with suppress(threading.BrokenBarrierError):
            between_read_and_write.wait(pause_seconds)
        return rows

    with put(module, reading, read_and_wait):
        yield
