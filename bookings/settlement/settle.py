"""Settlement: applies a payment's outcome to its booking.

The webhook, the return page and the poller call ``settle``. It locks booking, payment, hold, seats,
voucher in this order (docs/locking.md), is idempotent, and accepts a success in every state: a late
payment gets its seats if all of them are still free, and is refunded otherwise.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from bookings.errors import BookingNotFound, ProviderUnknown
from bookings.models import (
    Booking,
    BookingStatus,
    EventKind,
    Payment,
    PaymentStatus,
    RefundReason,
)
from bookings.orders import ledger
from bookings.orders.locks import lock_booking, lock_payment
from bookings.payments import registry
from bookings.payments.base import ProviderRefused, ProviderReport, ProviderUnavailable
from bookings.refunds.refunds import create_refund
from bookings.settlement.confirm import confirm
from bookings.settlement.expiry import close_unpaid
from bookings.settlement.provider_turns import provider_turn

logger = logging.getLogger(__name__)

POLL_SECONDS = 30
POLL_SECONDS_MAX = 60 * 60
# How long a failed payment is polled: a success may still arrive.
WATCH_HOURS = 24


@transaction.atomic
def settle(*, payment_id: UUID, report: ProviderReport, at: datetime) -> Payment:
    """Apply a provider's report to a payment. Idempotent. Raises BookingNotFound."""
    return settle_locked(payment_id, _lock_booking_of(payment_id), report, at)


def settle_locked(
    payment_id: UUID, booking: Booking, report: ProviderReport, at: datetime
) -> Payment:
    """``settle`` for a caller that has locked the booking in its own transaction."""
    payment = lock_payment(payment_id, booking)
    if payment.reference is None:
        payment.reference = report.reference
        payment.save(update_fields=["reference"])
    if payment.status == PaymentStatus.SUCCEEDED:
        return payment
    if report.status == "succeeded":
        _settle_success(booking, payment, report, at)
    elif report.status != "pending" and payment.is_unsettled:
        _settle_failure(booking, payment, report, at)
    else:
        if payment.status == PaymentStatus.CREATED:
            payment.status = PaymentStatus.PENDING
        payment.poll_at = _next_poll_at(payment, at)
        payment.save(update_fields=["status", "poll_at"])
    return payment


def refresh(*, payment_id: UUID, at: datetime) -> Payment:
    """Fetch the payment's state from the provider, then settle it. No lock is held meanwhile.

    Nothing changes if the provider does not respond. While somebody else calls the provider for
    the same booking, the stored state is returned at once.
    """
    payment = Payment.objects.get(pk=payment_id)
    with provider_turn(payment.booking_id) as is_own:
        return _refresh(payment, at) if is_own else payment


def _refresh(payment: Payment, at: datetime) -> Payment:
    try:
        gateway = registry.provider(payment.provider)
        if payment.reference is None:
            report = gateway.find(payment)
        else:
            report = gateway.fetch(payment.reference)
    except (ProviderUnavailable, ProviderRefused, ProviderUnknown) as problem:
        logger.warning("payment %s not known: %s", payment.pk, type(problem).__name__)
        _poll_later(payment, at)
        return payment
    if report is not None:
        return settle(payment_id=payment.pk, report=report, at=at)
    return _expire_unopened(payment.pk, at)


@transaction.atomic
def refuse(*, payment_id: UUID, failure_code: str, at: datetime) -> None:
    """The provider refused to open a page: fail this attempt; the booking may start another."""
    booking = _lock_booking_of(payment_id)
    payment = lock_payment(payment_id, booking)
    if payment.is_unsettled and not payment.redirect_url:
        _fail(booking, payment, PaymentStatus.FAILED, failure_code, at)


def refresh_unsettled(booking: Booking, at: datetime) -> bool:
    """``refresh`` the booking's unsettled payments; whether there were any."""
    unsettled = list(booking.payments.unsettled().values_list("pk", flat=True))
    for payment_id in unsettled:
        refresh(payment_id=payment_id, at=at)
    return bool(unsettled)


def settle_free(payment: Payment, at: datetime) -> Payment:
    """Settle a booking that costs nothing because its voucher covers it."""
    report = ProviderReport(
        reference=str(payment.pk),
        status="succeeded",
        amount_rupiah=0,
        currency=payment.currency,
        merchant_reference=str(payment.pk),
    )
    return settle(payment_id=payment.pk, report=report, at=at)


