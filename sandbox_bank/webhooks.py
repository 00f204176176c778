"""Telling the merchant what happened: at least once, signed, with back-off, and not for ever."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from functools import partial

import httpx
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerAway

from sandbox_bank import signing
from sandbox_bank.models import Charge, Webhook, event_reference

logger = logging.getLogger(__name__)

WEBHOOK_PATH = "/webhooks/sandbox/"
ATTEMPTS_MAX = 8
BACKOFF_FIRST_SECONDS = 2
BACKOFF_MAX_SECONDS = 300
TIMEOUT_SECONDS = 5.0
DUE_BATCH = 50


def backoff_seconds(attempts: int) -> int:
    """How long after the ``attempts``-th attempt the next one may follow."""
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
    """Owe the merchant one call; it is sent once the running transaction is committed."""
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
    """Ask a worker to send it. A broker that is away is no loss: the beat sends what is due."""
    from sandbox_bank.tasks import deliver_webhook

    try:
        deliver_webhook.apply_async((webhook_id,), countdown=after_seconds)
    except BrokerAway:
        logger.warning("webhook %s left to the beat: the broker is away", webhook_id)


def deliver(webhook_id: int, *, at: datetime) -> bool:
    """Send one webhook if it is due and nobody else is sending it; True once it is delivered."""
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
    """Send what was left over; the number delivered."""
    waiting = list(
        Webhook.objects.due(at).order_by("next_attempt_at").values_list("pk", flat=True)[:DUE_BATCH]
    )
    return sum(deliver(webhook_id, at=at) for webhook_id in waiting)


def _claim(webhook: Webhook, *, at: datetime) -> bool:
    """Take the next attempt. A sender that dies on the way has only spent this attempt."""
    attempts = webhook.attempts + 1
    next_attempt_at = at + timedelta(seconds=backoff_seconds(attempts))
    claimed = Webhook.objects.filter(
        pk=webhook.pk, attempts=webhook.attempts, delivered_at__isnull=True
    ).update(attempts=attempts, next_attempt_at=next_attempt_at)
    webhook.attempts, webhook.next_attempt_at = attempts, next_attempt_at
    return claimed == 1


def _post(event_id: str, body: bytes, *, at: datetime) -> tuple[str, bool]:
    """The merchant's answer in a few words, and whether it took the event."""
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
