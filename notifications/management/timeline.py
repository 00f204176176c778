"""The recorded history of a booking: ledger, payments, refunds and messages in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bookings.models import Booking, Payment, ProviderEvent, Refund
from notifications.models import Message


@dataclass(frozen=True)
class Entry:
    """``origin`` is the id of the request or task in the logs; empty where none is recorded."""

    at: datetime
    source: str
    text: str
    origin: str = ""


def timeline(booking: Booking) -> list[Entry]:
    """Everything recorded about ``booking``, oldest first, without personal data."""
    entries = [*_ledger(booking), *_payments(booking), *_messages(booking)]
    return sorted(entries, key=lambda entry: entry.at)


def origins(entries: list[Entry]) -> list[str]:
    """Distinct ids of requests and tasks in the logs, in order of time."""
    return list(dict.fromkeys(entry.origin for entry in entries if entry.origin))


def _ledger(booking: Booking) -> Iterator[Entry]:
    for event in booking.events.all():
        amount = f" Rp{event.amount_rupiah}" if event.amount_rupiah else ""
        actor = f" by {event.actor}" if event.actor else ""
        yield Entry(event.at, "ledger", f"{event.kind}{amount}{actor}", event.origin)


def _payments(booking: Booking) -> Iterator[Entry]:
    for payment in booking.payments.all():
        name = f"{payment.provider} {payment.reference or payment.pk}"
        yield Entry(payment.created_at, "payment", f"{name}: Rp{payment.amount_rupiah} requested")
        if payment.settled_at:
            reason = f" ({payment.failure_code})" if payment.failure_code else ""
            yield Entry(payment.settled_at, "payment", f"{name}: {payment.status}{reason}")
        yield from _provider_events(payment)
        for refund in payment.refunds.all():
            yield from _refund(refund, name)


def _provider_events(payment: Payment) -> Iterator[Entry]:
    for event in ProviderEvent.objects.filter(payment=payment):
        text = f"{event.provider} event {event.event_id}: {event.outcome}"
        yield Entry(event.received_at, "webhook", text)


def _refund(refund: Refund, payment_name: str) -> Iterator[Entry]:
    amount = f"Rp{refund.amount_rupiah} ({refund.reason})"
    yield Entry(refund.created_at, "refund", f"{payment_name}: {amount} due")
    if refund.refunded_at:
        yield Entry(refund.refunded_at, "refund", f"{payment_name}: {amount} refunded")


def _messages(booking: Booking) -> Iterator[Entry]:
    for message in Message.objects.filter(booking=booking).prefetch_related("delivery_attempts"):
        name = f"{message.channel} {message.kind}"
        yield Entry(message.created_at, "message", f"{name}: queued, now {message.status}")
        for attempt in message.delivery_attempts.all():
            outcome = "delivered" if attempt.succeeded else f"failed: {attempt.detail}"
            yield Entry(attempt.at, "message", f"{name}: {outcome}")
