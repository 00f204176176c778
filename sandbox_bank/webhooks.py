"""Signed webhooks to the merchant: at least once, with backoff, at most ATTEMPTS_MAX attempts."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from functools import partial

import httpx
from celery import shared_task
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerAway

from sandbox_bank import signing
from sandbox_bank.models import Charge, Webhook, database_now, event_reference

logger = logging.getLogger(__name__)

WEBHOOK_PATH = "/webhooks/sandbox/"
ATTEMPTS_MAX = 8
BACKOFF_FIRST_SECONDS = 2
BACKOFF_MAX_SECONDS = 300
TIMEOUT_SECONDS = 5.0
DUE_BATCH = 50


def backoff_seconds(attempts: int) -> int:
    """Pause between the ``attempts``-th attempt and the next."""
    doubled: int = BACKOFF_FIRST_SECONDS * 2 ** (attempts - 1)
    return min(doubled, BACKOFF_MAX_SECONDS)


def announce(
    charge: Charge,
    type_: str,
    *,
    at: datetime,
    event_id: str = "",
    after_seconds: int = 0,
) -> Webhook:
    """Store one webhook for the merchant; it is sent after the transaction commits."""
    webhook = Webhook.objects.create(
        charge=charge,
        event_id=event_id or event_reference(),
        type=type_,
        created_at=at,
        next_attempt_at=at + timedelta(seconds=after_seconds),
    )
    transaction.on_commit(partial(queue, webhook.pk, after_seconds=after_seconds))
    return webhook


def queue(webhook_id: int, *, after_seconds: int = 0) -> None:
    """Publish the delivery to a worker. Without a broker the periodic task sends it."""
    try:
        deliver_webhook.apply_async((webhook_id,), countdown=after_seconds)
    except BrokerAway:
        logger.warning("webhook %s left to the periodic task: no broker", webhook_id)


@shared_task(name="bookings.payments.sandbox_bank.tasks.deliver_webhook")
def deliver_webhook(webhook_id: int) -> None:
    deliver(webhook_id, at=database_now())


def deliver(webhook_id: int, *, at: datetime) -> bool:
    """Send one webhook if it is due and not claimed by another worker; True if it was accepted."""
    webhook = Webhook.objects.due(at).filter(pk=webhook_id).select_related("charge").first()
    if webhook is None or not _claim(webhook, at=at):
        return False
    body = json.dumps(
        {
            "event_id": webhook.event_id,
            "type": webhook.type,
            "reference": webhook.charge.reference,
        }
    ).encode()
    answer, is_delivered = _post(webhook.event_id, body, at=at)
    if is_delivered:
        webhook.delivered_at, webhook.next_attempt_at = at, None
    elif webhook.attempts >= ATTEMPTS_MAX:
        webhook.next_attempt_at = None
        logger.error("webhook %s given up: %s", webhook.event_id, answer)
    webhook.last_answer = answer
    webhook.save(update_fields=["delivered_at", "next_attempt_at", "last_answer"])
    if webhook.next_attempt_at is not None:
        queue(webhook.pk, after_seconds=backoff_seconds(webhook.attempts))
    return is_delivered


def deliver_due(*, at: datetime) -> int:
    """Send due webhooks, at most DUE_BATCH; returns how many were accepted."""
    due = list(
        Webhook.objects.due(at).order_by("next_attempt_at").values_list("pk", flat=True)[:DUE_BATCH]
    )
    return sum(deliver(webhook_id, at=at) for webhook_id in due)


def _claim(webhook: Webhook, *, at: datetime) -> bool:
    """Claim the next attempt. A worker that dies has only used up this attempt."""
    attempts = webhook.attempts + 1
    next_attempt_at = at + timedelta(seconds=backoff_seconds(attempts))
    claimed = Webhook.objects.filter(
        pk=webhook.pk, attempts=webhook.attempts, delivered_at__isnull=True
    ).update(attempts=attempts, next_attempt_at=next_attempt_at)
    webhook.attempts, webhook.next_attempt_at = attempts, next_attempt_at
    return claimed == 1


def _post(event_id: str, body: bytes, *, at: datetime) -> tuple[str, bool]:
    """The merchant's response for the log, and whether it accepted the event."""
    try:
        response = httpx.post(
            f"{settings.WEBHOOK_URL}{WEBHOOK_PATH}",
            content=body,
            headers=signing.webhook_headers(event_id, body, at=at),
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
        )
    except httpx.HTTPError as error:
        return type(error).__name__, False
    return f"HTTP {response.status_code}", response.is_success
