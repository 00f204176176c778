"""Refunds: created in the transaction that finds them due, sent by a worker.

Delivery is at least once with one idempotency key per refund, so a repeated call returns the
provider's first response. A failed refund is retried with exponential backoff; after
``REFUND_NEEDS_HUMAN_HOURS`` ``reports`` raises an incident. One that the provider cannot make
becomes a manual payout (``bookings.refunds.payouts``) at once.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime
from uuid import UUID

from django.db import OperationalError, transaction

from bookings.errors import ProviderUnknown, RefundNotRetryable
from bookings.models import (
    Booking,
    EventKind,
    ManualPayout,
    Payment,
    Refund,
    RefundReason,
    RefundStatus,
)
from bookings.orders import ledger
from bookings.orders.locks import lock_booking, lock_payment
from bookings.payments import registry
from bookings.payments.base import (
    ProviderRefused,
    ProviderUnavailable,
    RefundImpossible,
    RefundReport,
)
from bookings.refunds import payouts
from bookings.signals import refund_completed, refund_due
from core.outbox import Backoff, Lease

logger = logging.getLogger(__name__)

REFUND_BATCH = 50
LEASE = Lease(seconds=60)
REFUND_BUDGET_SECONDS = 30  # a hanging provider must not block the worker
BACKOFF = Backoff(first_seconds=60, max_seconds=60 * 60)
REFUND_NEEDS_HUMAN_HOURS = 24
MEANINGS = {
    "refunded": (RefundStatus.REFUNDED, EventKind.REFUNDED),
    "pending": (RefundStatus.SENT, EventKind.REFUND_SENT),
    "failed": (RefundStatus.FAILED, EventKind.REFUND_FAILED),
}


def create_refund(
    booking: Booking,
    payment: Payment,
    amount_rupiah: int,
    reason: RefundReason,
    at: datetime,
    *,
    actor: str = ledger.SYSTEM,
) -> Refund | None:
    """Create a refund. The caller has locked booking and payment.

    None for an amount of 0. A constraint refuses more than was captured.
    """
    if amount_rupiah == 0:
        return None
    payment.refund_due_rupiah += amount_rupiah
    payment.save(update_fields=["refund_due_rupiah"])
    refund = Refund.objects.create(
        payment=payment,
        amount_rupiah=amount_rupiah,
        reason=reason,
        created_at=at,
        next_attempt_at=at,
    )
    event = ledger.record(
        booking,
        EventKind.REFUND_DUE,
        at,
        actor=actor,
        refund=str(refund.pk),
        due_rupiah=amount_rupiah,
        reason=reason.value,
    )
    refund_due.send(Refund, booking=booking, event=event, refund=refund)
    return refund


def send_due_refunds(at: datetime) -> int:
    """Send due refunds, at most REFUND_BATCH; returns how many were tried."""
    begun = time.monotonic()
    tried = 0
    for refund in _claim_due(at):
        if time.monotonic() - begun > REFUND_BUDGET_SECONDS:
            break  # the rest is due again when its lease ends
        tried += 1
        try:
            _send(refund, at)
        except OperationalError:
            continue  # sent but not recorded: sent again after the lease, under the same key
    return tried


@transaction.atomic
def retry_refund(*, refund_id: UUID, at: datetime) -> Refund:
    """Make the refund due now; the next run sends it under the same idempotency key.

    Locks the refund. Raises RefundNotRetryable if it is refunded or paid out by hand.
    """
    refund = Refund.objects.select_for_update(of=("self",), no_key=True).get(pk=refund_id)
    if refund.status in (RefundStatus.REFUNDED, RefundStatus.MANUAL):
        raise RefundNotRetryable()
    refund.next_attempt_at = at
    refund.save(update_fields=["next_attempt_at"])
    return refund


def _claim_due(at: datetime) -> list[Refund]:
    due = Refund.objects.exclude(status=RefundStatus.REFUNDED).filter(next_attempt_at__lte=at)
    return LEASE.claim_batch(due.select_related("payment"), at, REFUND_BATCH)


def _send(refund: Refund, at: datetime) -> None:
    try:
        gateway = registry.provider(refund.payment.provider)
        report = gateway.refund(refund, reference=refund.payment.reference or "")
    except ProviderUnknown:
        report = RefundReport("failed", "provider_unknown")
    except RefundImpossible as refusal:
        report = RefundReport("failed", refusal.failure_code, is_final=True)
    except ProviderRefused as refusal:
        report = RefundReport("failed", refusal.failure_code)
    except ProviderUnavailable:
        report = RefundReport("failed", "unavailable")
    _record_answer(refund.pk, refund.payment.booking_id, report, at)


@transaction.atomic
def _record_answer(refund_id: UUID, booking_id: UUID, report: RefundReport, at: datetime) -> None:
    booking = lock_booking(booking_id)
    payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id)
    payment = lock_payment(payment_id, booking)
    refund = Refund.objects.select_for_update(of=("self",), no_key=True).get(pk=refund_id)
    if refund.status == RefundStatus.REFUNDED:
        _warn_of_second(refund, report)
        return
    if refund.status == RefundStatus.MANUAL:
        if report.status == "failed":
            return
        payouts.withdraw(refund)  # staff opened a manual payout during the provider's call
    refund.attempts += 1
    refund.failure_code = report.failure_code
    refund.next_attempt_at = at + BACKOFF.after(refund.attempts)
    is_news = report.status != "pending" or refund.status != RefundStatus.SENT
    refund.status, kind = MEANINGS[report.status]
    if report.status == "refunded":
        refund.refunded_at, refund.next_attempt_at = at, None
        payment.refunded_rupiah += refund.amount_rupiah
        payment.save(update_fields=["refunded_rupiah"])
    refund.save(
        update_fields=["status", "attempts", "failure_code", "next_attempt_at", "refunded_at"]
    )
    if not is_news:
        return
    event = ledger.record(
        booking,
        kind,
        at,
        actor=payment.provider,
        amount_rupiah=-refund.amount_rupiah if kind == EventKind.REFUNDED else 0,
        refund=str(refund.pk),
        failure=report.failure_code,
    )
    is_hopeless = report.is_final or report.failure_code in payouts.FINAL_CODES
    if report.status == "failed" and is_hopeless:
        payouts.open_payout(booking, refund, report.failure_code, at)
    if kind == EventKind.REFUNDED:
        refund_completed.send(Refund, booking=booking, event=event, refund=refund)


def _warn_of_second(refund: Refund, report: RefundReport) -> None:
    """Log a refund that was paid by hand and by the provider; reconciliation reports it too."""
    is_by_hand = ManualPayout.objects.filter(refund=refund).exists()
    if is_by_hand and report.status != "failed":
        logger.critical("refund %s was paid out by hand, and its provider sent it too", refund.pk)
