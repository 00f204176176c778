"""Manual payouts: tasks for refunds that a provider cannot make."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from bookings.errors import NoteMissing, PayoutNotPossible, PayoutResolved
from bookings.models import Booking, EventKind, ManualPayout, Payment, Refund, RefundStatus
from bookings.orders import ledger
from bookings.orders.locks import lock_booking, lock_payment
from bookings.signals import refund_completed

# Failure codes after which no retry can succeed.
FINAL_CODES = frozenset({"refund_unsupported"})
# The money may be on its way: a manual payout could pay twice.
UNCLEAR_CODES = frozenset({"", "unavailable"})


def open_payout(
    booking: Booking, refund: Refund, cause: str, at: datetime, *, actor: str = ledger.SYSTEM
) -> ManualPayout:
    """Stop sending a refund and open a payout. Booking, payment, refund are locked."""
    refund.status, refund.next_attempt_at = RefundStatus.MANUAL, None
    refund.save(update_fields=["status", "next_attempt_at"])
    ledger.record(
        booking, EventKind.PAYOUT_DUE, at, actor=actor, refund=str(refund.pk), cause=cause
    )
    return ManualPayout.objects.create(refund=refund, cause=cause, opened_at=at)


def withdraw(refund: Refund) -> None:
    """Delete an open payout whose refund the provider made after all.

    Booking, payment, refund are locked. The ledger keeps the event.
    """
    ManualPayout.objects.filter(refund=refund, resolved_at__isnull=True).delete()


@transaction.atomic
def take_over(*, refund_id: UUID, actor: str = ledger.SYSTEM, at: datetime) -> ManualPayout:
    """Open a payout for a refund that its provider refused repeatedly. Locks booking, payment,
    refund.

    Raises PayoutNotPossible while the provider may still refund it.
    """
    booking, _payment, refund = _locked(refund_id)
    is_refused = refund.status == RefundStatus.FAILED and refund.failure_code not in UNCLEAR_CODES
    if not is_refused:
        raise PayoutNotPossible()
    return open_payout(booking, refund, refund.failure_code, at, actor=actor)


@transaction.atomic
def resolve(*, payout_id: int, user: User, note: str, at: datetime) -> ManualPayout:
    """Record a payout: the refund is done and the buyer is notified.

    Locks booking, payment, refund. Raises NoteMissing, PayoutResolved.
    """
    if not note.strip():
        raise NoteMissing()
    refund_id = ManualPayout.objects.values_list("refund_id", flat=True).get(pk=payout_id)
    booking, payment, refund = _locked(refund_id)
    payout = ManualPayout.objects.get(pk=payout_id)
    if payout.resolved_at is not None:
        raise PayoutResolved()
    payout.resolved_at, payout.resolved_by, payout.note = at, user, note.strip()
    payout.save(update_fields=["resolved_at", "resolved_by", "note"])
    refund.status, refund.refunded_at = RefundStatus.REFUNDED, at
    refund.save(update_fields=["status", "refunded_at"])
    payment.refunded_rupiah += refund.amount_rupiah
    payment.save(update_fields=["refunded_rupiah"])
    event = ledger.record(
        booking,
        EventKind.REFUNDED,
        at,
        actor=f"staff:{user.pk}",
        amount_rupiah=-refund.amount_rupiah,
        refund=str(refund.pk),
        by_hand=True,
    )
    refund_completed.send(Refund, booking=booking, event=event, refund=refund)
    return payout


def _locked(refund_id: UUID) -> tuple[Booking, Payment, Refund]:
    payment_id, booking_id = Refund.objects.values_list("payment_id", "payment__booking_id").get(
        pk=refund_id
    )
    booking = lock_booking(booking_id)
    payment = lock_payment(payment_id, booking)
    refund = Refund.objects.select_for_update(of=("self",), no_key=True).get(pk=refund_id)
    return booking, payment, refund
