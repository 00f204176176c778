"""PostgreSQL's own count of deadlocks."""

from __future__ import annotations

import time

from django.db import connection

SESSIONS_END_SECONDS = 10.0


def deadlocks() -> int:
    """The database's deadlock counter, after every other session has reported its statistics."""
    deadline = time.monotonic() + SESSIONS_END_SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone() == (0,):
                break
            time.sleep(0.05)
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        [count] = cursor.fetchone()
    return int(count)
