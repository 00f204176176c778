"""What a payment's outcome does to its order: paid means seats, or the money back.

``settle`` is the one function that the webhook, the return page and the poller call. It locks
booking, payment, hold, seats, voucher in this order (docs/locking.md), is idempotent, and accepts
a success from every state: a payment that comes late gets its seats back if they are still free,
all or none, and is refunded otherwise.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from bookings import ledger, vouchers
from bookings.errors import BookingNotFound
from bookings.locks import lock_booking
from bookings.models import (
    Booking,
    BookingStatus,
    EventKind,
    Payment,
    PaymentStatus,
    RefundReason,
)
from bookings.payments import registry
from bookings.payments.protocol import ProviderRefused, ProviderReport, ProviderUnavailable
from bookings.refunds import owe_refund
from bookings.signals import booking_confirmed, booking_expired, booking_failed
from seating import holds, sales
from seating.models import HoldEnd

POLL_SECONDS = 30
EXPIRY_BATCH_BOOKINGS = 100


class _CannotConfirm(Exception):
    """Rolls back the attempt to sell; the payment is then refunded."""


@transaction.atomic
def settle(*, payment_id: UUID, report: ProviderReport, at: datetime) -> Payment:
    """Apply the provider's word on a payment. Safe to call with the same report again."""
    booking = _lock_booking_of(payment_id)
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
    payment.booking = booking
    if payment.reference is None:
        payment.reference = report.reference
        payment.save(update_fields=["reference"])
    if report.status == "succeeded":
        if payment.status != PaymentStatus.SUCCEEDED:
            _settle_success(booking, payment, report, at)
    elif report.status == "pending":
        if payment.status == PaymentStatus.CREATED:
            payment.status = PaymentStatus.PENDING
        payment.poll_at = at + timedelta(seconds=POLL_SECONDS)
        payment.save(update_fields=["status", "poll_at"])
    elif payment.status in (PaymentStatus.CREATED, PaymentStatus.PENDING):
        _settle_failure(booking, payment, report, at)
    return payment


def refresh(*, payment_id: UUID, at: datetime) -> Payment:
    """Ask the provider how the payment stands, then settle it. Network first, then the locks.

    A provider that does not answer leaves everything as it is.
    """
    payment = Payment.objects.get(pk=payment_id)
    gateway = registry.provider(payment.provider)
    try:
        if payment.reference is None:
            report = gateway.find(payment.pk)
        else:
            report = gateway.fetch(payment.reference)
    except (ProviderUnavailable, ProviderRefused):
        report = None
    if report is not None:
        return settle(payment_id=payment.pk, report=report, at=at)
    if payment.reference is None and payment.expires_at <= at:
        return _forget_unborn(payment.pk, at)
    Payment.objects.unsettled().filter(pk=payment.pk).update(
        poll_at=at + timedelta(seconds=POLL_SECONDS)
    )
    return payment


def expire_overdue_bookings(at: datetime) -> int:
    """Close orders whose time to pay is over and open their seats; returns how many.

    SKIP LOCKED: an order that is being settled right now is left to that.
    """
    overdue = list(
        Booking.objects.filter(status=BookingStatus.PENDING, expires_at__lte=Now()).values_list(
            "pk", flat=True
        )[:EXPIRY_BATCH_BOOKINGS]
    )
    return sum(_expire(booking_id, at) for booking_id in overdue)


def settle_free(payment: Payment, at: datetime) -> Payment:
    """An order that costs nothing (a voucher pays it all) is paid by asking."""
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
    refund_reason = _why_not_applicable(booking, payment, report)
    payment.status, payment.settled_at = PaymentStatus.SUCCEEDED, at
    payment.captured_rupiah, payment.currency = report.amount_rupiah, report.currency
    payment.poll_at = None
    payment.save(update_fields=["status", "settled_at", "captured_rupiah", "currency", "poll_at"])
    ledger.record(
        booking,
        EventKind.PAYMENT_SUCCEEDED,
        at,
        actor=payment.provider,
        amount_rupiah=report.amount_rupiah,
        payment=str(payment.pk),
    )
    if refund_reason is None:
        try:
            with transaction.atomic():
                _confirm(booking, payment, at)
        except _CannotConfirm:
            refund_reason = RefundReason.LATE
    if refund_reason is not None:
        _close_unpaid(booking, at, BookingStatus.FAILED)
        owe_refund(booking, payment, report.amount_rupiah, refund_reason, at)


