"""Parsing of Stripe responses: sessions, refunds and amounts."""

from __future__ import annotations

from typing import Any

from bookings.payments import order_notes
from bookings.payments.base import (
    ProviderRefused,
    ProviderReport,
    ProviderUnavailable,
    RefundImpossible,
    RefundReport,
    ReportStatus,
)
from bookings.payments.http import failure_code

# Expanded with a session, so that one response has the received and refunded amounts.
INTENT_CHARGE = "payment_intent.latest_charge"
# Stripe counts rupiah in hundredths (IDR is not one of its zero-decimal currencies). Other
# currencies are never requested and are reported in Stripe's own units.
UNITS_PER_WHOLE = {"IDR": 100}
NOTE_PIECES_MAX = 4


# Refund failures after which this card can never be refunded.
FINAL_FAILURES = frozenset({"lost_or_stolen_card", "expired_or_canceled_card"})


def minor_units(amount: int, currency: str) -> int:
    """``amount`` of whole units in Stripe's units."""
    return amount * UNITS_PER_WHOLE.get(currency.upper(), 1)


def whole_units(amount: object, currency: str) -> int:
    """``amount`` in whole units. Raises ProviderRefused if it is not whole."""
    if type(amount) is not int:
        raise ProviderUnavailable("malformed response")
    whole, rest = divmod(amount, UNITS_PER_WHOLE.get(currency.upper(), 1))
    if rest:
        raise ProviderRefused("amount_not_whole")
    return whole


def session_report(session: dict[str, Any]) -> ProviderReport:
    """Report with the received amount once paid, before with the requested one."""
    intent = session.get("payment_intent")
    intent = intent if isinstance(intent, dict) else {}
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    status = _status(session, intent)
    is_paid = status == "succeeded" and "amount_received" in intent
    source = intent if is_paid else session
    currency = str(source.get("currency") or "").upper()
    amount = intent["amount_received"] if is_paid else session.get("amount_total") or 0
    if not isinstance(session.get("id"), str):
        raise ProviderUnavailable("malformed response")
    return ProviderReport(
        reference=session["id"],
        status=status,
        amount_rupiah=whole_units(amount, currency),
        currency=currency,
        merchant_reference=str(session.get("client_reference_id") or ""),
        failure_code=_failure(status, intent),
        refunded_rupiah=whole_units(charge.get("amount_refunded", 0), currency),
        note=_note(session.get("metadata")),
        payer_email=_payer_email(session.get("customer_details")),
    )


def _note(metadata: object) -> str:
    kept = metadata if isinstance(metadata, dict) else {}
    return order_notes.join(kept.get(f"order_{number}") for number in range(NOTE_PIECES_MAX))


def _payer_email(details: object) -> str:
    email = details.get("email") if isinstance(details, dict) else None
    return email if isinstance(email, str) else ""


def is_repeatable(refund: dict[str, Any]) -> bool:
    is_over = refund.get("status") in ("failed", "canceled")
    return is_over and refund.get("failure_reason") not in FINAL_FAILURES


def refund_report(refund: dict[str, Any]) -> RefundReport:
    status = refund.get("status")
    if status == "succeeded":
        return RefundReport("refunded")
    if status in ("pending", "requires_action"):
        return RefundReport("pending")
    if status in ("failed", "canceled"):
        reason = failure_code(refund.get("failure_reason") or status)
        if reason in FINAL_FAILURES:
            raise RefundImpossible(reason)
        return RefundReport("failed", reason)
    raise ProviderUnavailable("malformed response")


def _status(session: dict[str, Any], intent: dict[str, Any]) -> ReportStatus:
    match session.get("status"), session.get("payment_status"), intent.get("status"):
        case _, "paid", _:
            return "succeeded"
        case "expired", _, _:
            return "expired"
        case "complete", "unpaid", "canceled":
            return "cancelled"
        case "complete", "unpaid", "requires_payment_method":
            return "failed"
        case "open" | "complete", _, _:
            return "pending"  # a declined card may be tried again on the open page
    raise ProviderUnavailable("malformed response")


def _failure(status: ReportStatus, intent: dict[str, Any]) -> str:
    if status in ("pending", "succeeded"):
        return ""
    error = intent.get("last_payment_error")
    error = error if isinstance(error, dict) else {}
    return failure_code(error.get("decline_code") or error.get("code") or f"session_{status}")
