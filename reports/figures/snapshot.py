"""Several queries that see one moment, so that a report's parts agree while tickets are sold."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, transaction

from core.db import replica

PAGE_SECONDS = 2  # what somebody waits for a page; what takes longer is made by a worker
JOB_SECONDS = 120  # what a worker may take
WORK_MEMORY = "32MB"  # years of orders are joined without a file on disk

MILLISECONDS = 1_000

Value = TypeVar("Value")


class ReportTimeout(Exception):
    """The time that was given for these queries is over."""


def read_snapshot(seconds: int, read: Callable[[], Value]) -> Value:
    """What ``read`` reads, from one snapshot and with this long for all of its queries.

    Raises TookTooLong from the query that goes beyond. Within a transaction of somebody else's
    it reads that one's view, as it is. Where there is a replica that is near enough, it reads
    that one's, and the primary's should the replica go away meanwhile.
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
    """Gives each query what is left of the time."""

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
            raise ReportTimeout("the report's time is over")
        context["connection"].connection.execute(f"SET LOCAL statement_timeout = {left}")
        try:
            return execute(sql, params, many, context)
        except OperationalError as error:
            if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                raise ReportTimeout("the report's time is over") from error
            raise
