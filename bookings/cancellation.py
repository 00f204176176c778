"""Cancelling what was paid: tickets void, seats open, money due back, in one transaction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from bookings import ledger, vouchers
from bookings.errors import NotCancellable
from bookings.locks import lock_booking, lock_payment
from bookings.models import Booking, BookingStatus, EventKind, RefundReason
from bookings.refunds import owe_refund
from bookings.signals import booking_cancelled
from seating import sales


def is_cancellable(booking: Booking, at: datetime) -> bool:
    """Paid, not begun, and none of its tickets used."""
    return (
        booking.is_paid
        and booking.showtime.starts_at > at
        and not booking.tickets.live().filter(checked_in_at__isnull=False).exists()
    )


@transaction.atomic
def cancel_booking(*, booking_id: UUID, actor: str, at: datetime) -> Booking:
    """Void every live ticket, return the seats to sale and owe the whole payment back.

    Locks booking, payment, seats, voucher. Raises BookingNotFound, NotCancellable.
    """
    booking = lock_booking(booking_id)
    if not is_cancellable(booking, at):
        raise NotCancellable()
    applied = booking.payments.values_list("pk", flat=True).get(applied_at__isnull=False)
    payment = lock_payment(applied, booking)
    live = list(booking.tickets.live().values_list("pk", "showtime_seat_id"))
    sales.reopen_sold(showtime_seat_ids=[seat for _pk, seat in live], sale=booking.pk)
    unused = booking.tickets.filter(pk__in=[pk for pk, _seat in live], checked_in_at__isnull=True)
    if unused.update(voided_at=at) != len(live):
        raise NotCancellable()  # somebody was let in at this moment
    vouchers.give_use_back(booking.voucher_id)
    for ticket_id, _seat in live:
        ledger.record(booking, EventKind.TICKET_VOIDED, at, actor=actor, ticket=ticket_id)
    booking.status, booking.cancelled_at = BookingStatus.CANCELLED, at
    booking.save(update_fields=["status", "cancelled_at"])
    event = ledger.record(booking, EventKind.CANCELLED, at, actor=actor, paid=True)
    booking_cancelled.send(Booking, booking=booking, event=event)
    owed = payment.captured_rupiah - payment.refund_due_rupiah
    owe_refund(booking, payment, owed, RefundReason.CANCELLATION, at, actor=actor)
    return booking
