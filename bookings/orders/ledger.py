"""Ledger of bookings: the only writer of BookingEvent."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from bookings.models import Booking, BookingEvent, EventKind, Payment
from bookings.signals import event_recorded
from core.db.prepared import execute_prepared
from core.http import request_context

logger = logging.getLogger(__name__)

SYSTEM = "system"
INSERT = """
INSERT INTO bookings_bookingevent (booking_id, kind, at, actor, amount_rupiah, facts, origin)
VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s)
RETURNING id
"""


def record(
    booking: Booking,
    kind: EventKind,
    at: datetime,
    *,
    actor: str = SYSTEM,
    amount_rupiah: int = 0,
    **facts: Any,
) -> BookingEvent:
    """Append an event in the caller's transaction. ``facts`` must hold no personal data."""
    origin = request_context.origin()
    event = BookingEvent(
        booking=booking,
        kind=kind,
        at=at,
        actor=actor,
        amount_rupiah=amount_rupiah,
        facts=facts,
        origin=origin,
    )
    written = json.dumps(facts, cls=DjangoJSONEncoder)
    values = (booking.pk, kind.value, at, actor, amount_rupiah, written, origin)
    [(event.pk,)] = execute_prepared(INSERT, values)
    event._state.adding = False
    request_context.bind_booking(booking.code)
    logger.info("booking event: %s", kind.value)
    event_recorded.send(Booking, booking=booking, event=event)
    return event


def record_payment(booking: Booking, payment: Payment, at: datetime) -> BookingEvent:
    """Record the payment's captured amount."""
    return record(
        booking,
        EventKind.PAYMENT_SUCCEEDED,
        at,
        actor=payment.provider,
        amount_rupiah=payment.captured_rupiah,
        payment=str(payment.pk),
    )
