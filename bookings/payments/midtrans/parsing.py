"""Parsing of Midtrans responses: states, refunds and amounts."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from bookings.payments.base import (
    ProviderRefused,
    ProviderReport,
    ProviderUnavailable,
    RefundReport,
    ReportStatus,
)
from bookings.payments.http import failure_code

CURRENCY = "IDR"
STATUSES: dict[str, ReportStatus] = {
    "pending": "pending",
    "authorize": "pending",
    "settlement": "succeeded",
    "refund": "succeeded",
    "partial_refund": "succeeded",
    "chargeback": "succeeded",
    "partial_chargeback": "succeeded",
    "deny": "failed",
    "failure": "failed",
    "cancel": "cancelled",
    "expire": "expired",
}
# A captured card payment counts once fraud detection accepts it.
CAPTURES: dict[str, ReportStatus] = {
    "accept": "succeeded",
    "challenge": "pending",
    "deny": "failed",
}


def code_of(answer: dict[str, Any]) -> str:
    return failure_code(answer.get("status_code", "unknown"))


def status_of(found: dict[str, Any]) -> str:
    """Some wallets report it in capitals."""
    return str(found["transaction_status"]).lower()


def refund_report(code: str, is_direct: bool) -> RefundReport:
    if code == "200":
        return RefundReport("refunded" if is_direct else "pending")
    if code == "202":
        return RefundReport("failed", "denied_by_bank")
    if code == "406":  # duplicate key that the status did not list: check again later
        return RefundReport("pending", code)
    raise ProviderRefused(code)


def order_report(found: dict[str, Any]) -> ProviderReport:
    transaction_status = status_of(found)
    if transaction_status == "capture":
        status = CAPTURES.get(str(found.get("fraud_status")).lower())
    else:
        status = STATUSES.get(transaction_status)
    if status is None or not isinstance(found.get("order_id"), str):
        raise ProviderUnavailable("malformed response")
    return ProviderReport(
        reference=found["order_id"],
        status=status,
        amount_rupiah=order_rupiah(found),
        currency=str(found.get("currency", CURRENCY)),
        merchant_reference=found["order_id"],
        failure_code="" if status in ("pending", "succeeded") else transaction_status,
        refunded_rupiah=rupiah(found.get("refund_amount", "0")),
    )


def order_rupiah(found: dict[str, Any]) -> int:
    """The amount of the order, without a fee that Midtrans added for the customer.

    Such a fee is part of ``gross_amount``; the amounts count only if they add up to it.
    """
    gross = rupiah(found.get("gross_amount"))
    info: Any = found.get("metadata") or found
    for name in ("extra_info", "gross_amount_info"):
        info = info.get(name) if isinstance(info, dict) else None
    if not isinstance(info, dict):
        return gross
    original = rupiah(info.get("original_amount"))
    fee = rupiah(info.get("customer_imposed_payment_fee"))
    return original if fee > 0 and original + fee == gross else gross


def rupiah(amount: object) -> int:
    """ "30000.00" → 30000. Raises ProviderRefused if it is not a whole number of rupiah."""
    try:
        value = Decimal(str(amount))
        if value != int(value):
            raise ProviderRefused("amount_not_whole")
        return int(value)
    except (InvalidOperation, ValueError, OverflowError):
        raise ProviderUnavailable("malformed response") from None
