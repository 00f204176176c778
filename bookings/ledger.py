"""Writing a booking's events: the one place that adds to the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bookings.models import Booking, BookingEvent, EventKind
from bookings.signals import event_recorded

SYSTEM = "system"


def record(
    booking: Booking,
    kind: EventKind,
    at: datetime,
    *,
    actor: str = SYSTEM,
    amount_rupiah: int = 0,
    **facts: Any,
) -> BookingEvent:
    """Append one event in the caller's transaction. ``facts`` hold no personal data."""
    event = BookingEvent.objects.create(
        booking=booking, kind=kind, at=at, actor=actor, amount_rupiah=amount_rupiah, facts=facts
    )
    event_recorded.send(Booking, booking=booking, event=event)
    return event
