"""A kept connection is looked at before a request uses it, and asked only now and then.

Django asks ``SELECT 1`` at each request's first query, which for a hold is half as many round trips
again. A PostgreSQL that has gone away leaves its mark on the socket: it says goodbye or closes, and
a connection that waits for nobody becomes readable. Looking costs a microsecond. What leaves no
mark (a network that swallows everything) is found by asking, at most every ``ASK_AFTER_SECONDS``.
"""

from __future__ import annotations

import select
import time

from django.db.backends.postgresql import base

ASK_AFTER_SECONDS = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    _asked_at = 0.0

    def is_usable(self) -> bool:
        now = time.monotonic()
        if now - self._asked_at < ASK_AFTER_SECONDS and self._is_silent():
            return True
        self._asked_at = now
        return bool(super().is_usable())

    def _is_silent(self) -> bool:
        """Whether the server has neither said anything unasked nor closed the connection."""
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)
