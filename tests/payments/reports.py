"""Reports and refunds that the tests expect."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bookings.models import Payment, Refund
from bookings.payments.base import ProviderReport
from tests.payments.conftest import AMOUNT_RUPIAH


def reference_of(payment: Payment) -> str:
    assert payment.reference is not None
    return payment.reference


def report(payment: Payment, status: Any, **facts: Any) -> ProviderReport:
    expected = ProviderReport(
        reference=reference_of(payment),
        status=status,
        amount_rupiah=AMOUNT_RUPIAH,
        currency="IDR",
        merchant_reference=str(payment.pk),
        refunded_rupiah=0,
    )
    return replace(expected, **facts)


def refund_of(payment: Payment, amount_rupiah: int = AMOUNT_RUPIAH) -> Refund:
    return Refund(payment=payment, amount_rupiah=amount_rupiah, reason="late")
