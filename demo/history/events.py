"""Ledger events of a sale, as the domain functions would have written them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from bookings.models import (
    Booking,
    BookingEvent,
    BookingStatus,
    EventKind,
    Payment,
    PaymentStatus,
    Refund,
    Ticket,
)
from bookings.orders.ledger import SYSTEM


def events_of(
    booking: Booking, tickets: Sequence[Ticket], payment: Payment, refund: Refund | None
) -> list[BookingEvent]:
    """Build events in chronological order. Tickets must be saved already: events refer to them."""
    return [
        *_order(booking, payment),
        *_outcome(booking, payment),
        *_admission(booking, tickets),
        *(_cancellation(booking, tickets, payment, refund) if refund is not None else ()),
    ]


def _event(
    booking: Booking,
    kind: EventKind,
    at: datetime | None,
    *,
    actor: str = SYSTEM,
    amount_rupiah: int = 0,
    **facts: Any,
) -> BookingEvent:
    if at is None:
        raise ValueError(f"{kind} has no time")
    return BookingEvent(
        booking=booking, kind=kind, at=at, actor=actor, amount_rupiah=amount_rupiah, facts=facts
    )


def _order(booking: Booking, payment: Payment) -> Iterator[BookingEvent]:
    yield _event(booking, EventKind.CREATED, booking.created_at, actor=booking.visitor)
    yield _event(
        booking,
        EventKind.PAYMENT_STARTED,
        payment.created_at,
        payment=str(payment.pk),
        by=payment.provider,
    )


def _outcome(booking: Booking, payment: Payment) -> Iterator[BookingEvent]:
    if payment.status == PaymentStatus.SUCCEEDED:
        yield _event(
            booking,
            EventKind.PAYMENT_SUCCEEDED,
            payment.settled_at,
            actor=payment.provider,
            amount_rupiah=payment.captured_rupiah,
            payment=str(payment.pk),
        )
        yield _event(booking, EventKind.CONFIRMED, booking.confirmed_at, reacquired=False)
        return
    yield _event(
        booking,
        EventKind.PAYMENT_FAILED,
        payment.settled_at,
        actor=payment.provider,
        payment=str(payment.pk),
        status=str(payment.status),
        failure=payment.failure_code,
    )
    if booking.status == BookingStatus.EXPIRED:
        yield _event(booking, EventKind.EXPIRED, booking.expired_at)
    else:
        yield _event(booking, EventKind.FAILED, booking.failed_at)


def _admission(booking: Booking, tickets: Sequence[Ticket]) -> Iterator[BookingEvent]:
    for ticket in tickets:
        if ticket.checked_in_at is not None:
            yield _event(
                booking,
                EventKind.CHECKED_IN,
                ticket.checked_in_at,
                actor=f"user:{ticket.checked_in_by_id}",
                ticket=ticket.pk,
            )


def _cancellation(
    booking: Booking, tickets: Sequence[Ticket], payment: Payment, refund: Refund
) -> Iterator[BookingEvent]:
    at, actor = booking.cancelled_at, booking.visitor
    for ticket in tickets:
        yield _event(booking, EventKind.TICKET_VOIDED, at, actor=actor, ticket=ticket.pk)
    yield _event(booking, EventKind.CANCELLED, at, actor=actor, paid=True)
    yield _event(
        booking,
        EventKind.REFUND_DUE,
        at,
        actor=actor,
        refund=str(refund.pk),
        due_rupiah=refund.amount_rupiah,
        reason=str(refund.reason),
    )
    yield _event(
        booking,
        EventKind.REFUNDED,
        refund.refunded_at,
        actor=payment.provider,
        amount_rupiah=-refund.amount_rupiah,
        refund=str(refund.pk),
        failure="",
    )
