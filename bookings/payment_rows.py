"""What a payment is started from, and the statements that write it down.

The queries are compiled once (core.db.prepared); the locks are ``bookings.orders.locks``'s.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now

from bookings.models import Booking, Payment
from core.db.prepared import CompiledQuery, execute_prepared
from movies.models import Cinema

INSERT = """
INSERT INTO bookings_payment (
    id, booking_id, provider, status, amount_rupiah, currency, captured_rupiah,
    refund_due_rupiah, refunded_rupiah, redirect_url, failure_code, created_at, expires_at, poll_at
) VALUES (
    %(id)s, %(booking_id)s, %(provider)s, %(status)s, %(amount_rupiah)s, %(currency)s, 0,
    0, 0, '', '', %(created_at)s, %(expires_at)s, %(poll_at)s
)
RETURNING id
"""
KEEP_PAGE = """
UPDATE bookings_payment
SET status = %(status)s, reference = %(reference)s, redirect_url = %(redirect_url)s
WHERE id = %(id)s
RETURNING id
"""


def _cinema_of(booking_id: UUID) -> QuerySet[Cinema]:
    return Cinema.objects.filter(studios__showtimes__bookings=booking_id)


def _open(booking_id: UUID) -> QuerySet[Booking]:
    return Booking.objects.filter(pk=booking_id, expires_at__gt=Now())


def _running(booking_id: UUID) -> QuerySet[Payment]:
    locked = Payment.objects.select_for_update(of=("self",), no_key=True)
    return locked.unsettled().filter(booking=booking_id)


_EXAMPLE_ID = UUID(int=1)
_CINEMA_OF = CompiledQuery(_cinema_of, _EXAMPLE_ID)
_OPEN = CompiledQuery(_open, _EXAMPLE_ID)
_RUNNING = CompiledQuery(_running, _EXAMPLE_ID)


def cinema_of(booking_id: UUID) -> Cinema | None:
    return _CINEMA_OF.first(booking_id)


def is_in_time(booking: Booking) -> bool:
    """By the database's clock, now."""
    return bool(_OPEN.all(booking.pk))


def lock_running(booking: Booking) -> Payment | None:
    """The unsettled payment of an order that the caller has locked, itself locked."""
    payment = _RUNNING.first(booking.pk)
    if payment is not None:
        payment.booking = booking
    return payment


def insert_payment(payment: Payment) -> None:
    values = {
        "id": payment.pk,
        "booking_id": payment.booking_id,
        "provider": payment.provider,
        "status": str(payment.status),
        "amount_rupiah": payment.amount_rupiah,
        "currency": payment.currency,
        "created_at": payment.created_at,
        "expires_at": payment.expires_at,
        "poll_at": payment.poll_at,
    }
    execute_prepared(INSERT, values)
    payment._state.adding = False


def keep_page(payment: Payment) -> None:
    """Write the provider's reference and page of a payment that the caller has locked."""
    values = {
        "id": payment.pk,
        "status": str(payment.status),
        "reference": payment.reference,
        "redirect_url": payment.redirect_url,
    }
    execute_prepared(KEEP_PAGE, values)
