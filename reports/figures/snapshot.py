"""Several queries that see one moment, so that a report's parts agree while tickets are sold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import OperationalError, connection, connections, transaction

from movies import replica

PAGE_SECONDS = 2  # what somebody waits for a page; what takes longer is made by a worker
JOB_SECONDS = 120  # what a worker may take
WORK_MEMORY = "32MB"  # years of orders are joined without a file on disk

MILLISECONDS = 1_000


class TookTooLong(OperationalError):
    """The time that was given for these queries is over."""


@contextmanager
def one_moment(seconds: int) -> Iterator[None]:
    """A transaction that only reads, from one snapshot, with this long for all of its queries.

    Raises TookTooLong in the query that goes beyond. Within a transaction of somebody else's
    it is that one's view, as it is. Where there is a replica that is near enough, it is the
    replica's.
    """
    if connection.in_atomic_block:
        yield
        return
    with replica.reading() as database, transaction.atomic(using=database):
        with connections[database].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(f"SET LOCAL work_mem = '{WORK_MEMORY}'")
        with connections[database].execute_wrapper(_Deadline(time.monotonic() + seconds)):
            yield


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
            raise TookTooLong("the report's time is over")
        context["connection"].connection.execute(f"SET LOCAL statement_timeout = {left}")
        try:
            return execute(sql, params, many, context)
        except OperationalError as error:
            if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                raise TookTooLong("the report's time is over") from error
            raise
