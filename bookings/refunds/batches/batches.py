"""Cancellation of selected bookings with a full refund: dry run, request and execution.

Shows that began and amounts above ``settings.REFUND_ALONE_MAX_RUPIAH``, together with what staff
refunded of these bookings before, wait for a second person.
Every booking has its own transaction; remaining work is derived from the items, so crashed and
concurrent workers are harmless.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.errors import (
    CoupleSeatsTogether,
    NotCancellable,
    RefundNotDecidable,
    TicketsMismatch,
)
from bookings.errors.staff import AmountTooLarge, TicketsChanged
from bookings.models import Booking, RefundBatch, RefundBatchItem
from bookings.models.refund_batch import ItemStatus
from bookings.refunds import cancellation, goodwill
from bookings.refunds.batches import execution

logger = logging.getLogger(__name__)

BOOKINGS_MAX = 500  # of one request
AT_ONCE_MAX = 10  # processed in the request itself; more by the worker
BATCHES_AT_ONCE_MAX = 20
ITEMS_AT_ONCE_MAX = 50  # of one batch in one run of the worker
REFUSALS = (
    NotCancellable, TicketsMismatch, TicketsChanged, CoupleSeatsTogether, AmountTooLarge,
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One booking and the refund of cancelling it now; 0 and no seats: it is left out."""

    booking: Booking
    seats: tuple[str, ...]
    refund_rupiah: int


@dataclass(frozen=True)
class Survey:
    """Preview of a batch. ``left_out``: bookings without tickets that can be cancelled."""

    lines: tuple[Line, ...]
    left_out: tuple[Booking, ...]
    needs_second_person: bool

    @property
    def refund_rupiah(self) -> int:
        return sum(line.refund_rupiah for line in self.lines)


def survey(bookings: Iterable[Booking], at: datetime) -> Survey:
    """``bookings``: with details. Read-only."""
    lines, left_out = [], []
    bookings = list(bookings)
    refundable = goodwill.refundable_by_booking(bookings)
    for booking in bookings:
        tickets = cancellation.cancellable_tickets(booking)
        if not tickets:
            left_out.append(booking)
            continue
        labels = tuple(ticket.showtime_seat.seat.label for ticket in tickets)
        paid_rupiah = sum(ticket.paid_rupiah for ticket in tickets)
        lines.append(Line(booking, labels, min(paid_rupiah, refundable[booking.pk])))
    needed = needs_second_person(
        [line.booking for line in lines], sum(line.refund_rupiah for line in lines), at
    )
    return Survey(tuple(lines), tuple(left_out), needed)


def needs_second_person(bookings: Sequence[Booking], refund_rupiah: int, at: datetime) -> bool:
    """Whether a second person must approve; never with a limit of 0.

    Earlier refunds by staff count, also those that wait: a sum cannot be split into requests.
    """
    limit_rupiah = settings.REFUND_ALONE_MAX_RUPIAH
    if not limit_rupiah:
        return False
    if any(booking.showtime.starts_at <= at for booking in bookings):
        return True
    earlier = RefundBatchItem.objects.filter(
        booking__in=[booking.pk for booking in bookings], batch__is_rejected=False
    ).exclude(status=ItemStatus.LEFT_OUT)
    earlier_rupiah = earlier.aggregate(sum=Sum("refund_rupiah", default=0))["sum"]
    return bool(earlier_rupiah + refund_rupiah > limit_rupiah)


@transaction.atomic
def request(*, lines: Sequence[Line], reason: str, user: User, at: datetime) -> list[RefundBatch]:
    """Record the request, one batch for each cinema."""
    is_held = needs_second_person(
        [line.booking for line in lines], sum(line.refund_rupiah for line in lines), at
    )
    by_cinema: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_cinema[line.booking.showtime.studio.cinema_id].append(line)
    batches = []
    for cinema_id, own in by_cinema.items():
        batch = RefundBatch.objects.create(
            cinema_id=cinema_id,
            reason=reason,
            requested_by=user,
            requested_at=at,
            needs_second_person=is_held,
        )
        RefundBatchItem.objects.bulk_create(
            RefundBatchItem(batch=batch, booking=line.booking, refund_rupiah=line.refund_rupiah)
            for line in own
        )
        batches.append(batch)
    return batches


@transaction.atomic
def decide(*, batch_id: int, user: User, is_approved: bool, at: datetime) -> RefundBatch:
    """The second person's decision. Locks the batch. Raises RefundNotDecidable."""
    batch = RefundBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch_id)
    if not batch.is_waiting:
        raise RefundNotDecidable()
    if batch.requested_by_id == user.pk:
        raise RefundNotDecidable(_("Somebody else than who asked for it has to decide."))
    batch.decided_by, batch.decided_at, batch.is_rejected = user, at, not is_approved
    batch.finished_at = None if is_approved else at
    batch.save(update_fields=["decided_by", "decided_at", "is_rejected", "finished_at"])
    return batch


def work(at: datetime) -> int:
    """Process part of each open batch; returns how many bookings were decided."""
    open_ = RefundBatch.objects.filter(finished_at__isnull=True).order_by("requested_at")
    ready = [batch for batch in open_[:BATCHES_AT_ONCE_MAX] if not batch.is_waiting]
    return sum(work_on(batch, at) for batch in ready)


def work_on(batch: RefundBatch, at: datetime) -> int:
    """Process up to ITEMS_AT_ONCE_MAX items; the batch is finished with its last one."""
    if batch.is_waiting or batch.finished_at is not None:
        return 0
    waiting = batch.items.filter(status=ItemStatus.WAITING)
    decided = 0
    for item_id in waiting.values_list("pk", flat=True)[:ITEMS_AT_ONCE_MAX]:
        try:
            decided += _process(item_id, batch, at)
        except OperationalError:
            logger.warning("refund item %s left to the next run: lock not available", item_id)
    if not waiting.exists():
        RefundBatch.objects.filter(pk=batch.pk, finished_at__isnull=True).update(finished_at=at)
    return decided


@transaction.atomic
def _process(item_id: int, batch: RefundBatch, at: datetime) -> bool:
    """False if another worker has the item. Locks the item, then as ``cancel_in_full``."""
    item = (
        RefundBatchItem.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(pk=item_id, status=ItemStatus.WAITING)
        .first()
    )
    if item is None:
        return False
    try:
        with transaction.atomic():
            item.refund_rupiah = execution.execute(
                item, actor=f"staff:{batch.requested_by_id}", at=at
            )
        item.status = ItemStatus.DONE
    except REFUSALS as error:
        item.status, item.detail, item.refund_rupiah = ItemStatus.LEFT_OUT, error.code, 0
    item.save(update_fields=["status", "detail", "refund_rupiah"])
    return True