def _lock_booking_of(payment_id: UUID) -> Booking:
    booking_id = Payment.objects.filter(pk=payment_id).values_list("booking_id", flat=True).first()
    if booking_id is None:
        raise BookingNotFound()
    return lock_booking(booking_id)


def _settle_success(
    booking: Booking, payment: Payment, report: ProviderReport, at: datetime
) -> None:
    refund_reason = _refund_reason_for(booking, payment, report)
    if refund_reason is None:
        if confirm(booking, payment, report, at):
            return
        refund_reason = RefundReason.LATE
    payment.status, payment.settled_at = PaymentStatus.SUCCEEDED, at
    payment.captured_rupiah, payment.currency = report.amount_rupiah, report.currency
    payment.poll_at = None
    payment.save(update_fields=["status", "settled_at", "captured_rupiah", "currency", "poll_at"])
    ledger.record_payment(booking, payment, at)
    close_unpaid(booking, at, BookingStatus.FAILED)
    create_refund(booking, payment, report.amount_rupiah, refund_reason, at)


def _refund_reason_for(
    booking: Booking, payment: Payment, report: ProviderReport
) -> RefundReason | None:
    """The reason why the payment cannot be applied, regardless of seats; None if it can."""
    is_as_requested = (
        report.amount_rupiah == payment.amount_rupiah
        and report.currency == payment.currency
        and report.merchant_reference == str(payment.pk)
        and report.reference == payment.reference
    )
    if not is_as_requested:
        return RefundReason.MISMATCH
    if booking.is_pending:  # never paid
        return None
    if booking.payments.filter(applied_at__isnull=False).exists():
        return RefundReason.DUPLICATE
    return RefundReason.LATE if booking.status == BookingStatus.CANCELLED else None


def _settle_failure(
    booking: Booking, payment: Payment, report: ProviderReport, at: datetime
) -> None:
    """Fail the payment. Its booking stays open for another one until the hold ends."""
    _fail(booking, payment, PaymentStatus(report.status), report.failure_code, at)
    in_time = Booking.objects.filter(pk=booking.pk, expires_at__gt=Now()).exists()
    if not in_time and not booking.payments.unsettled().exists():
        expired = report.status == "expired"
        close_unpaid(booking, at, BookingStatus.EXPIRED if expired else BookingStatus.FAILED)


def _fail(
    booking: Booking, payment: Payment, status: PaymentStatus, failure_code: str, at: datetime
) -> None:
    payment.status, payment.settled_at, payment.failure_code = status, at, failure_code
    payment.poll_at = _next_poll_at(payment, at)
    payment.save(update_fields=["status", "settled_at", "failure_code", "poll_at"])
    ledger.record(
        booking,
        EventKind.PAYMENT_FAILED,
        at,
        actor=payment.provider,
        payment=str(payment.pk),
        status=status.value,
        failure=failure_code,
    )


@transaction.atomic
def _expire_unopened(payment_id: UUID, at: datetime) -> Payment:
    """Expire an overdue payment that the provider does not know: it can no longer be paid."""
    booking = _lock_booking_of(payment_id)
    payment = lock_payment(payment_id, booking)
    is_over = Payment.objects.filter(pk=payment.pk, expires_at__lte=Now()).exists()
    if payment.is_unsettled and is_over:
        report = ProviderReport("", "expired", 0, payment.currency, str(payment.pk))
        _settle_failure(booking, payment, report, at)
    else:
        _poll_later(payment, at)
    return payment


def _poll_later(payment: Payment, at: datetime) -> None:
    """Schedule the next poll, unless the payment was settled meanwhile."""
    same = Payment.objects.filter(pk=payment.pk, status=payment.status)
    same.exclude(status=PaymentStatus.SUCCEEDED).update(poll_at=_next_poll_at(payment, at))


def _next_poll_at(payment: Payment, at: datetime) -> datetime | None:
    """Every POLL_SECONDS while it can be paid, then with exponential backoff.

    A failed payment is polled for WATCH_HOURS, an open one without limit.
    """
    overdue_seconds = (at - payment.expires_at).total_seconds()
    if payment.is_unsettled:
        pause_seconds = min(max(overdue_seconds, POLL_SECONDS), POLL_SECONDS_MAX)
        return at + timedelta(seconds=pause_seconds)
    if overdue_seconds > WATCH_HOURS * 60 * 60:
        return None
    return max(at, payment.expires_at) + timedelta(seconds=max(overdue_seconds, POLL_SECONDS))
