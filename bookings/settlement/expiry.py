"""Closing orders that will not be paid: their seats are open again at once.

An order past its time needs nobody to close it for its seats to be free
(seating.holds.transitions); this tells the customer, gives the voucher's use back and tidies the
rows.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models.functions import Now

from bookings.models import Booking, BookingStatus, EventKind
from bookings.orders import ledger, vouchers
from bookings.signals import booking_expired, booking_failed
from seating.holds import transitions
from seating.models import HoldEnd

logger = logging.getLogger(__name__)

EXPIRY_BATCH_BOOKINGS = 100


def expire_overdue_bookings(at: datetime) -> int:
    """Close orders whose time to pay is over, at most a batch; returns how many.

    Each in a transaction of its own. SKIP LOCKED: an order that is being settled right now is
    left to that.
    """
    overdue = list(
        Booking.objects.filter(status=BookingStatus.PENDING, expires_at__lte=Now())
        .order_by("expires_at")
        .values_list("pk", flat=True)[:EXPIRY_BATCH_BOOKINGS]
    )
    expired = 0
    for booking_id in overdue:
        try:
            expired += _expire(booking_id, at)
        except OperationalError:
            logger.warning("order %s left to the next sweep: a lock was not free", booking_id)
    return expired


def close_unpaid(booking: Booking, at: datetime, status: BookingStatus) -> None:
    """Make a locked, pending order EXPIRED or FAILED; any other stays as it is.

    Locks its unsettled payments, hold, seats, voucher.
    """
    if not booking.is_pending:
        return
    expired = status == BookingStatus.EXPIRED
    booking.payments.unsettled().update(poll_at=at)  # the poller closes their pages
    if booking.hold_id is not None:
        hold = transitions.lock_hold(booking.hold_id)
        transitions.end_hold(hold, HoldEnd.EXPIRED if expired else HoldEnd.RELEASED)
    vouchers.give_use_back(booking.voucher_id)
    booking.status = status
    field = "expired_at" if expired else "failed_at"
    setattr(booking, field, at)
    booking.save(update_fields=["status", field])
    event = ledger.record(booking, EventKind.EXPIRED if expired else EventKind.FAILED, at)
    signal = booking_expired if expired else booking_failed
    signal.send(Booking, booking=booking, event=event)


@transaction.atomic
def _expire(booking_id: UUID, at: datetime) -> bool:
    booking = (
        Booking.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("showtime")
        .filter(pk=booking_id, status=BookingStatus.PENDING, expires_at__lte=Now())
        .first()
    )
    if booking is None:
        return False
    close_unpaid(booking, at, BookingStatus.EXPIRED)
    return True
