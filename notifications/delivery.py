"""Delivery of outbox messages, at least once.

Claimed by a lease (``core.outbox``), sent with no transaction open. A crash between the gateway's
acceptance and our record sends the message again once the lease is over, with the same Message-ID
(email) or reference (SMS), so that mail programs and gateways can drop the duplicate. Recording
first would lose tickets instead.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core.db.mailbox import mailbox_of
from core.outbox import Backoff, Lease, owned
from core.ratelimit import RateLimit
from notifications.dispatch import queue_on_commit
from notifications.email import send_email
from notifications.errors import GatewayFailed, MessageNotDead, Undeliverable
from notifications.models import Channel, DeliveryAttempt, Message, MessageKind, MessageStatus
from notifications.sms import send_sms
from notifications.waitlist.messages import is_over

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 12  # with the pauses below: given up after about five hours
BACKOFF = Backoff(first_seconds=30, max_seconds=60 * 60)
LEASE = Lease(seconds=300)  # more than a worker may take: the task's own limit
SWEEP_BATCH_MESSAGES = 20
DETAIL_LENGTH_MAX = 300
SMTP_PERMANENT = 500
LIMITS_BY_MAILBOX = {
    kind: RateLimit(f"message_{kind}", 5, 60 * 60)
    for kind in (
        MessageKind.PAYMENT_FAILED,
        MessageKind.TICKETS_RESENT,
        MessageKind.WAITLIST_CONFIRM,
    )
}


def deliver(message_id: UUID, *, at: datetime) -> bool:
    """Attempt to send a message that is due; True if this call sent it.

    Does nothing if it was sent, given up, or is claimed by another worker.
    """
    message = _claim(message_id, at)
    if message is None or _is_postponed(message, at):
        return False
    if is_over(message):
        _record_failure(message, Undeliverable("offer_over"), at)
        return False
    try:
        reference = _send(message)
    except Exception as error:  # any failure is recorded and retried
        _record_failure(message, error, at)
        return False
    _record_sent(message, reference, at)
    return True


def deliver_waiting(at: datetime) -> int:
    """Deliver due messages, at most SWEEP_BATCH_MESSAGES, oldest first."""
    due = LEASE.due_ids(Message.objects.due(at), SWEEP_BATCH_MESSAGES)
    return sum(deliver(message_id, at=at) for message_id in due)


@transaction.atomic
def send_again(*, message_id: UUID, at: datetime) -> Message:
    """Requeue a message that was given up, with all its attempts.

    Locks the message. Raises MessageNotDead.
    """
    message = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
    if message.status != MessageStatus.DEAD:
        raise MessageNotDead()
    message.status, message.attempts, message.next_attempt_at = MessageStatus.WAITING, 0, at
    message.save(update_fields=["status", "attempts", "next_attempt_at"])
    queue_on_commit([message.pk])
    return message


def masked(recipient: str) -> str:
    """An address shortened for logs."""
    name, at_sign, domain = recipient.rpartition("@")
    if at_sign:
        return f"{name[:1]}…@{domain}"
    return f"{recipient[:3]}…{recipient[-3:]}"


def _claim(message_id: UUID, at: datetime) -> Message | None:
    due = Message.objects.due(at)
    return LEASE.claim(due, message_id, at, attempts_max=ATTEMPTS_MAX, give_up=_give_up)


def _is_postponed(message: Message, at: datetime) -> bool:
    """Whether the mailbox reached the limit of a kind that strangers can cause without paying."""
    limit = LIMITS_BY_MAILBOX.get(MessageKind(message.kind))
    if limit is None or message.channel != Channel.EMAIL:
        return False
    result = limit.hit(mailbox_of(message.recipient))
    if result.allowed:
        return False
    wait = max(timedelta(seconds=result.retry_after_seconds), BACKOFF.after(message.attempts))
    _own(message).update(next_attempt_at=at + wait)
    logger.warning("message %s postponed: too many of its kind", message.pk)
    return True


def _give_up(message: Message) -> None:
    _own(message).update(status=MessageStatus.DEAD, next_attempt_at=None)


def _own(message: Message) -> QuerySet[Message]:
    return owned(Message.objects.filter(status=MessageStatus.WAITING), message)


def _send(message: Message) -> str:
    return send_email(message) if message.channel == Channel.EMAIL else send_sms(message)


@transaction.atomic
def _record_sent(message: Message, reference: str, at: datetime) -> None:
    DeliveryAttempt.objects.create(message=message, at=at, succeeded=True, detail=reference)
    # Recorded even if the lease ran out and another worker has claimed it.
    Message.objects.filter(pk=message.pk).exclude(status=MessageStatus.SENT).update(
        status=MessageStatus.SENT,
        sent_at=at,
        next_attempt_at=None,
        provider_reference=reference,
    )
    logger.info("message %s sent to %s", message.pk, masked(message.recipient))


@transaction.atomic
def _record_failure(message: Message, error: Exception, at: datetime) -> None:
    detail = _describe(error)
    is_over = message.attempts >= ATTEMPTS_MAX or _is_permanent(error)
    DeliveryAttempt.objects.create(message=message, at=at, succeeded=False, detail=detail)
    if is_over:
        _give_up(message)
    else:
        _own(message).update(next_attempt_at=at + BACKOFF.after(message.attempts))
    logger.warning(
        "message %s not sent to %s (attempt %d, %s): %s",
        message.pk,
        masked(message.recipient),
        message.attempts,
        "given up" if is_over else "will be retried",
        detail,
    )


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= SMTP_PERMANENT for code, _reply in error.recipients.values())
    return isinstance(error, Undeliverable)


def _describe(error: Exception) -> str:
    """The error without its text, which may contain the recipient."""
    kind = type(error).__name__
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({code for code, _reply in error.recipients.values()})
        return f"{kind} {' '.join(map(str, codes))}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{kind} {error.smtp_code}"
    if isinstance(error, Undeliverable | GatewayFailed):
        return f"{kind} {error.code}"[:DETAIL_LENGTH_MAX]
    return kind
