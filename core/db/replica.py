"""Reading from a replica of the database, where that tells no lie.

Only who asks for it reads there (``reading``): the catalogue's cache while it is filled, and the
reports. Seats, orders and money are always read from the primary, and so is whatever runs in a
transaction. A replica is read while it has replayed all that a reader must see and is no more than
``LAG_BYTES_MAX`` behind; ``must_have_caught_up`` says, after a commit, that readers must see it.
Whatever goes wrong, the primary is read.
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
# What the primary writes in about a second of a busy evening.
LAG_BYTES_MAX = 4 * 1024 * 1024
# A position of the primary's log ("16/B374D848"), which only ever grows.
MARK_KEY = "layar:replica:mark"
RAISE_MARK = """
local kept = tonumber(redis.call('GET', KEYS[1]) or '0')
if tonumber(ARGV[1]) > kept then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
return 0
"""
MARK_SECONDS = 60 * 60
OUTAGE_PAUSE_SECONDS = 5.0

Value = TypeVar("Value")

_reads_there: ContextVar[bool] = ContextVar("reads_replica", default=False)


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
    """Whether this context's reads go to the replica."""
    return _reads_there.get()


@contextmanager
def reading() -> Iterator[str]:
    """What is read within may come from the replica; yields the database that it comes from."""
    database = ALIAS if _may_read() else DEFAULT_DB_ALIAS
    token = _reads_there.set(database == ALIAS)
    try:
        yield database
    finally:
        _reads_there.reset(token)


def read_there(build: Callable[[], Value]) -> Value:
    """What ``build`` reads; by the primary's word when the replica went away in the middle."""
    try:
        with reading() as database:
            return build()
    except (InterfaceError, OperationalError) as error:
        if database == DEFAULT_DB_ALIAS:
            raise
        _outage.trip(error)
    return build()


def must_have_caught_up() -> None:
    """From now on a replica is read only when it has replayed all that is committed by now."""
    if ALIAS not in settings.DATABASES:
        return
    try:
        position = _ask(DEFAULT_DB_ALIAS, "SELECT pg_current_wal_insert_lsn() - '0/0'")
        get_redis_connection("default").eval(
            RAISE_MARK, 1, MARK_KEY, str(int(position)), MARK_SECONDS
        )
    except (DatabaseError, RedisError) as error:
        _outage.trip(error)


def _may_read() -> bool:
    if ALIAS not in settings.DATABASES or _outage.is_open():
        return False
    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return False  # it may have written what it reads
    try:
        mark = cast("bytes | None", get_redis_connection("default").get(MARK_KEY))
        if mark is None:  # timed out or lost: nobody knows what has to be seen
            must_have_caught_up()
            return False
        primary = _ask(DEFAULT_DB_ALIAS, "SELECT pg_current_wal_insert_lsn() - '0/0'")
        replayed = _ask(
            ALIAS, "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() - '0/0' END"
        )
    except (DatabaseError, RedisError) as error:
        _outage.trip(error)
        return False
    # Without a position it is no replica any more, and knows nothing of our primary.
    return replayed is not None and replayed >= int(mark) and primary - replayed <= LAG_BYTES_MAX


def _ask(database: str, query: str) -> Any:
    with connections[database].cursor() as cursor:
        cursor.execute(query)
        [answer] = cursor.fetchone()
    return answer
