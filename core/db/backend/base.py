"""Django's PostgreSQL backend with cheaper connection checks and handling of failed servers.

- Django checks a kept connection with ``SELECT 1`` at each request's first query, which for a hold
  is half as many round trips again. A server that closes a connection makes its socket readable,
  which costs a microsecond to see; a query is sent at most every ``QUERY_INTERVAL_SECONDS``.
- A server that is hung or cut off never responds: after ``RESPONSE_SECONDS`` (in the database's
  settings) the connection is closed, and sooner where watch.py finds that the server is hung.
- A primary that became read-only in a failover keeps its connections: a write that it refuses
  raises OperationalError, and the connection is replaced.
"""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper, OperationalError
from django.utils.asyncio import async_unsafe
from django.utils.functional import cached_property

from core.db.backend.watch import ServerWatch, watch_of

QUERY_INTERVAL_SECONDS = 5.0
WAIT_INTERVAL_SECONDS = 0.1  # psycopg's own


# Parameters of Django and psycopg that libpq does not know.
NOT_CONNINFO = frozenset(("cursor_factory", "context", "prepare_threshold", "row_factory"))


class LimitedConnection(psycopg.Connection[Any]):
    """Closes itself when the server does not respond within ``response_seconds``."""

    response_seconds: float | None = None
    watch: ServerWatch | None = None

    def wait(
        self, gen: Any, interval: float = WAIT_INTERVAL_SECONDS, timeout: float | None = None
    ) -> Any:
        if timeout is not None or self.response_seconds is None:
            return super().wait(gen, interval, timeout)
        watch = self.watch
        if watch is None:
            return self._wait(gen, interval)
        if watch.is_hung:
            self.pgconn.finish()
            raise psycopg.OperationalError("the server hangs")
        watch.begin(self)
        try:
            return self._wait(gen, interval)
        finally:
            watch.end()

    def _wait(self, gen: Any, interval: float) -> Any:
        try:
            return super().wait(gen, interval, self.response_seconds)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError(
                f"no response from the server in {self.response_seconds:g} s"
            ) from None


class ReadOnlyAwareErrorWrapper(DatabaseErrorWrapper):
    """Raises OperationalError for a write on a read-only server; Django has InternalError."""

    def __init__(self, database: Any) -> None:
        super().__init__(database)
        self.database = database

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        if exc_type is not None and issubclass(exc_type, psycopg.errors.ReadOnlySqlTransaction):
            self.database.errors_occurred = True
            self.database.is_read_only = True
            raise OperationalError(*exc_value.args).with_traceback(traceback) from exc_value
        super().__exit__(exc_type, exc_value, traceback)


class DatabaseWrapper(base.DatabaseWrapper):
    is_read_only = False
    _queried_at = 0.0

    @cached_property
    def wrap_database_errors(self) -> DatabaseErrorWrapper:
        return ReadOnlyAwareErrorWrapper(self)

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        if pool := self.settings_dict["OPTIONS"].get("pool"):
            pool.setdefault("connection_class", LimitedConnection)
        return params

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        response_seconds = self.settings_dict.get("RESPONSE_SECONDS") or None
        watch = watch_of(_conninfo(conn_params)) if response_seconds else None
        if watch and watch.is_hung:
            raise psycopg.OperationalError("the server hangs")
        if self.pool:
            connection = super().get_new_connection(conn_params)
        else:  # as Django does, with our class
            self.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            try:
                connection = LimitedConnection.connect(**conn_params)
            except psycopg.errors.ConnectionTimeout:
                if watch:
                    watch.is_hung = True  # until the server responds
                raise
        self.is_read_only = False
        connection.response_seconds, connection.watch = response_seconds, watch
        return connection

    def is_usable(self) -> bool:
        if self.is_read_only:
            return False
        now = time.monotonic()
        if now - self._queried_at < QUERY_INTERVAL_SECONDS and self._is_silent():
            return True
        self._queried_at = now
        return bool(super().is_usable())

    def _is_silent(self) -> bool:
        """Whether the server has neither sent anything nor closed the connection."""
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)


def _conninfo(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in NOT_CONNINFO}
