"""Signal receivers: messages for booking events, and a person's messages for export and erasure.

Booking signals are sent in the transaction of their event, so a message exists exactly when what
it says is true.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from django.dispatch import receiver

from accounts.privacy.erasure import Erasing
from accounts.privacy.person import Person
from accounts.signals import person_erased, personal_data_wanted
from bookings import signals
from bookings.models import Booking, BookingEvent, EventKind, Refund, RefundReason
from bookings.personal_data import ROWS, bookings_of
from notifications import delivery
from notifications.dispatch import enqueue
from notifications.models import Channel, Message, MessageKind, MessageStatus

# Refunds that nobody asked for: the buyer must hear at once that they hold no seat.
UNREQUESTED_REASONS = {RefundReason.LATE, RefundReason.DUPLICATE, RefundReason.MISMATCH}


@receiver(signals.booking_confirmed)
def on_confirmed(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    enqueue(booking, event, MessageKind.BOOKING_CONFIRMED, Channel.EMAIL, Channel.SMS)


@receiver(signals.booking_failed)
def on_failed(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    # A payment that arrived and could not be applied has its refund message instead.
    if not booking.payments.filter(captured_rupiah__gt=0).exists():
        enqueue(booking, event, MessageKind.PAYMENT_FAILED, Channel.EMAIL)


@receiver(signals.booking_cancelled)
def on_cancelled(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    if event.facts.get("cause") == RefundReason.SHOWTIME:
        enqueue(booking, event, MessageKind.SHOWTIME_CANCELLED, Channel.EMAIL, Channel.SMS)
    elif event.kind == EventKind.PARTLY_CANCELLED:
        enqueue(booking, event, MessageKind.TICKETS_CANCELLED, Channel.EMAIL)
    # Abandoning an unpaid booking needs no message.
    elif booking.confirmed_at is not None:
        enqueue(booking, event, MessageKind.BOOKING_CANCELLED, Channel.EMAIL)


@receiver(signals.showtime_moved)
def on_showtime_moved(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    enqueue(booking, event, MessageKind.SHOWTIME_CHANGED, Channel.EMAIL, Channel.SMS)


@receiver(signals.tickets_resent)
def on_tickets_resent(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    enqueue(booking, event, MessageKind.TICKETS_RESENT, Channel.EMAIL, Channel.SMS)


@receiver(signals.refund_due)
def on_refund_due(*, booking: Booking, event: BookingEvent, refund: Refund, **_kwargs: Any) -> None:
    if refund.reason in UNREQUESTED_REASONS:
        enqueue(booking, event, MessageKind.PAID_TOO_LATE, Channel.EMAIL, Channel.SMS)


@receiver(signals.refund_completed)
def on_refund_completed(*, booking: Booking, event: BookingEvent, **_kwargs: Any) -> None:
    enqueue(booking, event, MessageKind.REFUND_DONE, Channel.EMAIL)


@receiver(signals.message_wanted_again)
def send_again(sender: object, message_id: UUID, at: datetime, **_kwargs: Any) -> None:
    """Raises MessageNotDead."""
    delivery.send_again(message_id=message_id, at=at)


@receiver(personal_data_wanted)
def collect_messages(
    *, person: Person, collected: dict[str, Any], at: datetime, **_kwargs: Any
) -> None:
    own = Message.objects.filter(booking__in=bookings_of(person)).order_by("created_at")
    collected["messages"] = list(
        own.values("kind", "channel", "recipient", "status", "created_at", "sent_at")
    )


@receiver(person_erased)
def erase_recipients(*, erasing: Erasing, **_kwargs: Any) -> None:
    """Give up unsent messages. Recipients stay distinct, because a constraint needs them unique."""
    own = Message.objects.filter(
        booking__in=Booking.objects.filter(pk__in=erasing.rows.get(ROWS, []))
    )
    own.filter(status=MessageStatus.WAITING).update(status=MessageStatus.DEAD, next_attempt_at=None)
    own.update(
        recipient=Concat(Value("erased "), Cast(F("pk"), CharField())), provider_reference=""
    )
