"""A word some hours before the show, once for each booking."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery

from bookings.models import Booking, BookingEvent, BookingStatus, EventKind
from notifications.dispatch import enqueue
from notifications.models import Channel, Message, MessageKind

REMIND_HOURS = 3
REMIND_BATCH = 500
TELL_THE_TIME = [EventKind.CONFIRMED, EventKind.SHOWTIME_MOVED]


@transaction.atomic
def enqueue_reminders(at: datetime) -> int:
    """Write a reminder for paid bookings whose show begins soon; returns for how many.

    Whoever bought, or heard that the showtime moved, later than REMIND_HOURS before it needs none.
    The reminder hangs on the event that told the time last, so the outbox's own rule makes it one
    each, and one more after a move. SKIP LOCKED: a booking that is being cancelled at this moment
    is left alone.
    """
    remind = timedelta(hours=REMIND_HOURS)
    told = BookingEvent.objects.filter(booking=OuterRef("pk"), kind__in=TELL_THE_TIME)
    reminded = Message.objects.filter(booking=OuterRef("pk"), kind=MessageKind.REMINDER)
    soon = (
        Booking.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("user")
        .annotate(
            told_at=Subquery(told.order_by("-pk").values("at")[:1]),
            told_event=Subquery(told.order_by("-pk").values("pk")[:1]),
            reminded_event=Subquery(reminded.order_by("-event").values("event")[:1]),
        )
        .filter(
            Q(reminded_event__isnull=True) | Q(reminded_event__lt=F("told_event")),
            status__in=[BookingStatus.CONFIRMED, BookingStatus.PARTLY_CANCELLED],
            showtime__cancelled_at__isnull=True,
            showtime__starts_at__gt=at,
            showtime__starts_at__lte=at + remind,
            told_at__lte=F("showtime__starts_at") - remind,
        )
        .order_by("showtime__starts_at")[:REMIND_BATCH]
    )
    bookings = {booking.pk: booking for booking in soon}
    telling = BookingEvent.objects.filter(kind__in=TELL_THE_TIME, booking__in=bookings)
    events = {event.booking_id: event for event in telling.order_by("pk")}
    for booking_id, event in events.items():
        enqueue(bookings[booking_id], event, MessageKind.REMINDER, Channel.EMAIL, at=at)
    return len(events)
