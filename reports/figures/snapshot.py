"""Runs a report's queries in one snapshot, so its parts agree during sales."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, transaction

from core.db import replica

PAGE_SECONDS = 2  # for pages; slower reports run in the background
JOB_SECONDS = 120  # for workers
WORK_MEMORY = "32MB"  # joins years of bookings without temporary files

MILLISECONDS = 1_000

Value = TypeVar("Value")


class ReportTimeout(Exception):
    """The queries exceeded their time limit."""


def read_snapshot(seconds: int, read: Callable[[], Value]) -> Value:
    """Call ``read`` in one snapshot, with a time limit for all of its queries together.

    Raises ReportTimeout. Inside an existing transaction
    it uses that transaction. If an up-to-date replica exists, it reads
    from it, falling back to the primary if the replica fails.
    """
    if connection.in_atomic_block:
        return read()
    return replica.read_there(partial(_read_snapshot, seconds, read))


def _read_snapshot(seconds: int, read: Callable[[], Value]) -> Value:
    database = replica.ALIAS if replica.is_read() else DEFAULT_DB_ALIAS
    deadline = _Deadline(time.monotonic() + seconds)
    with transaction.atomic(using=database):
        with connections[database].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(f"SET LOCAL work_mem = '{WORK_MEMORY}'")
        with connections[database].execute_wrapper(deadline):
            return read()


@dataclass(frozen=True)
class _Deadline:
    """Limits each query to the remaining time."""

    at: float  # monotonic

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: dict[str, Any],
    ) -> Any:
        left = round((self.at - time.monotonic()) * MILLISECONDS)
        if left <= 0:
            raise ReportTimeout("report time limit exceeded")
        context["connection"].connection.execute(f"SET LOCAL statement_timeout = {left}")
        try:
            return execute(sql, params, many, context)
        except OperationalError as error:
            if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                raise ReportTimeout("report time limit exceeded") from error
            raise
