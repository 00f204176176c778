"""Execution of one item of a refund request, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from bookings.errors.staff import TicketsChanged
from bookings.models import Refund, RefundBatchItem
from bookings.orders.locks import lock_booking
from bookings.refunds import cancellation, goodwill
from bookings.refunds.batches import decision


def execute(item: RefundBatchItem, *, actor: str, at: datetime) -> int:
    """Create the refund and return its amount. Locks and raises as ``cancel_in_full``, or as
    ``give_back`` for an amount. Raises TicketsChanged if a ticket was moved since the request, or
    a chosen one admitted.
    """
    if item.amount_rupiah is not None:
        goodwill.give_back(
            booking_id=item.booking_id, amount_rupiah=item.amount_rupiah, actor=actor, at=at
        )
        return item.amount_rupiah
    item.booking = lock_booking(item.booking_id)
    requested_at = item.batch.requested_at
    if decision.was_moved(item.booking, requested_at) or decision.were_admitted(
        decision.chosen_tickets(item), requested_at
    ):
        raise TicketsChanged()
    refunds = Refund.objects.filter(payment__booking=item.booking_id)
    before = refunds.aggregate(sum=Sum("amount_rupiah", default=0))["sum"]
    cancellation.cancel_in_full(
        booking_id=item.booking_id,
        seat_ids=item.seats or None,
        keeps_fee=item.keeps_fee,
        includes_used=item.includes_used,
        actor=actor,
        at=at,
    )
    return int(refunds.aggregate(sum=Sum("amount_rupiah", default=0))["sum"] - before)
