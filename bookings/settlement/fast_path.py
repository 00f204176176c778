"""The common settlement: paid in time, and every seat still held for the order.

``settlement`` says it step by step. Here the same locks are taken in the same order (hold, then
seats by id; booking and payment are the caller's) and the same rows are written, in four
statements. Whatever is not that plain changes nothing and is left to the steps.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from bookings.models import Booking, BookingStatus, EventKind, Payment, PaymentStatus
from bookings.orders import ledger
from bookings.payments.base import ProviderReport
from bookings.showtimes import moving
from bookings.signals import booking_confirmed
from core.db.prepared import execute_prepared
from seating.holds import sales

SEATS_IN_TIME = """
SELECT ticket.showtime_seat_id
FROM bookings_ticket AS ticket JOIN bookings_booking AS booking ON booking.id = ticket.booking_id
WHERE booking.id = %(booking_id)s AND booking.expires_at > statement_timestamp()
"""
CONFIRM = """
WITH paid AS (
    UPDATE bookings_payment
    SET status = 'succeeded', settled_at = %(at)s, applied_at = %(at)s, poll_at = NULL,
        captured_rupiah = %(captured_rupiah)s, currency = %(currency)s
    WHERE id = %(payment_id)s
    RETURNING booking_id
), confirmed AS (
    UPDATE bookings_booking AS booking
    SET status = 'confirmed', confirmed_at = %(at)s
    FROM paid WHERE booking.id = paid.booking_id AND booking.status = 'pending'
    RETURNING booking.id
)
UPDATE bookings_ticket AS ticket SET issued_at = %(at)s
FROM confirmed WHERE ticket.booking_id = confirmed.id
RETURNING ticket.showtime_seat_id
"""


class _NotSoPlain(Exception):
    """Undoes what was tried; the steps find out."""


def confirm_plainly(
    booking: Booking, payment: Payment, report: ProviderReport, at: datetime
) -> bool:
    """Confirm a locked, pending order by its locked payment; False when nothing was changed."""
    if booking.hold_id is None or booking.showtime.cancelled_at is not None:
        return False
    try:
        with transaction.atomic():
            _sell_and_issue(booking, booking.hold_id, payment, report, at)
    except (_NotSoPlain, IntegrityError):
        return False
    payment.status, payment.settled_at, payment.applied_at = PaymentStatus.SUCCEEDED, at, at
    payment.captured_rupiah, payment.currency = report.amount_rupiah, report.currency
    payment.poll_at = None
    booking.status, booking.confirmed_at = BookingStatus.CONFIRMED, at
    ledger.record_payment(booking, payment, at)
    event = ledger.record(booking, EventKind.CONFIRMED, at, reacquired=False)
    booking_confirmed.send(Booking, booking=booking, event=event)
    moving.notify_of_moves(booking, at)
    return True


def _sell_and_issue(
    booking: Booking, hold_id: UUID, payment: Payment, report: ProviderReport, at: datetime
) -> None:
    seats = {seat for (seat,) in execute_prepared(SEATS_IN_TIME, {"booking_id": booking.pk})}
    if not seats:
        raise _NotSoPlain
    sold_at = sales.sell_seats(showtime_seat_ids=seats, hold_id=hold_id, sale=booking.pk)
    if sold_at is None or booking.expires_at <= sold_at:
        raise _NotSoPlain
    values = {
        "at": at,
        "payment_id": payment.pk,
        "captured_rupiah": report.amount_rupiah,
        "currency": report.currency,
    }
    issued = {seat for (seat,) in execute_prepared(CONFIRM, values)}
    if issued != seats:
        raise _NotSoPlain
