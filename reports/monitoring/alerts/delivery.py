"""Sends alerts: claimed with a lease, sent outside transactions, every attempt recorded.

Any process may send: the worker periodically, and the live servers while the worker is
down (``reports.monitoring.heartbeat.watchdog``).
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation

from core.outbox import Backoff, Lease, owned
from reports.models import Alert, AlertAttempt, AlertChannel, AlertStatus
from reports.monitoring.alerts import batching, messages

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 8
BACKOFF = Backoff(first_seconds=30, max_seconds=15 * 60)
LEASE = Lease(seconds=120)
SEND_BATCH = 20


def send_due(at: datetime) -> int:
    """Enqueue, batch and send alerts; returns how many messages were sent."""
    batching.enqueue(at)
    batching.create_batches(at)
    return sum(send(alert_id, at=at) for alert_id in LEASE.due_ids(_due(at), SEND_BATCH))


def send(alert_id: int, *, at: datetime) -> bool:
    """Attempt to send; True if this call sent it."""
    alert = LEASE.claim(
        _due(at).select_related("user"),
        alert_id,
        at,
        attempts_max=ATTEMPTS_MAX,
        give_up=_give_up,
    )
    if alert is None:
        return False
    try:
        with translation.override(alert.user.language):
            by = messages.send_email if alert.channel == AlertChannel.EMAIL else messages.send_sms
            reference = by(alert)
    except Exception as error:  # any failure must be recorded and retried
        _record_failure(alert, error, at)
        return False
    _record_sent(alert, reference, at)
    return True


def _due(at: datetime) -> QuerySet[Alert]:
    return Alert.objects.filter(status=AlertStatus.WAITING, next_attempt_at__lte=at)


@transaction.atomic
def _record_sent(alert: Alert, reference: str, at: datetime) -> None:
    AlertAttempt.objects.create(alert=alert, at=at, succeeded=True, detail=reference[:120])
    # It was sent, even if the lease expired and another worker claimed it.
    Alert.objects.filter(pk=alert.pk).exclude(status=AlertStatus.SENT).update(
        status=AlertStatus.SENT, sent_at=at, next_attempt_at=None
    )


@transaction.atomic
def _record_failure(alert: Alert, error: Exception, at: datetime) -> None:
    """Stores only the error type, because its text may name the recipient."""
    kind = type(error).__name__
    AlertAttempt.objects.create(alert=alert, at=at, succeeded=False, detail=kind)
    if alert.attempts >= ATTEMPTS_MAX:
        _give_up(alert)
    else:
        _own(alert).update(next_attempt_at=at + BACKOFF.after(alert.attempts))
    logger.error("alert %s not sent (attempt %d): %s", alert.pk, alert.attempts, kind)


def _give_up(alert: Alert) -> None:
    _own(alert).update(status=AlertStatus.DEAD, next_attempt_at=None)


def _own(alert: Alert) -> QuerySet[Alert]:
    return owned(Alert.objects.filter(status=AlertStatus.WAITING), alert)
