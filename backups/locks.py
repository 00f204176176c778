"""Advisory locks: only one backup or drill runs at a time; released if the process dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from backups.errors import BackupRunning

# Arbitrary unique numbers: "layarbak" and "layardri" in ASCII.
BACKUP_KEY = 0x6C61796172_62616B
DRILL_KEY = 0x6C61796172_647269


@contextmanager
def exclusive(key: int) -> Iterator[None]:
    """Hold the lock ``key``. Raises BackupRunning if another session holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise BackupRunning("another one is running")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
