"""Closes unpaid bookings: ends the hold, returns the voucher's use, notifies the customer.

The seats of an overdue booking are free without this: expiry of a hold is a comparison
(seating.holds.transitions).
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
    """Expire overdue bookings, at most a batch; returns how many.

    One transaction each. SKIP LOCKED: a booking that is being settled is skipped.
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
            logger.warning("booking %s left to the next sweep: lock not available", booking_id)
    return expired


def close_unpaid(booking: Booking, at: datetime, status: BookingStatus) -> None:
    """Set a locked, pending booking to EXPIRED or FAILED; any other status stays.

    Locks its unsettled payments, hold, seats, voucher.
    """
    if not booking.is_pending:
        return
    expired = status == BookingStatus.EXPIRED
    booking.payments.unsettled().update(poll_at=at)  # the poller closes their pages
    if booking.hold_id is not None:
        hold = transitions.lock_hold(booking.hold_id)
        transitions.end_hold(hold, HoldEnd.EXPIRED if expired else HoldEnd.RELEASED)
    vouchers.return_use(booking.voucher_id)
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
