"""Scheduled reports: one delivery per period, sent with limited, recorded attempts.

``open_due`` creates one row per schedule and period in the transaction that advances the
schedule, so concurrent beats create it once. ``deliver`` claims a row with a lease, sends
outside any transaction, and records the outcome. A crash between the mail server's acceptance
and the record sends it again with the same Message-ID.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from core.outbox import Backoff, Lease, owned
from movies.models import Cinema
from movies.staff.permissions import Permission, cinemas_with
from reports.errors import ActionUnavailable, PermissionLost
from reports.exports import jobs
from reports.figures import REPORTS
from reports.figures.scope import ReportScope
from reports.models import (
    DeliveryStatus,
    ExportJob,
    Format,
    JobState,
    ReportDelivery,
    ReportDeliveryAttempt,
    ReportSchedule,
)
from reports.schedules.email import build_email
from reports.schedules.signals import delivery_given_up

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 8  # with the backoff below, given up after about two hours
BACKOFF = Backoff(first_seconds=60, max_seconds=30 * 60)
LEASE = Lease(seconds=400)  # longer than the task time limit
OPEN_BATCH = 100
SEND_BATCH = 5
CATCH_UP_DAYS_MAX = 7  # older periods are skipped
DETAIL_LENGTH_MAX = 300
SMTP_PERMANENT = 500
RIGHT_LOST, SWITCHED_OFF = "right_lost", "switched_off"


class _NotMade(Exception):
    """The export failed; the delivery is retried."""


def send_due(at: datetime) -> int:
    """Open due periods and attempt waiting deliveries; returns the number sent."""
    open_due(at)
    return sum(deliver(pk, at=at) for pk in LEASE.due_ids(_due(at), SEND_BATCH))


def open_due(at: datetime) -> int:
    """Create deliveries of due periods (at most OPEN_BATCH); returns their number."""
    due = ReportSchedule.objects.due(at).order_by("next_due_at").values_list("pk", flat=True)
    return sum(_open(schedule_id, at) for schedule_id in list(due[:OPEN_BATCH]))


@transaction.atomic
def _open(schedule_id: int, at: datetime) -> bool:
    """Locks the schedule. Opens one period per call, so missed periods are caught up gradually."""
    locked = ReportSchedule.objects.select_for_update(skip_locked=True, of=("self",))
    schedule = locked.due(at).filter(pk=schedule_id).first()
    if schedule is None:
        return False
    oldest = at - timedelta(days=CATCH_UP_DAYS_MAX)
    due_at = schedule.next_due_at
    is_owed = due_at >= oldest
    schedule.next_due_at = schedule.due_after(due_at if is_owed else oldest)
    schedule.save(update_fields=["next_due_at"])
    if not is_owed:
        return False
    first, last = schedule.days_of(due_at)
    _delivery, is_new = ReportDelivery.objects.get_or_create(
        schedule=schedule, first=first, last=last, defaults={"next_attempt_at": at}
    )
    return is_new


def deliver(delivery_id: int, *, at: datetime) -> bool:
    """Attempt a delivery; True if this call sent it."""
    delivery = _claim(delivery_id, at)
    if delivery is None:
        return False
    try:
        cinemas = cinemas_of(delivery.schedule)
        job = _file_for(delivery, cinemas, at)
        email = build_email(delivery, job, cinemas)
        email.send()
    except PermissionLost:
        _stop(delivery, at)
        return False
    except Exception as error:  # any failure must be recorded and retried
        _record_failure(delivery, error, at)
        return False
    _record_sent(delivery, str(email.extra_headers["Message-ID"]), at)
    return True


def send_again(*, delivery_id: int, at: datetime) -> None:
    """Requeue a delivery that was given up, with all its attempts. Raises ActionUnavailable."""
    requeued = ReportDelivery.objects.filter(pk=delivery_id, status=DeliveryStatus.DEAD).update(
        status=DeliveryStatus.WAITING, attempts=0, next_attempt_at=at
    )
    if not requeued:
        raise ActionUnavailable()


def cinemas_of(schedule: ReportSchedule) -> tuple[Cinema, ...]:
    """The schedule's cinemas. Raises PermissionLost if its user may not see all of them."""
    own = cinemas_with(schedule.user, Permission.SEE_SALES)
    wanted = set(schedule.cinemas.values_list("pk", flat=True))
    cinemas = tuple(own.filter(pk__in=wanted) if wanted else own)
    if not cinemas or (wanted and len(cinemas) != len(wanted)):
        raise PermissionLost()
    return cinemas


