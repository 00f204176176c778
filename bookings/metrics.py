"""Prometheus counters of booking events and payments, counted after commit."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.dispatch import receiver
from prometheus_client import Counter, Histogram

from bookings.models import Booking, BookingEvent, EventKind
from bookings.signals import event_recorded

EVENTS = Counter(
    "layar_booking_events", "Ledger events by kind: sales, expiries, refunds.", ["kind"]
)
PAYMENTS = Counter("layar_payments", "Payments by outcome.", ["provider", "outcome"])
PAYMENT_SECONDS = Histogram(
    "layar_payment_seconds",
    "Time from a booking to its payment, including the buyer's own time.",
    ["provider"],
    buckets=(2, 5, 10, 20, 40, 60, 120, 180, 240, 300, 600, 3_600),
)


@receiver(event_recorded, dispatch_uid="bookings.metrics")
def count_after_commit(booking: Booking, event: BookingEvent, **_extra: Any) -> None:
    transaction.on_commit(lambda: _count(booking, event), robust=True)


def _count(booking: Booking, event: BookingEvent) -> None:
    EVENTS.labels(event.kind).inc()
    if event.kind == EventKind.PAYMENT_SUCCEEDED:
        PAYMENTS.labels(event.actor, "succeeded").inc()
        waited = (event.at - booking.created_at).total_seconds()
        PAYMENT_SECONDS.labels(event.actor).observe(waited)
    elif event.kind == EventKind.PAYMENT_FAILED:
        PAYMENTS.labels(event.actor, str(event.facts.get("status", "failed"))).inc()
