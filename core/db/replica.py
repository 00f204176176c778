"""Routing of reads to a replica where slightly stale data is acceptable.

Opt-in by ``reading``; everything else, and whatever runs in a transaction, reads the primary. The
replica is used while it has replayed up to the last ``must_have_caught_up`` position and is no
more than ``LAG_BYTES_MAX`` behind. On any failure the primary is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    OperationalError,
    connections,
)
from django.db.models import Model
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from core.outage import CircuitBreaker

ALIAS = "replica"
# About one second of WAL under peak load.
LAG_BYTES_MAX = 4 * 1024 * 1024
# The WAL position that readers must see; it only grows.
MARK_KEY = "layar:replica:mark"
RAISE_MARK = """
local kept = tonumber(redis.call('GET', KEYS[1]) or '0')
if tonumber(ARGV[1]) > kept then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
return 0
"""
MARK_SECONDS = 60 * 60
OUTAGE_PAUSE_SECONDS = 5.0

Value = TypeVar("Value")

_reads_replica: ContextVar[bool] = ContextVar("reads_replica", default=False)


_outage = CircuitBreaker("database replica", OUTAGE_PAUSE_SECONDS)


class ReplicaRouter:
    """Routes reads within ``reading`` to the replica and everything else to the primary."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return ALIAS if is_read() else None

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        return None

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool | None:
        return True  # both databases hold the same tables

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == ALIAS else None


def is_read() -> bool:
    """Whether reads of this context go to the replica."""
    return _reads_replica.get()


@contextmanager
def reading() -> Iterator[str]:
    """Allow reads in the block to use the replica; yields the database alias they use."""
    database = ALIAS if _may_read() else DEFAULT_DB_ALIAS
    token = _reads_replica.set(database == ALIAS)
    try:
        yield database
    finally:
        _reads_replica.reset(token)


def read_there(build: Callable[[], Value]) -> Value:
    """Run ``build`` in ``reading``; repeat it on the primary if the replica fails."""
    try:
        with reading() as database:
            return build()
    except (InterfaceError, OperationalError) as error:
        if database == DEFAULT_DB_ALIAS:
            raise
        _outage.trip(error)
    return build()


def must_have_caught_up() -> None:
    """Require replicas to have replayed everything committed by now. Call after a commit."""
    if ALIAS not in settings.DATABASES:
        return
    try:
        position = _query(DEFAULT_DB_ALIAS, "SELECT pg_current_wal_insert_lsn() - '0/0'")
        get_redis_connection("default").eval(
            RAISE_MARK, 1, MARK_KEY, str(int(position)), MARK_SECONDS
        )
    except (DatabaseError, RedisError) as error:
        _outage.trip(error)


def _may_read() -> bool:
    if ALIAS not in settings.DATABASES or _outage.is_open():
        return False
    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return False  # it must see its own writes
    try:
        mark = cast("bytes | None", get_redis_connection("default").get(MARK_KEY))
        if mark is None:  # expired or lost: the required position is unknown
            must_have_caught_up()
            return False
        primary = _query(DEFAULT_DB_ALIAS, "SELECT pg_current_wal_insert_lsn() - '0/0'")
        replayed = _query(
            ALIAS, "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() - '0/0' END"
        )
    except (DatabaseError, RedisError) as error:
        _outage.trip(error)
        return False
    # No position: the server was promoted and no longer follows our primary.
    return replayed is not None and replayed >= int(mark) and primary - replayed <= LAG_BYTES_MAX


def _query(database: str, query: str) -> Any:
    with connections[database].cursor() as cursor:
        cursor.execute(query)
        [answer] = cursor.fetchone()
    return answer
