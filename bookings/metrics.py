"""What this process counted of orders and money, for Prometheus."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from prometheus_client import Counter, Histogram

from bookings import signals
from bookings.models import Booking, BookingEvent, EventKind

EVENTS = Counter(
    "layar_booking_events", "Lines of the ledger by kind: sales, expiries, refunds.", ["kind"]
)
PAYMENTS = Counter("layar_payments", "Payments by how they ended.", ["provider", "outcome"])
PAYMENT_SECONDS = Histogram(
    "layar_payment_seconds",
    "From an order to its money, the buyer's own time included.",
    ["provider"],
    buckets=(2, 5, 10, 20, 40, 60, 120, 180, 240, 300, 600, 3_600),
)


def connect() -> None:
    signals.event_recorded.connect(_count_committed, dispatch_uid="bookings.metrics")


def _count_committed(
    sender: type[Booking], booking: Booking, event: BookingEvent, **_: Any
) -> None:
    transaction.on_commit(lambda: _count(booking, event), robust=True)


def _count(booking: Booking, event: BookingEvent) -> None:
    EVENTS.labels(event.kind).inc()
    if event.kind == EventKind.PAYMENT_SUCCEEDED:
        PAYMENTS.labels(event.actor, "succeeded").inc()
        waited = (event.at - booking.created_at).total_seconds()
        PAYMENT_SECONDS.labels(event.actor).observe(waited)
    elif event.kind == EventKind.PAYMENT_FAILED:
        PAYMENTS.labels(event.actor, str(event.facts.get("status", "failed"))).inc()
