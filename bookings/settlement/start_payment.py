"""Starting the payment of a pending booking at a provider.

Lock order: booking, payment (docs/locking.md). The provider is called outside any transaction. The
statements are prepared and the queries compiled once (core.db.prepared).
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from bookings.errors import (
    AmountBelowMinimum,
    BookingClosed,
    PaymentRefused,
    PaymentRunning,
    PaymentUnavailable,
    ProviderUnknown,
)
from bookings.errors.payment_methods import PaymentMethodUnknown
from bookings.models import Booking, EventKind, Payment, PaymentStatus
from bookings.orders import ledger
from bookings.orders.locks import lock_booking, lock_payment
from bookings.payments import registry
from bookings.payments.base import CreatedPayment, ProviderRefused, ProviderUnavailable
from bookings.settlement import settle
from bookings.settlement.provider_turns import provider_turn
from core.db.prepared import CompiledQuery, execute_prepared
from movies.models import Cinema

FIRST_POLL_SECONDS = 15
OTHER_CALL_SECONDS = 1.5  # how long a second request waits for the first one's payment page
INSERT_PAYMENT = """
INSERT INTO bookings_payment (
    id, booking_id, provider, status, amount_rupiah, currency, captured_rupiah,
    refund_due_rupiah, refunded_rupiah, redirect_url, failure_code, created_at, expires_at, poll_at
) VALUES (
    %(id)s, %(booking_id)s, %(provider)s, %(status)s, %(amount_rupiah)s, %(currency)s, 0,
    0, 0, '', '', %(created_at)s, %(expires_at)s, %(poll_at)s
)
RETURNING id
"""
STORE_PAGE = """
UPDATE bookings_payment
SET status = %(status)s, reference = %(reference)s, redirect_url = %(redirect_url)s,
    in_app = %(in_app)s::jsonb
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


def start_payment(
    *, booking_id: UUID, provider: str, return_url: str, at: datetime, method: str = ""
) -> Payment:
    """Open the provider's payment page for a pending booking; a running payment is returned again.

    ``method``: one of the provider's methods that an app can use without its page.

    The payment row is written first and its id is the provider's idempotency key, so a crash or a
    lost response in between never charges twice. Raises BookingNotFound, BookingClosed,
    PaymentRunning, ProviderUnknown, PaymentMethodUnknown, AmountBelowMinimum, PaymentRefused, and
    PaymentUnavailable if the provider does not respond, to this request or to another one for the
    same booking.
    """
    if provider not in registry.offered(_CINEMA_OF.first(booking_id)):
        raise ProviderUnknown()
    if method and method not in registry.provider(provider).methods:
        raise PaymentMethodUnknown()
    with provider_turn(booking_id, wait_seconds=OTHER_CALL_SECONDS) as is_own:
        payment = _claim_payment(booking_id, provider, at)
        if payment.amount_rupiah == 0:
            return settle.settle_free(payment, at)
        if payment.redirect_url:
            return payment
        if not is_own:
            raise PaymentUnavailable()
        return _open_page(payment, return_url, method, at)


def _open_page(payment: Payment, return_url: str, method: str, at: datetime) -> Payment:
    try:
        created = registry.provider(payment.provider).create(
            payment,
            description=f"{settings.SITE_NAME} {payment.booking.code}",
            return_url=return_url,
            method=method,
        )
    except ProviderUnavailable:
        raise PaymentUnavailable() from None
    except ProviderRefused as refusal:
        settle.refuse(payment_id=payment.pk, failure_code=refusal.failure_code, at=at)
        raise PaymentRefused() from None
    payment = _store_page(payment, created)
    if payment.is_unsettled and not payment.booking.is_pending:
        raise BookingClosed()  # abandoned or expired during the provider's call
    return payment


@transaction.atomic
def _claim_payment(booking_id: UUID, provider: str, at: datetime) -> Payment:
    """The booking's running payment at this provider, or a new one."""
    booking = lock_booking(booking_id)
    is_cancelled = booking.showtime.cancelled_at is not None
    if is_cancelled or not booking.is_pending or not _is_in_time(booking):
        raise BookingClosed()
    running = _lock_running(booking)
    if running is not None:
        if running.provider != provider:
            raise PaymentRunning()
        return running
    gateway = registry.provider(provider)
    if not registry.accepts(gateway, booking.total_rupiah):
        raise AmountBelowMinimum(gateway.minimum_rupiah)
    payment = Payment(
        booking=booking,
        provider=provider,
        amount_rupiah=booking.total_rupiah,
        currency=booking.currency,
        created_at=at,
        expires_at=booking.expires_at,
        poll_at=at + timedelta(seconds=FIRST_POLL_SECONDS),
    )
    _insert(payment)
    ledger.record(booking, EventKind.PAYMENT_STARTED, at, payment=str(payment.pk), by=provider)
    return payment


@transaction.atomic
def _store_page(claimed: Payment, created: CreatedPayment) -> Payment:
    """Store the payment page. A webhook or the poller may have settled the payment already."""
    payment = lock_payment(claimed.pk, lock_booking(claimed.booking_id))
    if payment.is_unsettled:
        payment.status = PaymentStatus.PENDING
    payment.reference = payment.reference or created.reference
    payment.redirect_url, payment.in_app = created.redirect_url, created.in_app
    _write_page(payment)
    return payment


def _is_in_time(booking: Booking) -> bool:
    """Compares with the database's clock."""
    return bool(_OPEN.all(booking.pk))


def _lock_running(booking: Booking) -> Payment | None:
    """The unsettled payment of a locked booking, itself locked."""
    payment = _RUNNING.first(booking.pk)
    if payment is not None:
        payment.booking = booking
    return payment


def _insert(payment: Payment) -> None:
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
    execute_prepared(INSERT_PAYMENT, values)
    payment._state.adding = False


def _write_page(payment: Payment) -> None:
    values = {
        "id": payment.pk,
        "status": str(payment.status),
        "reference": payment.reference,
        "redirect_url": payment.redirect_url,
        "in_app": json.dumps(payment.in_app),
    }
    execute_prepared(STORE_PAGE, values)
