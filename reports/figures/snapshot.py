"""Several queries that see one moment, so that a report's parts agree while tickets are sold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, connections, transaction

from movies import replica

PAGE_SECONDS = 10  # what somebody waits for a page
JOB_SECONDS = 120  # what a worker may take for one query

MILLISECONDS = 1_000


@contextmanager
def one_moment(seconds: int) -> Iterator[None]:
    """A transaction that only reads, from one snapshot, with this long for each query.

    Within a transaction of somebody else's it is that one's view, as it is. Where there is a
    replica that is near enough, it is the replica's.
    """
    if connection.in_atomic_block:
        yield
        return
    with replica.reading() as database, transaction.atomic(using=database):
        with connections[database].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = %s", [seconds * MILLISECONDS])
        yield
