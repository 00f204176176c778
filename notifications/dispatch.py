"""Writing messages to the outbox and notifying a worker of them.

The notification is only a hint: the sweep delivers whatever a worker was not notified of.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from bookings.models import Booking, BookingEvent, EventKind
from notifications.models import Channel, Message, MessageKind, MessageStatus

logger = logging.getLogger(__name__)

DELIVER_TASK = "notifications.tasks.deliver"
BACKFILL_BATCH_ROWS = 1_000
BACKFILLED_KINDS = {
    EventKind.CONFIRMED: MessageKind.BOOKING_CONFIRMED,
    EventKind.FAILED: MessageKind.PAYMENT_FAILED,
    EventKind.CANCELLED: MessageKind.BOOKING_CANCELLED,
    EventKind.REFUNDED: MessageKind.REFUND_DONE,
}


def enqueue(
    booking: Booking,
    event: BookingEvent,
    kind: MessageKind,
    *channels: Channel,
    at: datetime | None = None,
) -> None:
    """Write one message per channel that reaches the buyer, in the caller's transaction.

    Repeating it changes nothing. ``at``: when it is written, if that is later than the event.
    """
    at = at or event.at
    recipients = {Channel.EMAIL: booking.contact_email}
    if Channel.SMS in channels:
        recipients[Channel.SMS] = _sms_recipient(booking)
    messages = [
        Message(
            booking=booking,
            event=event,
            kind=kind,
            channel=channel,
            recipient=recipients[channel],
            language=booking.language,
            created_at=at,
            next_attempt_at=at,
        )
        for channel in channels
        if recipients[channel]
    ]
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    queue_on_commit(message.pk for message in messages)


def enqueue_to(recipient: str, booking: Booking, event: BookingEvent, kind: MessageKind) -> None:
    """Write one email to a former address of the booking; otherwise like ``enqueue``."""
    message = Message(
        booking=booking,
        event=event,
        kind=kind,
        channel=Channel.EMAIL,
        recipient=recipient,
        language=booking.language,
        created_at=event.at,
        next_attempt_at=event.at,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    queue_on_commit([message.pk])


def backfill_sent(events: Iterable[BookingEvent]) -> None:
    """Record the emails of imported or seeded events as sent. Sends nothing.

    Reads each event's ``booking``: select it with the events.
    """
    messages = (
        Message(
            booking=event.booking,
            event=event,
            kind=BACKFILLED_KINDS[EventKind(event.kind)],
            channel=Channel.EMAIL,
            recipient=event.booking.contact_email,
            language=event.booking.language,
            status=MessageStatus.SENT,
            attempts=1,
            created_at=event.at,
            sent_at=event.at,
        )
        for event in events
        if event.kind in BACKFILLED_KINDS
    )
    Message.objects.bulk_create(messages, batch_size=BACKFILL_BATCH_ROWS, ignore_conflicts=True)


def queue_on_commit(message_ids: Iterable[UUID]) -> None:
    """Queue the delivery of these messages once the running transaction is committed."""
    transaction.on_commit(partial(_queue, list(message_ids)), robust=True)


def _queue(message_ids: list[UUID]) -> None:
    """A broker that hangs costs BROKER_TIMEOUT_SECONDS once in a while, and never the sale."""
    try:
        for message_id in message_ids:
            current_app.send_task(DELIVER_TASK, args=[str(message_id)], ignore_result=True)
    except (KombuError, RedisError, OSError) as error:
        logger.warning(
            "broker unavailable (%s): %d messages left to the sweep",
            type(error).__name__,
            len(message_ids),
        )


def _sms_recipient(booking: Booking) -> str:
    """The number for text messages; empty without a number or if the customer declined them."""
    customer = booking.user
    return "" if customer and not customer.wants_sms else str(booking.contact_phone or "")
