"""Cancellation of a showtime: closed at once, its bookings cancelled by workers in batches.

``request`` closes the showtime (no seat can be held or paid from then on) and records the request.
``work`` closes pending bookings and cancels paid ones with full refunds and messages. Each booking
has its own transaction, and remaining work is derived from booking states, so crashed and
concurrent workers are harmless.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum

from accounts.models import User
from bookings.errors import BookingClosed, NotCancellable
from bookings.models import (
    Booking,
    BookingStatus,
    Payment,
    RefundReason,
    ShowtimeCancellation,
    Ticket,
)
from bookings.orders import checkout
from bookings.orders.locks import lock_booking
from bookings.refunds import cancellation
from movies.models import Showtime
from movies.scheduling import showtimes
from seating.holds import sales, transitions
from seating.models import Hold, HoldEnd

logger = logging.getLogger(__name__)

SHOWTIMES_AT_ONCE_MAX = 20
BATCH_ORDERS = 50  # of one showtime in one run of the worker
BATCH_HOLDS = 200
PAID = [BookingStatus.CONFIRMED, BookingStatus.PARTLY_CANCELLED]
CAUSE = RefundReason.SHOWTIME.value


@dataclass(frozen=True)
class CancellationSurvey:
    """Dry run: what cancelling a showtime would affect."""

    waiting_orders: int
    orders: int
    tickets: int
    refund_rupiah: int


def survey(showtime_id: int) -> CancellationSurvey:
    """Count affected bookings, tickets and refunds, less what staff gave back. Read-only."""
    orders = Booking.objects.filter(showtime=showtime_id).aggregate(
        waiting=Count("pk", filter=Q(status=BookingStatus.PENDING)),
        paid=Count("pk", filter=Q(status__in=PAID)),
    )
    paid_rupiah = F("price_rupiah") + F("fee_rupiah") - F("discount_rupiah")
    applied = Payment.objects.filter(booking=OuterRef("booking"), applied_at__isnull=False)
    left_rupiah = Subquery(applied.values_list(F("captured_rupiah") - F("refund_due_rupiah")))
    live = Ticket.objects.live().filter(booking__showtime=showtime_id).order_by()
    by_order = live.values("booking").annotate(count=Count("pk"), rupiah=Sum(paid_rupiah))
    found = list(by_order.annotate(left=left_rupiah).values_list("count", "rupiah", "left"))
    return CancellationSurvey(
        orders["waiting"],
        orders["paid"],
        sum(count for count, _rupiah, _left in found),
        sum(min(rupiah, left) for _count, rupiah, left in found),
    )


@transaction.atomic
def request(
    *, showtime_id: int, reason: str, user: User | None, at: datetime
) -> ShowtimeCancellation:
    """Close the showtime and request its cancellation; a repeated call returns the first request.

    Locks the showtime (no key), then its free seats. Raises NotFound.
    """
    showtime = showtimes.cancel_showtime(showtime_id, at)
    planned = survey(showtime_id)
    cancelling, _created = ShowtimeCancellation.objects.get_or_create(
        showtime=showtime,
        defaults={
            "reason": reason,
            "requested_by": user,
            "requested_at": at,
            "orders_planned": planned.orders,
            "tickets_planned": planned.tickets,
            "refund_planned_rupiah": planned.refund_rupiah,
        },
    )
    return cancelling


def work(at: datetime) -> int:
    """Process a batch of each unfinished cancellation; returns how many bookings ended."""
    open_ = ShowtimeCancellation.objects.filter(finished_at__isnull=True)
    latest = open_.select_related("showtime").order_by("requested_at")[:SHOWTIMES_AT_ONCE_MAX]
    return sum(_work_on(cancelling, at) for cancelling in latest)


def _work_on(cancelling: ShowtimeCancellation, at: datetime) -> int:
    showtime = cancelling.showtime
    _end_holds(showtime)
    orders = Booking.objects.filter(showtime=showtime)
    unfinished = orders.filter(status__in=[BookingStatus.PENDING, *PAID])
    batch = list(unfinished.order_by("created_at").values_list("pk", "status")[:BATCH_ORDERS])
    ended = 0
    for booking_id, status in batch:
        try:
            ended += _end_order(cancelling, booking_id, status, at)
        except OperationalError:
            logger.warning("booking %s left to the next run: lock not available", booking_id)
    if len(batch) < BATCH_ORDERS and not unfinished.exists():
        _finish(cancelling, at)
    return ended


@transaction.atomic
def _end_order(
    cancelling: ShowtimeCancellation, booking_id: UUID, status: str, at: datetime
) -> bool:
    """False if its state changed or it was moved meanwhile; the next run decides anew."""
    if lock_booking(booking_id).showtime_id != cancelling.showtime_id:
        return False
    actor = f"staff:{cancelling.requested_by_id}" if cancelling.requested_by_id else "system"
    try:
        if status == BookingStatus.PENDING:
            checkout.abandon_booking(booking_id=booking_id, actor=actor, cause=CAUSE, at=at)
            return True
        live = Ticket.objects.live().filter(booking=booking_id).count()
        booking = cancellation.cancel_in_full(
            booking_id=booking_id, actor=actor, reason=RefundReason.SHOWTIME, at=at
        )
    except (BookingClosed, NotCancellable):
        return False
    refunds = booking.payments.filter(refunds__reason=CAUSE)
    rupiah = refunds.aggregate(sum=Sum("refunds__amount_rupiah"))["sum"] or 0
    ShowtimeCancellation.objects.filter(pk=cancelling.pk).update(
        orders_done=F("orders_done") + 1,
        tickets_done=F("tickets_done") + live,
        refund_done_rupiah=F("refund_done_rupiah") + rupiah,
    )
    return True


def _end_holds(showtime: Showtime) -> None:
    """End the open holds without a booking."""
    idle = Hold.objects.open().filter(showtime=showtime, sealed_at__isnull=True)
    for hold_id in idle.order_by("created_at").values_list("pk", flat=True)[:BATCH_HOLDS]:
        with transaction.atomic():
            hold = transitions.lock_hold(hold_id)
            if hold.sealed_at is None:
                transitions.end_hold(hold, HoldEnd.RELEASED, by_chain=True)


def _finish(cancelling: ShowtimeCancellation, at: datetime) -> None:
    """Finish when no seat is left to sell or held; otherwise the next run tries again."""
    sales.block_showtime(cancelling.showtime_id)
    if not cancelling.showtime.seats.exclude(status="blocked").exists():
        open_ = ShowtimeCancellation.objects.filter(pk=cancelling.pk, finished_at__isnull=True)
        open_.update(finished_at=at)