def _why_not_applicable(
    booking: Booking, payment: Payment, report: ProviderReport
) -> RefundReason | None:
    if (
        report.amount_rupiah != payment.amount_rupiah
        or report.currency != payment.currency
        or report.merchant_reference != str(payment.pk)
        or report.reference != payment.reference
    ):
        return RefundReason.MISMATCH
    if booking.payments.filter(applied_at__isnull=False).exists():
        return RefundReason.DUPLICATE
    if booking.status == BookingStatus.CANCELLED:
        return RefundReason.LATE
    return None


def _confirm(booking: Booking, payment: Payment, at: datetime) -> None:
    """Sell the seats to the booking, issue its tickets, apply the payment; or raise."""
    was_pending = booking.is_pending
    hold = holds.lock_hold(booking.hold_id) if booking.hold_id else None
    if not was_pending and not booking.showtime.is_on_sale(at):
        raise _CannotConfirm
    tickets = list(booking.tickets.values_list("showtime_seat_id", flat=True))
    if not sales.sell_seats(showtime_seat_ids=tickets, hold_id=booking.hold_id, sale=booking.pk):
        raise _CannotConfirm
    if hold is not None:
        holds.end_hold(hold, HoldEnd.SOLD)
    # An expired order gave its voucher use back: take it again, or it was not for this price.
    if not was_pending and booking.voucher_id and not vouchers.take_use(booking.voucher_id):
        raise _CannotConfirm
    booking.tickets.update(issued_at=at)
    payment.applied_at = at
    payment.save(update_fields=["applied_at"])
    booking.status, booking.confirmed_at = BookingStatus.CONFIRMED, at
    booking.expired_at = booking.failed_at = None
    booking.save(update_fields=["status", "confirmed_at", "expired_at", "failed_at"])
    event = ledger.record(booking, EventKind.CONFIRMED, at, reacquired=not was_pending)
    booking_confirmed.send(Booking, booking=booking, event=event)


def _settle_failure(
    booking: Booking, payment: Payment, report: ProviderReport, at: datetime
) -> None:
    payment.status = PaymentStatus(report.status)
    payment.settled_at, payment.poll_at = at, None
    payment.failure_code = report.failure_code
    payment.save(update_fields=["status", "settled_at", "poll_at", "failure_code"])
    ledger.record(
        booking,
        EventKind.PAYMENT_FAILED,
        at,
        actor=payment.provider,
        payment=str(payment.pk),
        status=report.status,
        failure=report.failure_code,
    )
    if not booking.payments.unsettled().exists():
        expired = report.status == "expired"
        _close_unpaid(booking, at, BookingStatus.EXPIRED if expired else BookingStatus.FAILED)


def _close_unpaid(booking: Booking, at: datetime, status: BookingStatus) -> None:
    """A pending order that will not be paid: its seats are open again at once."""
    if not booking.is_pending:
        return
    expired = status == BookingStatus.EXPIRED
    if booking.hold_id is not None:
        hold = holds.lock_hold(booking.hold_id)
        holds.end_hold(hold, HoldEnd.EXPIRED if expired else HoldEnd.RELEASED)
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
    _close_unpaid(booking, at, BookingStatus.EXPIRED)
    return True


@transaction.atomic
def _forget_unborn(payment_id: UUID, at: datetime) -> Payment:
    """A payment that the provider never heard of, past its time: nobody can pay it any more."""
    booking = _lock_booking_of(payment_id)
    payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)
    if payment.status == PaymentStatus.CREATED:
        report = ProviderReport("", "expired", 0, payment.currency, str(payment.pk))
        _settle_failure(booking, payment, report, at)
    return payment
