"""Export jobs: claimed with a lease, and retried by another worker if one dies.

A worker renews its lease while writing. If it is killed, the lease expires and the sweep
gives the job to another worker. A worker that resumes late finds ``attempts`` incremented
and stops writing.
"""

from __future__ import annotations

import logging
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation

from core.outbox import Lease, owned
from reports.errors import ExportNotRetryable, PermissionLost, TooManyExports, TooManyRows
from reports.exports.scope_serialization import deserialize_scope, is_still_allowed, serialize_scope
from reports.exports.table import ReportTable
from reports.exports.writers.registry import write
from reports.figures import REPORTS
from reports.figures.report import Report
from reports.figures.scope import ReportScope
from reports.figures.snapshot import JOB_SECONDS, read_snapshot
from reports.models import ExportJob, Format, JobState

logger = logging.getLogger(__name__)

ROWS_AT_ONCE_MAX = 2_000  # larger exports run in the background
PDF_ROWS_AT_ONCE_MAX = 500  # rendering PDF rows is about a hundred times slower
DAYS_AT_ONCE_MAX = 92  # longer ranges run in the background
ROWS_MAX = 200_000
PDF_ROWS_MAX = 20_000  # about 700 pages
OPEN_JOBS_MAX = 5  # per person
ATTEMPTS_MAX = 3
LEASE = Lease(seconds=150, due_field="lease_until")  # longer than the query timeout
RETRY_SECONDS = 20
PROGRESS_EVERY_SECONDS = 0.5
SWEEP_JOBS = 5
KEEP_HOURS = 72
EXPIRE_BATCH = 100


class _Superseded(Exception):
    """Another worker owns the job now."""


def storage() -> Storage:
    """Private storage, outside the served media folder."""
    return storages["exports"]


def is_immediate(scope: ReportScope, rows_count: int, file_format: Format) -> bool:
    """Whether the file is small enough to be written within the request."""
    rows_max = PDF_ROWS_AT_ONCE_MAX if file_format == Format.PDF else ROWS_AT_ONCE_MAX
    return scope.days <= DAYS_AT_ONCE_MAX and rows_count <= rows_max


def create(
    *,
    user: Any,
    report: Report,
    scope: ReportScope,
    file_format: Format,
    language: str,
    at: datetime,
) -> ExportJob:
    """Create an export job; the caller checked permissions. Raises TooManyExports."""
    if ExportJob.objects.of(user).open().count() >= OPEN_JOBS_MAX:
        raise TooManyExports(jobs_max=OPEN_JOBS_MAX)
    return ExportJob.objects.create(
        user=user,
        report=report.slug,
        order=serialize_scope(scope),
        file_format=file_format,
        language=language,
        lease_until=at,
        created_at=at,
    )


def run(job_id: UUID, at: datetime) -> ExportJob | None:
    """Run a job; None if it is not due or another worker owns it."""
    job = _claim(job_id, at)
    if job is None:
        return None
    try:
        _make(job, at)
    except _Superseded:
        return None
    except (PermissionLost, TooManyRows) as refusal:
        _fail(job, refusal.code, at)
    except Exception:  # any failure must be recorded and retried
        logger.exception("export %s failed", job.pk)
        _try_later(job, at)
    return ExportJob.objects.get(pk=job.pk)


def sweep(at: datetime) -> int:
    """Run due jobs (at most SWEEP_JOBS) and delete expired files."""
    due = LEASE.due_ids(ExportJob.objects.due(at), SWEEP_JOBS)
    made = sum(run(job_id, at) is not None for job_id in due)
    delete_expired(at)
    return made


def delete_expired(at: datetime) -> int:
    scope = ExportJob.objects.filter(state=JobState.DONE, expires_at__lte=at)
    forgotten = 0
    for job in list(scope.order_by("expires_at")[:EXPIRE_BATCH]):
        storage().delete(job.file_name)
        forgotten += scope.filter(pk=job.pk).update(
            state=JobState.EXPIRED, file_name="", expires_at=None
        )
    return forgotten