def _file_for(delivery: ReportDelivery, cinemas: tuple[Cinema, ...], at: datetime) -> ExportJob:
    """The delivery's export job of its user, run now."""
    schedule = delivery.schedule
    job = delivery.job
    if job is None or job.state in (JobState.FAILED, JobState.EXPIRED):
        report = REPORTS[schedule.report]
        scope = ReportScope(cinemas, delivery.first, delivery.last, report.bases[0], at)
        job = jobs.create(
            user=schedule.user,
            report=report,
            scope=scope,
            file_format=Format(schedule.file_format),
            language=schedule.language,
            at=at,
        )
        delivery.job = job
        delivery.save(update_fields=["job"])
    job = jobs.run(job.pk, at) or ExportJob.objects.get(pk=job.pk)
    if job.failure_code == PermissionLost.code:
        raise PermissionLost()
    if job.state != JobState.DONE:
        raise _NotMade(job.failure_code or job.state)
    return job


@transaction.atomic
def _claim(delivery_id: int, at: datetime) -> ReportDelivery | None:
    delivery = LEASE.claim(
        _due(at).select_related("schedule__user", "job"),
        delivery_id,
        at,
        attempts_max=ATTEMPTS_MAX,
        give_up=partial(_give_up, why="its worker died each time", at=at),
    )
    if delivery is not None and delivery.schedule.stopped_at is not None:
        _end(delivery, DeliveryStatus.STOPPED)
        return None
    return delivery


def _due(at: datetime) -> QuerySet[ReportDelivery]:
    return ReportDelivery.objects.filter(status=DeliveryStatus.WAITING, next_attempt_at__lte=at)


@transaction.atomic
def _stop(delivery: ReportDelivery, at: datetime) -> None:
    ReportSchedule.objects.filter(pk=delivery.schedule_id, stopped_at__isnull=True).update(
        stopped_at=at, stopped_because=RIGHT_LOST
    )
    _end(delivery, DeliveryStatus.STOPPED)
    logger.info("scheduled report %s stopped: permission lost", delivery.schedule_id)


@transaction.atomic
def _record_sent(delivery: ReportDelivery, reference: str, at: datetime) -> None:
    _try(delivery, at, succeeded=True, detail=reference)
    # It was sent, even if the lease expired and another worker claimed it.
    ReportDelivery.objects.filter(pk=delivery.pk).exclude(status=DeliveryStatus.SENT).update(
        status=DeliveryStatus.SENT, sent_at=at, next_attempt_at=None
    )


@transaction.atomic
def _record_failure(delivery: ReportDelivery, error: Exception, at: datetime) -> None:
    detail = f"{type(error).__name__}: {error}"
    logger.warning("report delivery %s failed: %s", delivery.pk, type(error).__name__)
    _try(delivery, at, succeeded=False, detail=detail)
    if delivery.attempts >= ATTEMPTS_MAX or _is_hopeless(error):
        _give_up(delivery, type(error).__name__, at)
        return
    _own(delivery).update(next_attempt_at=at + BACKOFF.after(delivery.attempts))


def _give_up(delivery: ReportDelivery, why: str, at: datetime) -> None:
    _end(delivery, DeliveryStatus.DEAD)
    delivery_given_up.send(ReportDelivery, delivery=delivery, reason=why, at=at)


def _end(delivery: ReportDelivery, status: DeliveryStatus) -> None:
    _own(delivery).update(status=status, next_attempt_at=None)


def _own(delivery: ReportDelivery) -> QuerySet[ReportDelivery]:
    return owned(ReportDelivery.objects.filter(status=DeliveryStatus.WAITING), delivery)


def _try(delivery: ReportDelivery, at: datetime, *, succeeded: bool, detail: str) -> None:
    ReportDeliveryAttempt.objects.create(
        delivery=delivery, at=at, succeeded=succeeded, detail=detail[:DETAIL_LENGTH_MAX]
    )


def _is_hopeless(error: Exception) -> bool:
    """Whether the mail server rejected the recipient permanently."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= SMTP_PERMANENT for code, _words in error.recipients.values())
    return False
