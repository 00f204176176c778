"""Reading what Stripe says: sessions, refunds, and amounts in its units."""

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

# What to show with a session, so that one answer tells what came in and what went back.
INTENT_CHARGE = "payment_intent.latest_charge"
# Stripe counts rupiah in hundredths (IDR is none of its zero-decimal currencies). A currency that
# is not named here is counted in Stripe's own units, and never asked for.
UNITS_PER_WHOLE = {"IDR": 100}
NOTE_PIECES_MAX = 4


# Stripe has the money back and cannot reach this card any more.
NO_WAY_BACK = frozenset({"lost_or_stolen_card", "expired_or_canceled_card"})


def minor_units(amount: int, currency: str) -> int:
    """What we count, in Stripe's units."""
    return amount * UNITS_PER_WHOLE.get(currency.upper(), 1)


def whole_units(amount: object, currency: str) -> int:
    """Raises ProviderRefused for a sum that is no whole number of rupiah."""
    if type(amount) is not int:
        raise ProviderUnavailable("the answer makes no sense")
    whole, rest = divmod(amount, UNITS_PER_WHOLE.get(currency.upper(), 1))
    if rest:
        raise ProviderRefused("amount_not_whole")
    return whole


def session_report(session: dict[str, Any]) -> ProviderReport:
    """What was received, once it was; until then what was asked for."""
    intent = session.get("payment_intent")
    intent = intent if isinstance(intent, dict) else {}
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    status = _status(session, intent)
    is_paid = status == "succeeded" and "amount_received" in intent
    told = intent if is_paid else session
    currency = str(told.get("currency") or "").upper()
    amount = intent["amount_received"] if is_paid else session.get("amount_total") or 0
    if not isinstance(session.get("id"), str):
        raise ProviderUnavailable("the answer makes no sense")
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
    return order_notes.joined(kept.get(f"order_{number}") for number in range(NOTE_PIECES_MAX))


def _payer_email(details: object) -> str:
    email = details.get("email") if isinstance(details, dict) else None
    return email if isinstance(email, str) else ""


def may_be_made_again(refund: dict[str, Any]) -> bool:
    is_over = refund.get("status") in ("failed", "canceled")
    return is_over and refund.get("failure_reason") not in NO_WAY_BACK


def refund_report(refund: dict[str, Any]) -> RefundReport:
    status = refund.get("status")
    if status == "succeeded":
        return RefundReport("refunded")
    if status in ("pending", "requires_action"):
        return RefundReport("pending")
    if status in ("failed", "canceled"):
        reason = failure_code(refund.get("failure_reason") or status)
        if reason in NO_WAY_BACK:
            raise RefundImpossible(reason)
        return RefundReport("failed", reason)
    raise ProviderUnavailable("the answer makes no sense")


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
    raise ProviderUnavailable("the answer makes no sense")


def _failure(status: ReportStatus, intent: dict[str, Any]) -> str:
    if status in ("pending", "succeeded"):
        return ""
    error = intent.get("last_payment_error")
    error = error if isinstance(error, dict) else {}
    return failure_code(error.get("decline_code") or error.get("code") or f"session_{status}")
