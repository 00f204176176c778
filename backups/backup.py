"""Making a backup: database and media in one file, with what is needed to verify it later.

Rows are counted in the snapshot that is dumped, so a restored copy must have exactly these counts.
A failed backup is recorded as failed. Older backups are deleted only after a success.
"""

from __future__ import annotations

import logging
import re
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
from django.db.models import Min, Q
from django.utils import timezone

from backups import postgres, verification
from backups.archive import contents, encryption
from backups.archive.contents import DUMP, MEDIA, Manifest
from backups.errors import BackupFailed
from backups.locks import BACKUP_KEY, exclusive
from backups.models import BackupRun, BackupStatus
from backups.restore import store
from backups.signals import backup_failed

logger = logging.getLogger(__name__)

RUN_SECONDS_MAX = 60 * 60
FAILURE_LENGTH_MAX = 300
FILE_PREFIX, FILE_TIME = "layar-", "%Y-%m-%d-%H%M%S"
FILE_NAME = re.compile(r"layar-\d{4}-\d\d-\d\d-\d{6}\S*")
RETRY_FIRST_MINUTES = 30
OVERDUE_HOURS = 8  # two scheduled backups were missed


def run_backup(at: datetime) -> BackupRun:
    """Make a backup in the store; raises BackupRunning or BackupFailed."""
    with exclusive(BACKUP_KEY):
        _close_abandoned(at)
        run = BackupRun.objects.create(started_at=at)
        try:
            _make(run)
        except Exception as error:  # an incomplete backup has failed, whatever the reason
            _record_failure(run, error)
            logger.exception("BACKUP FAILED, started %s", at.isoformat())
            backup_failed.send(BackupRun, run=run, at=at)
            raise BackupFailed(run.failure) from error
        logger.info("backup %s: %s bytes", run.file_name, run.size_bytes)
        prune(at)
    return run


def run_first_backup(at: datetime) -> BackupRun | None:
    """Make a backup if there is no successful one and none was attempted recently."""
    recent = at - timedelta(minutes=RETRY_FIRST_MINUTES)
    if BackupRun.objects.filter(Q(status=BackupStatus.DONE) | Q(started_at__gt=recent)).exists():
        return None
    return run_backup(at)


def prune(at: datetime) -> None:
    """Delete backups beyond ``BACKUP_KEEP_COUNT`` or older than ``BACKUP_KEEP_DAYS``.

    The file first, then its row. The newest is always kept.
    """
    done = BackupRun.objects.filter(status=BackupStatus.DONE).order_by("-started_at")
    oldest = at - timedelta(days=settings.BACKUP_KEEP_DAYS)
    for place, run in enumerate(done):
        if place and (place >= settings.BACKUP_KEEP_COUNT or run.started_at < oldest):
            store().delete(run.file_name)
            run.delete()
    _prune_unknown(oldest)


def _prune_unknown(oldest: datetime) -> None:
    """Delete old files without a run: made after the backup that was later restored."""
    limit = f"{FILE_PREFIX}{oldest:{FILE_TIME}}"
    names = {name for name in store().listdir("")[1] if name.startswith(FILE_PREFIX)}
    known = BackupRun.objects.filter(file_name__in=names).values_list("file_name", flat=True)
    for name in names.difference(known):
        if FILE_NAME.fullmatch(name) and name < limit:
            store().delete(name)


def hours_without(at: datetime) -> int | None:
    """Hours since the last successful backup if it is overdue, else None.

    Without any backup, counted from the creation of the database.
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
        file = folder / f"{FILE_PREFIX}{run.started_at:{FILE_TIME}}.tar"
        contents.pack(file, folder, manifest)
        if encryption.is_enabled():
            encrypted = file.with_name(f"{file.name}{encryption.SUFFIX}")
            encryption.encrypt(file, encrypted)
            file = encrypted
        _store(run, file)
    run.status, run.finished_at = BackupStatus.DONE, timezone.now()
    run.save()


def _collect(run: BackupRun, folder: Path) -> Manifest:
    """Dump the database, then pack media, so that every file named by a row is included."""
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


def _store(run: BackupRun, file: Path) -> None:
    made = contents.digest_of(file)
    run.sha256, run.size_bytes = made.sha256, made.size_bytes
    with file.open("rb") as content:
        # Recorded before the check, so that a failure deletes the file.
        run.file_name = store().save(file.name, File(content))
    with store().open(run.file_name, "rb") as written:
        if contents.digest(written) != made:
            raise OSError("the stored file differs from the dump")


def _dump(snapshot: str, file: Path) -> None:
    """Dump in custom format. Raises BackupFailed if pg_dump fails."""
    connector: Any = get_connector()
    connector.dump_env = postgres.libpq_variables()
    connector.dump_suffix = f"--snapshot={snapshot} --file={file}"
    try:
        connector.create_dump()
    except CommandConnectorError as error:
        # Its first line is the whole command.
        message = " ".join(str(error).splitlines()[1:]).strip()
        raise BackupFailed(message or "pg_dump ended without a word: was it killed?") from error


@contextmanager
def _snapshot() -> Iterator[str]:
    """Export a snapshot for pg_dump while the block lasts."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # pg_dump and counting large tables take longer than a request may.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _close_abandoned(at: datetime) -> None:
    """Mark runs of dead processes as failed; the lock excludes live ones."""
    BackupRun.objects.filter(status=BackupStatus.RUNNING).update(
        status=BackupStatus.FAILED, finished_at=at, failure="it never finished"
    )


def _record_failure(run: BackupRun, error: Exception) -> None:
    if run.file_name:
        store().delete(run.file_name)
    run.status, run.finished_at = BackupStatus.FAILED, timezone.now()
    # The end of the message: programs print the reason last.
    run.failure = f"{type(error).__name__}: {error}"[-FAILURE_LENGTH_MAX:]
    run.file_name, run.sha256, run.size_bytes = "", "", None
    run.save()
