"""Two schedulers, or a person beside one, do a thing once. The lock dies with its owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from backups.errors import BackupRunning

# Any numbers will do, as long as nobody else locks them: "layarbak" and "layardri" in ASCII.
BACKUP_KEY = 0x6C61796172_62616B
DRILL_KEY = 0x6C61796172_647269


@contextmanager
def alone(key: int) -> Iterator[None]:
    """Raises BackupRunning if another holds ``key``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise BackupRunning("another one is running")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
