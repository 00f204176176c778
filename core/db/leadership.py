"""Leader election among processes by a PostgreSQL advisory lock.

The lock belongs to a session of its own. PostgreSQL ends that session, and another process takes
over, when its process dies, when its machine disappears, and when it has sent nothing for
``SILENCE_SECONDS``, as a process that hangs.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

import psycopg
from django.db import connection

logger = logging.getLogger(__name__)

SILENCE_SECONDS = 20
# Keepalives of the server's end of the connection: a lost machine is detected within 20 s.
SESSION = (
    f"SET idle_session_timeout = '{SILENCE_SECONDS}s'",
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 2",
)


class Leadership:
    """A claim to the lock ``key``. Not thread-safe."""

    def __init__(self, key: int) -> None:
        self._key = key
        self._session: psycopg.Connection[Any] | None = None

    def is_held(self) -> bool:
        """Whether this process is the leader; takes a free lock. Call before each action, at least
        every few seconds."""
        try:
            if self._session is not None:
                self._session.execute("SELECT 1")
                return True
            self._session = self._claim()
        except psycopg.Error as error:
            logger.warning("leadership lost or undecided: %s", type(error).__name__)
            self.release()
        return self._session is not None

    def release(self) -> None:
        if self._session is not None:
            with suppress(psycopg.Error):
                self._session.close()
        self._session = None

    def _claim(self) -> psycopg.Connection[Any] | None:
        params = connection.get_connection_params()
        session = psycopg.connect(**params, autocommit=True)
        try:
            for statement in SESSION:
                session.execute(statement.encode())
            row = session.execute("SELECT pg_try_advisory_lock(%s)", [self._key]).fetchone()
        except BaseException:
            session.close()
            raise
        if row == (True,):
            return session
        session.close()
        return None
