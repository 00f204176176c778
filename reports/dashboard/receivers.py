"""Publishes changes of money and incidents to the dashboards; closes seats of new showtimes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from bookings.models import Booking, BookingEvent, EventKind
from bookings.signals import event_recorded
from movies.models import Showtime
from movies.signals import showtimes_scheduled
from reports.dashboard.publisher import publish
from reports.dashboard.seats import closures
from reports.models import Incident

# A confirmation comes with its payment and a voided ticket with its seat.
PUBLISHED_KINDS = frozenset(
    {
        EventKind.PAYMENT_SUCCEEDED,
        EventKind.PAYMENT_FAILED,
        EventKind.CANCELLED,
        EventKind.REFUND_DUE,
        EventKind.REFUNDED,
    }
)


@receiver(event_recorded, dispatch_uid="reports.dashboard.event")
def _on_event(sender: Any, *, booking: Booking, event: BookingEvent, **_extra: Any) -> None:
    if event.kind in PUBLISHED_KINDS:
        showtime_id = booking.showtime_id
        transaction.on_commit(lambda: publish({"showtime": showtime_id}), robust=True)


@receiver(showtimes_scheduled, dispatch_uid="reports.dashboard.closures")
def _on_scheduled(sender: Any, *, showtimes: Sequence[Showtime], **_extra: Any) -> None:
    """After seating's receiver, which adds the seats: its app is installed earlier."""
    closures.close_new_showtimes(showtimes, timezone.now())


@receiver(post_save, sender=Incident, dispatch_uid="reports.dashboard.incident")
def _on_incident(sender: Any, *, instance: Incident, **_extra: Any) -> None:
    changed = {"chain": 1} if instance.cinema_id is None else {"cinema": instance.cinema_id}
    transaction.on_commit(lambda: publish(changed), robust=True)
