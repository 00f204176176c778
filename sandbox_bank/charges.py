"""State transitions of charges: opened by a merchant, chosen by a payer, settled, refunded.

Every change locks the charge's row, rechecks, writes, and stores its webhooks in the same
transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from sandbox_bank.errors import Conflict, NoSuchCharge, Unprocessable
from sandbox_bank.models import (
    Charge,
    ChargeRefund,
    ChargeStatus,
    RefundStatus,
    Scenario,
    event_reference,
)
from sandbox_bank.webhooks import announce

SESSION_MAX = timedelta(days=1)
DELAY_SECONDS_DEFAULT = 10
DELAY_SECONDS_MAX = 3600
LATE_SECONDS = 3  # from the end of the session to a late payment
WRONG_BY = 1000  # difference of a wrong amount
WRONG_CURRENCY = "USD"
FETCH_FAILURES = 3
SHUFFLE_SECONDS = 2  # between webhooks that are sent out of order
DUE_BATCH = 100


@dataclass(frozen=True)
class ChargeOrder:
    """A merchant's request for a charge."""

    merchant: str
    merchant_reference: str
    description: str
    amount: int
    currency: str
    return_url: str
    expires_at: datetime

    def fingerprint(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()


def open_charge(order: ChargeOrder, *, idempotency_key: str, at: datetime) -> tuple[Charge, bool]:
    """The charge with this idempotency key, and whether it is new. Raises Unprocessable."""
    fields = vars(order) | {"fingerprint": order.fingerprint(), "created_at": at}
    existing = Charge.objects.filter(idempotency_key=idempotency_key).first()
    if existing is None:
        if not at < order.expires_at <= at + SESSION_MAX:
            raise Unprocessable("bad_expires_at")
        existing, is_new = Charge.objects.get_or_create(
            idempotency_key=idempotency_key, defaults=fields
        )
        if is_new:
            return existing, True
    if existing.fingerprint != fields["fingerprint"]:
        raise Unprocessable("idempotency_key_reused")
    return existing, False


def current_charge(reference: str, *, at: datetime) -> Charge:
    """The charge at ``at``, settled first if due. Raises NoSuchCharge."""
    charge = Charge.objects.filter(reference=reference).first()
    if charge is None:
        raise NoSuchCharge
    settle_if_due([charge], at=at)
    return charge


def settle_if_due(charges: Sequence[Charge], *, at: datetime) -> None:
    """Settle those of ``charges`` that are due at ``at``."""
    due = Charge.objects.due(at).filter(pk__in=[charge.pk for charge in charges])
    due_ids = set(due.values_list("pk", flat=True))
    for charge in charges:
        if charge.pk in due_ids:
            settle(charge.pk, at=at)
            charge.refresh_from_db()


@transaction.atomic
def choose(reference: str, scenario: Scenario, *, delay_seconds: int, at: datetime) -> Charge:
    """Apply the payer's choice; a second or late one changes nothing. Raises NoSuchCharge."""
    charge = Charge.objects.select_for_update().filter(reference=reference).first()
    if charge is None:
        raise NoSuchCharge
    if not charge.is_open(at):
        return charge
    charge.scenario = scenario
    if scenario == Scenario.DELAY:
        charge.pay_at = at + timedelta(seconds=min(max(delay_seconds, 1), DELAY_SECONDS_MAX))
    elif scenario == Scenario.LATE:
        charge.pay_at = charge.expires_at + timedelta(seconds=LATE_SECONDS)
    elif scenario == Scenario.DECLINE:
        _close(charge, ChargeStatus.FAILED, "declined_by_payer", at=at)
    elif scenario == Scenario.CANCEL:
        _close(charge, ChargeStatus.CANCELLED, "cancelled_by_payer", at=at)
    else:
        _succeed(charge, at=at)
    charge.save()
    return charge


@transaction.atomic
def close_charge(reference: str, *, at: datetime) -> Charge:
    """Close the payment page. A delayed payment already chosen still succeeds."""
    charge = Charge.objects.select_for_update().filter(reference=reference).first()
    if charge is None:
        raise NoSuchCharge
    if charge.status == ChargeStatus.PENDING:
        _close(charge, ChargeStatus.EXPIRED, "closed_by_merchant", at=at)
        charge.save()
    return charge


@transaction.atomic
def settle(charge_id: int, *, at: datetime) -> None:
    """Complete a delayed payment, or expire a session."""
    charge = Charge.objects.select_for_update().get(pk=charge_id)
    if charge.status not in (ChargeStatus.PENDING, ChargeStatus.EXPIRED):
        return
    if charge.pay_at is not None and charge.pay_at <= at:
        _succeed(charge, at=at)
    elif charge.status == ChargeStatus.PENDING and charge.expires_at <= at:
        _close(charge, ChargeStatus.EXPIRED, "session_expired", at=at)
    charge.save()


def settle_due(*, at: datetime) -> int:
    """Settle due charges, at most DUE_BATCH; returns how many."""
    due = list(Charge.objects.due(at).values_list("pk", flat=True)[:DUE_BATCH])
    for charge_id in due:
        settle(charge_id, at=at)
    return len(due)


def _close(charge: Charge, status: ChargeStatus, failure_code: str, *, at: datetime) -> None:
    charge.status, charge.settled_at, charge.failure_code = status, at, failure_code
    announce(charge, f"charge.{status.value}", at=at)


def _succeed(charge: Charge, *, at: datetime) -> None:
    charge.status, charge.settled_at = ChargeStatus.SUCCEEDED, at
    charge.failure_code = ""
    charge.captured_amount, charge.captured_currency = charge.amount, charge.currency
    if charge.scenario == Scenario.WRONG_AMOUNT:
        charge.captured_amount += -WRONG_BY if charge.amount > WRONG_BY else WRONG_BY
    elif charge.scenario == Scenario.WRONG_CURRENCY:
        charge.captured_currency = WRONG_CURRENCY
    elif charge.scenario == Scenario.FETCH_FAILS:
        charge.fetch_failures_left = FETCH_FAILURES
    elif charge.scenario == Scenario.REFUND_FAILS:
        charge.refund_failures_left = 1
    _announce_success(charge, at=at)


def _announce_success(charge: Charge, *, at: datetime) -> None:
    event_id = event_reference()
    succeeded = f"charge.{ChargeStatus.SUCCEEDED.value}"
    if charge.scenario == Scenario.WEBHOOK_DROPPED:
        return
    announce(charge, succeeded, at=at, event_id=event_id)
    if charge.scenario == Scenario.WEBHOOK_TWICE:
        announce(charge, succeeded, at=at, event_id=event_id)
    elif charge.scenario == Scenario.WEBHOOK_SHUFFLED:
        pending = f"charge.{ChargeStatus.PENDING.value}"
        announce(charge, pending, at=at, after_seconds=SHUFFLE_SECONDS)
        announce(charge, succeeded, at=at, event_id=event_id, after_seconds=2 * SHUFFLE_SECONDS)


@transaction.atomic
def refund_charge(
    reference: str, amount: int, *, idempotency_key: str, at: datetime
) -> tuple[ChargeRefund, bool]:
    """The refund with this key, and whether it is new. A failed one is attempted again.

    Raises NoSuchCharge, Unprocessable, Conflict.
    """
    charge = Charge.objects.select_for_update().filter(reference=reference).first()
    if charge is None:
        raise NoSuchCharge
    refund = ChargeRefund.objects.filter(idempotency_key=idempotency_key).first()
    is_new = refund is None
    if refund is None:
        refund = ChargeRefund(
            charge=charge, idempotency_key=idempotency_key, amount=amount, created_at=at
        )
    elif refund.charge_id != charge.pk or refund.amount != amount:
        raise Unprocessable("idempotency_key_reused")
    elif refund.status == RefundStatus.REFUNDED:
        return refund, False
    if charge.status != ChargeStatus.SUCCEEDED:
        raise Conflict("charge_not_paid")
    if amount > charge.refundable_amount:
        raise Conflict("amount_exceeds_captured")
    _give_back(charge, refund)
    announce(charge, "refund.succeeded" if not refund.failure_code else "refund.failed", at=at)
    return refund, is_new


def _give_back(charge: Charge, refund: ChargeRefund) -> None:
    if charge.refund_failures_left:
        charge.refund_failures_left -= 1
        refund.status, refund.failure_code = RefundStatus.FAILED, "payer_bank_offline"
    else:
        charge.refunded_amount += refund.amount
        refund.status, refund.failure_code = RefundStatus.REFUNDED, ""
    charge.save(update_fields=["refunded_amount", "refund_failures_left"])
    refund.save()


def use_fetch_failure(charge: Charge) -> bool:
    """Use up one of the errors of the test case; False if none is left."""
    if not charge.fetch_failures_left:
        return False
    return bool(
        Charge.objects.filter(pk=charge.pk, fetch_failures_left__gt=0).update(
            fetch_failures_left=F("fetch_failures_left") - 1
        )
    )