def retry(*, job_id: UUID, user: Any, at: datetime) -> ExportJob:
    """Requeue a failed or expired job with a new set of attempts. Locks it.

    Raises ExportNotRetryable, PermissionLost.
    """
    with transaction.atomic():
        job = ExportJob.objects.select_for_update(of=("self",)).get(pk=job_id, user=user)
        if job.state not in (JobState.FAILED, JobState.EXPIRED):
            raise ExportNotRetryable()
        if not is_still_allowed(job.order, user):
            raise PermissionLost()
        job.state, job.attempts, job.lease_until = JobState.QUEUED, 0, at
        job.finished_at, job.failure_code, job.rows_done, job.rows_total = None, "", 0, None
        job.save(
            update_fields=[
                "state",
                "attempts",
                "lease_until",
                "finished_at",
                "failure_code",
                "rows_done",
                "rows_total",
            ]
        )
    return job


def _claim(job_id: UUID, at: datetime) -> ExportJob | None:
    return LEASE.claim(
        ExportJob.objects.due(at).select_related("user"),
        job_id,
        at,
        attempts_max=ATTEMPTS_MAX,
        give_up=partial(_fail, code="gave_up", at=at),
        state=JobState.RUNNING,
        rows_done=0,
        rows_total=None,
    )


def _make(job: ExportJob, at: datetime) -> None:
    report = REPORTS[job.report]
    file_format = Format(job.file_format)
    progress = _Progress(job, at, time.monotonic())
    with translation.override(job.language):
        scope = deserialize_scope(job.order, job.user, at)
        rows = read_snapshot(JOB_SECONDS, partial(report.rows, scope))
        rows_max = PDF_ROWS_MAX if file_format == Format.PDF else ROWS_MAX
        if len(rows) > rows_max:
            raise TooManyRows(rows_max=rows_max)
        progress.keep(rows_total=len(rows))
        name = f"{job.pk}-{job.attempts}.{job.file_format}"
        with tempfile.TemporaryFile() as file:
            write(file_format, ReportTable.of(report, scope, rows), file, progress)
            size_bytes = file.tell()
            file.seek(0)
            storage().delete(name)
            storage().save(name, File(file))
    _finish(job, name, size_bytes, progress)


@dataclass
class _Progress:
    """Stores the number of written rows periodically, renewing the lease."""

    job: ExportJob
    at: datetime
    started: float
    stored_at: float = 0.0
    rows: int = 0

    def __call__(self, rows_done: int) -> None:
        self.rows = rows_done
        if time.monotonic() - self.stored_at >= PROGRESS_EVERY_SECONDS:
            self.keep(rows_done=rows_done)

    @property
    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.started)

    def keep(self, **fields: Any) -> None:
        """Raises _Superseded if another worker owns the job."""
        fields = {"lease_until": LEASE.until(self.now)} | fields
        if not _own(self.job).update(**fields):
            raise _Superseded
        self.stored_at = time.monotonic()


def _finish(job: ExportJob, name: str, size_bytes: int, progress: _Progress) -> None:
    now = progress.now
    kept = _own(job).update(
        state=JobState.DONE,
        rows_done=progress.rows,
        file_name=name,
        size_bytes=size_bytes,
        lease_until=None,
        finished_at=now,
        expires_at=now + timedelta(hours=KEEP_HOURS),
    )
    if not kept:
        storage().delete(name)
        raise _Superseded


def _fail(job: ExportJob, code: str, at: datetime) -> None:
    _own(job).update(state=JobState.FAILED, failure_code=code, lease_until=None, finished_at=at)


def _try_later(job: ExportJob, at: datetime) -> None:
    if job.attempts >= ATTEMPTS_MAX:
        _fail(job, "error", at)
    else:
        _own(job).update(lease_until=at + timedelta(seconds=RETRY_SECONDS))


def _own(job: ExportJob) -> QuerySet[ExportJob]:
    return owned(ExportJob.objects.open(), job)
