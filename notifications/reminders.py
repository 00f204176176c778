"""Reminders some hours before the show, once per booking."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery

from bookings.models import Booking, BookingEvent, BookingStatus, EventKind
from notifications.dispatch import enqueue
from notifications.models import Channel, Message, MessageKind

REMIND_HOURS = 3
REMIND_BATCH = 500
ANNOUNCING_KINDS = [EventKind.CONFIRMED, EventKind.SHOWTIME_MOVED]


@transaction.atomic
def enqueue_reminders(at: datetime) -> int:
    """Enqueue a reminder for each confirmed booking whose show begins soon; returns how many.

    Bookings made or moved later than REMIND_HOURS before the show get none. The reminder belongs
    to the last event that announced the time, so the outbox's unique constraint makes it one per
    announcement. SKIP LOCKED leaves out bookings that are being cancelled.
    """
    remind = timedelta(hours=REMIND_HOURS)
    announced = BookingEvent.objects.filter(booking=OuterRef("pk"), kind__in=ANNOUNCING_KINDS)
    reminded = Message.objects.filter(booking=OuterRef("pk"), kind=MessageKind.REMINDER)
    soon = (
        Booking.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("user")
        .annotate(
            announced_at=Subquery(announced.order_by("-pk").values("at")[:1]),
            announcing_event=Subquery(announced.order_by("-pk").values("pk")[:1]),
            reminded_event=Subquery(reminded.order_by("-event").values("event")[:1]),
        )
        .filter(
            Q(reminded_event__isnull=True) | Q(reminded_event__lt=F("announcing_event")),
            status__in=[BookingStatus.CONFIRMED, BookingStatus.PARTLY_CANCELLED],
            showtime__cancelled_at__isnull=True,
            showtime__starts_at__gt=at,
            showtime__starts_at__lte=at + remind,
            announced_at__lte=F("showtime__starts_at") - remind,
        )
        .order_by("showtime__starts_at")[:REMIND_BATCH]
    )
    bookings = {booking.pk: booking for booking in soon}
    announcements = BookingEvent.objects.filter(kind__in=ANNOUNCING_KINDS, booking__in=bookings)
    events = {event.booking_id: event for event in announcements.order_by("pk")}
    for booking_id, event in events.items():
        enqueue(bookings[booking_id], event, MessageKind.REMINDER, Channel.EMAIL, at=at)
    return len(events)
