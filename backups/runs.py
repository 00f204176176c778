"""Making a backup: one complete dump of the database, with what is needed to check it later.

The rows are counted in the very snapshot that is dumped, so a restored copy must have exactly
these counts. A backup that fails says so, is remembered as failed, and never costs an older one:
only after a success is anything deleted.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any

from dbbackup.db.base import get_connector
from django.apps import apps
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import connection, transaction
from django.utils import timezone

from backups.errors import BackupFailed, BackupRunning
from backups.models import BackupRun, BackupStatus

logger = logging.getLogger(__name__)

KEPT_BACKUPS = 18  # three days, one every four hours
RUN_SECONDS_MAX = 60 * 60
READ_BYTES = 1024 * 1024
FAILURE_LENGTH_MAX = 300
# Any number will do, as long as nobody else locks it: "layarbak" in ASCII.
LOCK_KEY = 0x6C61796172_62616B


def run_backup(at: datetime) -> BackupRun:
    """Dump the database into the backup store; raises BackupRunning or BackupFailed."""
    with _alone():
        _close_abandoned(at)
        run = BackupRun.objects.create(started_at=at)
        try:
            _make(run)
        except Exception as error:  # a backup that is not whole has failed, whatever the reason
            _remember_failure(run, error)
            logger.exception("BACKUP FAILED, started %s", at.isoformat())
            raise BackupFailed(run.failure) from error
        logger.info("backup %s: %s bytes", run.file_name, run.size_bytes)
        prune()
    return run


def prune() -> None:
    """Delete what is older than the newest ``KEPT_BACKUPS``: first the file, then its row."""
    done = BackupRun.objects.filter(status=BackupStatus.DONE).order_by("-started_at")
    for run in done[KEPT_BACKUPS:]:
        store().delete(run.file_name)
        run.delete()


def store() -> Storage:
    return storages["dbbackup"]


def sha256_of(file: IO[bytes] | File[bytes]) -> tuple[str, int]:
    """The file's digest and its size in bytes, read in pieces from where it stands."""
    digest, size_bytes = hashlib.sha256(), 0
    while piece := file.read(READ_BYTES):
        digest.update(piece)
        size_bytes += len(piece)
    return digest.hexdigest(), size_bytes


def _make(run: BackupRun) -> None:
    with _snapshot() as snapshot:
        run.row_counts = count_rows()
        dump = _dump(snapshot)
    try:
        run.sha256, run.size_bytes = sha256_of(dump)
        dump.seek(0)
        name = f"layar-{run.started_at:%Y-%m-%d-%H%M%S}.dump"
        # Remembered before it is checked, so that a failure knows what to throw away.
        run.file_name = store().save(name, File(dump))
    finally:
        dump.close()
    with store().open(run.file_name, "rb") as written:
        if sha256_of(written) != (run.sha256, run.size_bytes):
            raise OSError("what was written is not what was dumped")
    run.status, run.finished_at = BackupStatus.DONE, timezone.now()
    run.save()


def _dump(snapshot: str) -> IO[bytes]:
    """pg_dump's custom format; it fails unless pg_dump ends well."""
    connector: Any = get_connector()
    connector.dump_suffix = f"--snapshot={snapshot}"
    dump: IO[bytes] = connector.create_dump()
    return dump


def count_rows() -> dict[str, int]:
    """Rows of every table, whoever it belongs to: backups know no other app."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return {
        model._meta.label: model._base_manager.count()
        for model in models
        if not model._meta.proxy and not model._meta.swapped
    }


@contextmanager
def _snapshot() -> Iterator[str]:
    """One moment of the database, open to pg_dump for as long as this lasts."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # Waiting for pg_dump is not idling, and counting a large table takes its time.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


@contextmanager
def _alone() -> Iterator[None]:
    """Two schedulers, or a person beside one, make one backup. The lock dies with its owner."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY])
        if not cursor.fetchone()[0]:
            raise BackupRunning("another backup is running")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])


def _close_abandoned(at: datetime) -> None:
    """We are alone, so whatever still says that it runs has died."""
    BackupRun.objects.filter(status=BackupStatus.RUNNING).update(
        status=BackupStatus.FAILED, finished_at=at, failure="it never finished"
    )


def _remember_failure(run: BackupRun, error: Exception) -> None:
    if run.file_name:
        store().delete(run.file_name)
    run.status, run.finished_at = BackupStatus.FAILED, timezone.now()
    # The end of it: a program that fails tells its reason last.
    run.failure = f"{type(error).__name__}: {error}"[-FAILURE_LENGTH_MAX:]
    run.file_name, run.sha256, run.size_bytes = "", "", None
    run.save()
