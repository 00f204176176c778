"""Making a backup: database and media in one file, with what is needed to check it later.

The rows are counted in the very snapshot that is dumped, so a restored copy must have exactly
these counts. A backup that fails says so, is remembered as failed, and never costs an older one:
only after a success is anything deleted.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dbbackup.db.base import get_connector
from dbbackup.db.exceptions import CommandConnectorError
from django.conf import settings
from django.core.files import File
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.utils import timezone

from backups import postgres, verification
from backups.archive import contents, encryption
from backups.archive.contents import DUMP, MEDIA, Manifest
from backups.errors import BackupFailed
from backups.locks import BACKUP_KEY, alone
from backups.models import BackupRun, BackupStatus
from backups.restore import store
from backups.signals import backup_failed

logger = logging.getLogger(__name__)

RUN_SECONDS_MAX = 60 * 60
FAILURE_LENGTH_MAX = 300
OVERDUE_HOURS = 8  # two in a row were missed


def run_backup(at: datetime) -> BackupRun:
    """Put a backup into the store; raises BackupRunning or BackupFailed."""
    with alone(BACKUP_KEY):
        _close_abandoned(at)
        run = BackupRun.objects.create(started_at=at)
        try:
            _make(run)
        except Exception as error:  # a backup that is not whole has failed, whatever the reason
            _remember_failure(run, error)
            logger.exception("BACKUP FAILED, started %s", at.isoformat())
            backup_failed.send(BackupRun, run=run, at=at)
            raise BackupFailed(run.failure) from error
        logger.info("backup %s: %s bytes", run.file_name, run.size_bytes)
        prune(at)
    return run


def prune(at: datetime) -> None:
    """Delete what is beyond ``BACKUP_KEEP_COUNT`` or older than ``BACKUP_KEEP_DAYS``.

    First the file, then its row. The newest always stays.
    """
    done = BackupRun.objects.filter(status=BackupStatus.DONE).order_by("-started_at")
    oldest = at - timedelta(days=settings.BACKUP_KEEP_DAYS)
    for place, run in enumerate(done):
        if place and (place >= settings.BACKUP_KEEP_COUNT or run.started_at < oldest):
            store().delete(run.file_name)
            run.delete()


def hours_without(at: datetime) -> int | None:
    """How long ago the last good backup began; None while that is nothing to worry about.

    Where there never was one, it counts from the day the database was made.
    """
    last = BackupRun.objects.filter(status=BackupStatus.DONE).order_by("-started_at").first()
    since = (
        last.started_at
        if last
        else MigrationRecorder.Migration.objects.aggregate(first=Min("applied"))["first"]
    )
    age: timedelta = at - since if since else timedelta()
    return age // timedelta(hours=1) if age > timedelta(hours=OVERDUE_HOURS) else None


def _make(run: BackupRun) -> None:
    with tempfile.TemporaryDirectory(prefix="layar-backup-") as temporary:
        folder = Path(temporary)
        manifest = _collect(run, folder)
        run.row_counts = manifest.row_counts
        run.media_files = manifest.media_files
        file = folder / f"layar-{run.started_at:%Y-%m-%d-%H%M%S}.tar"
        contents.pack(file, folder, manifest)
        if encryption.is_sealing():
            sealed = file.with_name(f"{file.name}{encryption.SUFFIX}")
            encryption.seal(file, sealed)
            file = sealed
        _keep(run, file)
    run.status, run.finished_at = BackupStatus.DONE, timezone.now()
    run.save()


def _collect(run: BackupRun, folder: Path) -> Manifest:
    """Media after the database: a picture that a row names is there, one too many does no harm."""
    with _snapshot() as snapshot:
        with connection.cursor() as cursor:
            row_counts = postgres.count_rows(cursor)
        witnesses = verification.take_witnesses()
        _dump(snapshot, folder / DUMP)
    postgres.check_dump(folder / DUMP, row_counts)
    media_files = contents.pack_media(folder / MEDIA)
    names = [DUMP] if media_files is None else [DUMP, MEDIA]
    return Manifest(
        started_at=run.started_at.isoformat(),
        row_counts=row_counts,
        media_files=media_files,
        witnesses=witnesses,
        parts={name: contents.digest_of(folder / name) for name in names},
    )


def _keep(run: BackupRun, file: Path) -> None:
    made = contents.digest_of(file)
    run.sha256, run.size_bytes = made.sha256, made.size_bytes
    with file.open("rb") as content:
        # Remembered before it is checked, so that a failure knows what to throw away.
        run.file_name = store().save(file.name, File(content))
    with store().open(run.file_name, "rb") as written:
        if contents.digest(written) != made:
            raise OSError("what was written is not what was dumped")


def _dump(snapshot: str, file: Path) -> None:
    """pg_dump's custom format. Raises BackupFailed unless pg_dump ends well."""
    connector: Any = get_connector()
    connector.dump_suffix = f"--snapshot={snapshot} --file={file}"
    try:
        connector.create_dump()
    except CommandConnectorError as error:
        # Its first line is the whole command.
        words = " ".join(str(error).splitlines()[1:]).strip()
        raise BackupFailed(words or "pg_dump ended without a word: was it killed?") from error


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
