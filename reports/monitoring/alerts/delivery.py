"""Sending alerts: claimed by a lease, sent with no transaction open, every try written down.

Any process may do it: the worker at its times, and the live servers while the worker is dead,
which is when somebody must be told (``reports.monitoring.heartbeat.watchdog``).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation

from reports.models import Alert, AlertAttempt, AlertChannel, AlertStatus
from reports.monitoring.alerts import bundling, messages

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 8
BACKOFF_FIRST_SECONDS = 30
BACKOFF_MAX_SECONDS = 15 * 60
LEASE_SECONDS = 120
SEND_BATCH = 20


def tell(at: datetime) -> int:
    """Owe, bundle, send; returns how many messages were sent."""
    bundling.owe(at)
    bundling.bundle(at)
    due = Alert.objects.filter(status=AlertStatus.WAITING, next_attempt_at__lte=at)
    ids = list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:SEND_BATCH])
    return sum(send(alert_id, at=at) for alert_id in ids)


def send(alert_id: int, *, at: datetime) -> bool:
    """Try once; True when this call sent it."""
    alert = _claim(alert_id, at)
    if alert is None:
        return False
    try:
        with translation.override(alert.user.language):
            by = messages.send_email if alert.channel == AlertChannel.EMAIL else messages.send_sms
            reference = by(alert)
    except Exception as error:  # whatever it is, it must be recorded and tried again
        _record_failure(alert, error, at)
        return False
    _record_sent(alert, reference, at)
    return True


@transaction.atomic
def _claim(alert_id: int, at: datetime) -> Alert | None:
    """Take it for LEASE_SECONDS. The attempt counts from here."""
    waiting = Alert.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        pk=alert_id, status=AlertStatus.WAITING, next_attempt_at__lte=at
    )
    alert = waiting.select_related("user").first()
    if alert is None:
        return None
    if alert.attempts >= ATTEMPTS_MAX:  # its process died each time
        _mine(alert).update(status=AlertStatus.DEAD, next_attempt_at=None)
        return None
    alert.attempts += 1
    alert.next_attempt_at = at + timedelta(seconds=LEASE_SECONDS)
    alert.save(update_fields=["attempts", "next_attempt_at"])
    return alert


@transaction.atomic
def _record_sent(alert: Alert, reference: str, at: datetime) -> None:
    AlertAttempt.objects.create(alert=alert, at=at, succeeded=True, detail=reference[:120])
    # Sent is sent, even if the lease ran out and somebody else claimed it meanwhile.
    Alert.objects.filter(pk=alert.pk).exclude(status=AlertStatus.SENT).update(
        status=AlertStatus.SENT, sent_at=at, next_attempt_at=None
    )


@transaction.atomic
def _record_failure(alert: Alert, error: Exception, at: datetime) -> None:
    """Without the words of the error, which may name the recipient."""
    kind = type(error).__name__
    AlertAttempt.objects.create(alert=alert, at=at, succeeded=False, detail=kind)
    is_over = alert.attempts >= ATTEMPTS_MAX
    pause = min(BACKOFF_FIRST_SECONDS * 2 ** (alert.attempts - 1), BACKOFF_MAX_SECONDS)
    _mine(alert).update(
        status=AlertStatus.DEAD if is_over else AlertStatus.WAITING,
        next_attempt_at=None if is_over else at + timedelta(seconds=pause),
    )
    logger.error("alert %s not sent (attempt %d): %s", alert.pk, alert.attempts, kind)


def _mine(alert: Alert) -> QuerySet[Alert]:
    """Only while the claim is still ours: a later claimer writes its own outcome."""
    return Alert.objects.filter(pk=alert.pk, status=AlertStatus.WAITING, attempts=alert.attempts)
