"""Health check of persistent connections: a poll of the socket, and a query only now and then.

Django runs ``SELECT 1`` before each request's first query, which adds half as many round trips to
a hold. A server that closed the connection makes its idle socket readable, which a poll detects in
a microsecond. A silent network failure is found by the query, at most ``QUERY_INTERVAL_SECONDS``
later.
"""

from __future__ import annotations

import select
import time

from django.db.backends.postgresql import base

QUERY_INTERVAL_SECONDS = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    _queried_at = 0.0

    def is_usable(self) -> bool:
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
