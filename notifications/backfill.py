"""Messages of sales that were made before the outbox looked: imported, or seeded for a demo."""

from __future__ import annotations

from collections.abc import Iterable

from bookings.models import Booking, BookingEvent, EventKind
from notifications.models import Channel, Message, MessageKind, MessageStatus

BATCH_ROWS = 1_000
KINDS = {
    EventKind.CONFIRMED: MessageKind.BOOKING_CONFIRMED,
    EventKind.FAILED: MessageKind.PAYMENT_FAILED,
    EventKind.CANCELLED: MessageKind.BOOKING_CANCELLED,
    EventKind.REFUNDED: MessageKind.REFUND_DONE,
}


def record_told(events: Iterable[BookingEvent]) -> None:
    """Write the emails that these saved events would have caused as sent. Sends nothing.

    Each event's ``booking`` is read, so the caller has it at hand.
    """
    Message.objects.bulk_create(
        (
            _told(event.booking, event, KINDS[EventKind(event.kind)])
            for event in events
            if event.kind in KINDS
        ),
        batch_size=BATCH_ROWS,
        ignore_conflicts=True,
    )


def _told(booking: Booking, event: BookingEvent, kind: MessageKind) -> Message:
    return Message(
        booking=booking,
        event=event,
        kind=kind,
        channel=Channel.EMAIL,
        recipient=booking.contact_email,
        language=booking.language,
        status=MessageStatus.SENT,
        attempts=1,
        created_at=event.at,
        sent_at=event.at,
    )
