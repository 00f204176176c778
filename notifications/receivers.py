"""What a booking's events make us owe whom: rows in the outbox, in the event's own transaction.

A message exists exactly when what it tells is true. Sending is the worker's: it is told on
commit, and the sweep finds whatever it was not told of.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bookings import signals
from bookings.models import Booking, BookingEvent, EventKind, Refund, RefundReason
from notifications.dispatch import queue_on_commit
from notifications.models import Channel, Message, MessageKind

# A refund for these was not asked for, so its buyer must hear at once that they hold no seat.
UNASKED_REASONS = {RefundReason.LATE, RefundReason.DUPLICATE, RefundReason.MISMATCH}


def connect() -> None:
    """Listen to what happens to bookings. Called once, when the app is ready."""
    signals.booking_confirmed.connect(_on_confirmed)
    signals.booking_failed.connect(_on_failed)
    signals.booking_cancelled.connect(_on_cancelled)
    signals.showtime_moved.connect(_on_showtime_moved)
    signals.tickets_resent.connect(_on_tickets_resent)
    signals.refund_due.connect(_on_refund_due)
    signals.refund_completed.connect(_on_refund_completed)


def _on_confirmed(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    owe(booking, event, MessageKind.BOOKING_CONFIRMED, Channel.EMAIL, Channel.SMS)


def _on_failed(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    # Money that came but could not be applied is told of by its refund, not as "nothing charged".
    if not booking.payments.filter(captured_rupiah__gt=0).exists():
        owe(booking, event, MessageKind.PAYMENT_FAILED, Channel.EMAIL)


def _on_cancelled(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    if event.facts.get("cause") == RefundReason.SHOWTIME:
        owe(booking, event, MessageKind.SHOWTIME_CANCELLED, Channel.EMAIL, Channel.SMS)
    elif event.kind == EventKind.PARTLY_CANCELLED:
        owe(booking, event, MessageKind.TICKETS_CANCELLED, Channel.EMAIL)
    # Giving up an order that was never paid is no news to the one who did it.
    elif booking.confirmed_at is not None:
        owe(booking, event, MessageKind.BOOKING_CANCELLED, Channel.EMAIL)


def _on_showtime_moved(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    owe(booking, event, MessageKind.SHOWTIME_CHANGED, Channel.EMAIL, Channel.SMS)


def _on_tickets_resent(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    owe(booking, event, MessageKind.TICKETS_RESENT, Channel.EMAIL, Channel.SMS)


def _on_refund_due(
    *, booking: Booking, event: BookingEvent, refund: Refund, **_kwargs: Any
) -> None:
    if refund.reason in UNASKED_REASONS:
        owe(booking, event, MessageKind.PAID_TOO_LATE, Channel.EMAIL, Channel.SMS)


def _on_refund_completed(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    owe(booking, event, MessageKind.REFUND_DONE, Channel.EMAIL)


def _sms_recipient(booking: Booking) -> str:
    """Empty where nobody gave a number, or the customer wants no texts."""
    customer = booking.user
    return "" if customer and not customer.wants_sms else str(booking.contact_phone or "")


def owe(
    booking: Booking,
    event: BookingEvent,
    kind: MessageKind,
    *channels: Channel,
    at: datetime | None = None,
) -> None:
    """Write one row a channel that reaches the buyer; writing it again changes nothing.

    ``at``: when it is written, if that is later than the event.
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
