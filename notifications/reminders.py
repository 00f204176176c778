"""A word some hours before the show, once for each booking."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from bookings.models import Booking, BookingEvent, BookingStatus, EventKind
from notifications.compose import owe
from notifications.models import Channel, Message, MessageKind

REMIND_HOURS = 3
REMIND_BATCH = 500


@transaction.atomic
def owe_reminders(at: datetime) -> int:
    """Write a reminder for paid bookings whose show begins soon; returns for how many.

    Whoever bought later than REMIND_HOURS before it needs none. The reminder hangs on the event
    that confirmed the booking, so the outbox's own rule makes it one each. SKIP LOCKED: a booking
    that is being cancelled at this moment is left alone.
    """
    remind = timedelta(hours=REMIND_HOURS)
    told = Message.objects.filter(booking=OuterRef("pk"), kind=MessageKind.REMINDER)
    soon = (
        Booking.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("user")
        .filter(
            ~Exists(told),
            status__in=[BookingStatus.CONFIRMED, BookingStatus.PARTLY_CANCELLED],
            showtime__cancelled_at__isnull=True,
            showtime__starts_at__gt=at,
            showtime__starts_at__lte=at + remind,
            confirmed_at__lte=F("showtime__starts_at") - remind,
        )
        .order_by("showtime__starts_at")[:REMIND_BATCH]
    )
    bookings = {booking.pk: booking for booking in soon}
    confirmed = BookingEvent.objects.filter(kind=EventKind.CONFIRMED, booking__in=bookings)
    events = {event.booking_id: event for event in confirmed.order_by("pk")}
    for booking_id, event in events.items():
        owe(bookings[booking_id], event, MessageKind.REMINDER, Channel.EMAIL, at=at)
    return len(events)
