"""Confirmation of a booking: seats sold, tickets issued and payment applied, or nothing.

Locks hold, seats by id, voucher, in this order; the caller has locked booking and payment
(docs/locking.md).
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from psycopg import errors as pg

from bookings.models import Booking, BookingStatus, EventKind, Payment, PaymentStatus
from bookings.orders import ledger, vouchers
from bookings.payments.base import ProviderReport
from bookings.showtimes import moving
from bookings.signals import booking_confirmed
from core.db.prepared import execute_prepared
from seating.holds import sales

logger = logging.getLogger(__name__)

SEATS = "SELECT showtime_seat_id FROM bookings_ticket WHERE booking_id = %(booking_id)s"
CONFIRM = """
WITH paid AS (
    UPDATE bookings_payment
    SET status = 'succeeded', settled_at = %(at)s, applied_at = %(at)s, poll_at = NULL,
        captured_rupiah = %(captured_rupiah)s, currency = %(currency)s
    WHERE id = %(payment_id)s
    RETURNING booking_id
), confirmed AS (
    UPDATE bookings_booking AS booking
    SET status = 'confirmed', confirmed_at = %(at)s, expired_at = NULL, failed_at = NULL
    FROM paid
    WHERE booking.id = paid.booking_id AND booking.status IN ('pending', 'expired', 'failed')
    RETURNING booking.id
)
UPDATE bookings_ticket AS ticket SET issued_at = %(at)s
FROM confirmed WHERE ticket.booking_id = confirmed.id
RETURNING ticket.showtime_seat_id
"""


class _CannotConfirm(Exception):
    """Rolls back the attempt; the payment is then refunded."""


def confirm(booking: Booking, payment: Payment, report: ProviderReport, at: datetime) -> bool:
    """Confirm a booking that was never paid; False, with nothing changed, if it cannot be.

    In time it gets the seats of its hold. A late payment gets them if all of them are free, the
    showtime is on sale and the voucher has a use left.
    """
    was_pending = booking.is_pending
    try:
        with transaction.atomic():
            _sell_and_issue(booking, payment, report, at)
    except _CannotConfirm:
        return False
    except IntegrityError as error:
        cause = error.__cause__
        if not isinstance(cause, pg.UniqueViolation) or (
            cause.diag.constraint_name != "ticket_seat_sold_once"
        ):
            raise
        # The seat's state and the tickets disagree: refund, and open an incident.
        logger.critical("booking %s: a seat of it has another live ticket", booking.pk)
        return False
    payment.status, payment.settled_at, payment.applied_at = PaymentStatus.SUCCEEDED, at, at
    payment.captured_rupiah, payment.currency = report.amount_rupiah, report.currency
    payment.poll_at = None
    booking.status, booking.confirmed_at = BookingStatus.CONFIRMED, at
    booking.expired_at = booking.failed_at = None
    ledger.record_payment(booking, payment, at)
    event = ledger.record(booking, EventKind.CONFIRMED, at, reacquired=not was_pending)
    booking_confirmed.send(Booking, booking=booking, event=event)
    moving.notify_of_moves(booking, at)
    return True


def _sell_and_issue(
    booking: Booking, payment: Payment, report: ProviderReport, at: datetime
) -> None:
    seats = {seat for (seat,) in execute_prepared(SEATS, {"booking_id": booking.pk})}
    sold_at = sales.sell_seats(showtime_seat_ids=seats, hold_id=booking.hold_id, sale=booking.pk)
    if sold_at is None or not _is_sellable(booking, sold_at):
        raise _CannotConfirm
    # An expired booking returned its voucher's use: without another one the price was not its own.
    if not booking.is_pending and not vouchers.redeem_again(booking):
        raise _CannotConfirm
    values = {
        "at": at,
        "payment_id": payment.pk,
        "captured_rupiah": report.amount_rupiah,
        "currency": report.currency,
    }
    if {seat for (seat,) in execute_prepared(CONFIRM, values)} != seats:
        raise _CannotConfirm


def _is_sellable(booking: Booking, now: datetime) -> bool:
    """By the database's time of the sale."""
    showtime = booking.showtime
    is_in_time = booking.is_pending and booking.expires_at > now
    return showtime.cancelled_at is None and (is_in_time or showtime.is_on_sale(now))
