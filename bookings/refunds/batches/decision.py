"""What a refund request would do now, for the person who decides it, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bookings.models import Booking, BookingEvent, EventKind, RefundBatch, RefundBatchItem, Ticket
from bookings.refunds import cancellation


@dataclass(frozen=True)
class Details:
    """One item with the tickets that it cancels now; none of an amount.

    ``has_changed``: a ticket was admitted, moved or cancelled since the request, so that an
    approval leaves the booking out.
    """

    item: RefundBatchItem
    tickets: tuple[Ticket, ...]
    has_changed: bool


def details_of(batch: RefundBatch, items: Iterable[RefundBatchItem]) -> list[Details]:
    """``items``: of ``batch``, with their bookings. Read-only; two queries for each item."""
    return [_details(item, batch.requested_at) for item in items]


def _details(item: RefundBatchItem, requested_at: datetime) -> Details:
    if item.amount_rupiah is not None:
        return Details(item, (), has_changed=False)
    if not item.seats:
        unused = tuple(cancellation.cancellable_tickets(item.booking))
        return Details(item, unused, not unused or was_moved(item.booking, requested_at))
    tickets = tuple(chosen_tickets(item))
    return Details(
        item,
        tickets,
        len(tickets) < len(item.seats)
        or were_admitted(tickets, requested_at)
        or was_moved(item.booking, requested_at),
    )


def chosen_tickets(item: RefundBatchItem) -> list[Ticket]:
    live = cancellation.live_tickets(item.booking)
    return [ticket for ticket in live if ticket.showtime_seat.seat_id in item.seats]


def were_admitted(tickets: Sequence[Ticket], since: datetime) -> bool:
    return any(
        ticket.checked_in_at is not None and ticket.checked_in_at > since for ticket in tickets
    )


def was_moved(booking: Booking, since: datetime) -> bool:
    moves = BookingEvent.objects.filter(booking=booking, kind=EventKind.TICKETS_MOVED)
    return moves.filter(at__gt=since).exists()
