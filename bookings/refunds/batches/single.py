"""Refund of one booking by staff: chosen tickets, with or without their fee, or an amount.

It is refused if what is left of the payment is not what staff saw, so that a repeated request (a
double click, a retry) refunds nothing twice.

It is executed at once, or waits for a second person: after the show began, for tickets that were
admitted, and above ``settings.REFUND_ALONE_MAX_RUPIAH``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import User
from bookings.errors import TicketsMismatch
from bookings.errors.staff import AmountTooLarge, RefundableChanged, RefundWaiting
from bookings.models import Booking, RefundBatch, RefundBatchItem, Ticket
from bookings.models.refund_batch import ItemStatus
from bookings.orders.locks import lock_booking
from bookings.refunds import cancellation, goodwill
from bookings.refunds.batches import batches, execution


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """``amount_rupiah``: without cancelling a ticket; otherwise the tickets of ``seat_ids``.

    ``left_rupiah``: what was left of the payment as shown to staff; None if nothing was shown.
    """

    booking: Booking
    left_rupiah: int | None
    seat_ids: Sequence[int] = ()
    keeps_fee: bool = False
    amount_rupiah: int | None = None


@dataclass(frozen=True)
class Preview:
    refund_rupiah: int
    tickets: tuple[Ticket, ...]
    needs_second_person: bool

    @property
    def includes_used(self) -> bool:
        return any(ticket.checked_in_at is not None for ticket in self.tickets)


def preview(wanted: Wanted, at: datetime) -> Preview:
    """Read-only. Raises TicketsMismatch, AmountTooLarge."""
    left_rupiah = goodwill.refundable_rupiah(wanted.booking)
    if wanted.amount_rupiah is not None:
        if not 0 < wanted.amount_rupiah <= left_rupiah:
            raise AmountTooLarge(left_rupiah)
        tickets: tuple[Ticket, ...] = ()
        refund_rupiah = wanted.amount_rupiah
    else:
        tickets = _tickets(wanted)
        asked = [cancellation.refund_of(one, keeps_fee=wanted.keeps_fee) for one in tickets]
        refund_rupiah = min(sum(asked), left_rupiah)
    needed = batches.needs_second_person([wanted.booking], refund_rupiah, at) or (
        bool(settings.REFUND_ALONE_MAX_RUPIAH)
        and any(ticket.checked_in_at is not None for ticket in tickets)
    )
    return Preview(refund_rupiah, tickets, needed)


def _tickets(wanted: Wanted) -> tuple[Ticket, ...]:
    by_seat = {
        ticket.showtime_seat.seat_id: ticket for ticket in cancellation.live_tickets(wanted.booking)
    }
    chosen = tuple(by_seat[seat_id] for seat_id in wanted.seat_ids if seat_id in by_seat)
    if not chosen or len(chosen) != len(wanted.seat_ids):
        raise TicketsMismatch()
    return chosen


def _has_waiting_amount(booking: Booking) -> bool:
    """What waits for a second person is not part of ``left_rupiah`` yet."""
    waiting = RefundBatchItem.objects.filter(booking=booking, status=ItemStatus.WAITING)
    return waiting.filter(amount_rupiah__isnull=False, batch__is_rejected=False).exists()


@transaction.atomic
def refund(*, wanted: Wanted, reason: str, user: User, at: datetime) -> RefundBatch:
    """Record the request, and execute it unless a second person has to approve.

    Locks the booking, then as ``batches.execution.execute``. Raises as it and ``preview``, and
    RefundableChanged, RefundWaiting.
    """
    wanted = replace(wanted, booking=lock_booking(wanted.booking.pk))
    left_rupiah = goodwill.refundable_rupiah(wanted.booking)
    if wanted.left_rupiah != left_rupiah:
        raise RefundableChanged(left_rupiah)
    if wanted.amount_rupiah is not None and _has_waiting_amount(wanted.booking):
        raise RefundWaiting()
    found = preview(wanted, at)
    batch = RefundBatch.objects.create(
        cinema_id=wanted.booking.showtime.studio.cinema_id,
        reason=reason,
        requested_by=user,
        requested_at=at,
        needs_second_person=found.needs_second_person,
    )
    item = RefundBatchItem.objects.create(
        batch=batch,
        booking=wanted.booking,
        seats=[] if wanted.amount_rupiah is not None else list(wanted.seat_ids),
        keeps_fee=wanted.keeps_fee and wanted.amount_rupiah is None,
        includes_used=found.includes_used,
        amount_rupiah=wanted.amount_rupiah,
        refund_rupiah=found.refund_rupiah,
    )
    if not batch.needs_second_person:
        item.refund_rupiah = execution.execute(item, actor=f"staff:{user.pk}", at=at)
        item.status = ItemStatus.DONE
        item.save(update_fields=["refund_rupiah", "status"])
        RefundBatch.objects.filter(pk=batch.pk).update(finished_at=at)
    return batch
