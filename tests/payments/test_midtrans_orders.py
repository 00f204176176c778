"""Orders at Midtrans: ended attempts, fees on top, and other providers' refusals."""

from __future__ import annotations

from typing import Any

import pytest

from bookings.models import Booking, Payment
from tests.bookings.fixtures import outcome
from tests.bookings.outcomes import CONFIRMED
from tests.payments.conftest import started
from tests.payments.fakes.midtrans import FakeMidtrans
from tests.payments.providers import MidtransDriver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]


@pytest.mark.parametrize(
    ("provider_status", "payment_status"),
    [("deny", "failed"), ("cancel", "cancelled"), ("expire", "expired"), ("pending", "pending")],
)
def test_midtrans_ends_an_attempt_without_money(
    midtrans: FakeMidtrans, order: Booking, provider_status: str, payment_status: str
) -> None:
    driver = MidtransDriver(midtrans)
    payment = started(driver, order)
    midtrans.choose(str(payment.pk), "credit_card")["transaction_status"] = provider_status

    driver.webhook(payment).send()

    payment.refresh_from_db()
    assert payment.status == payment_status


def with_fee(payment: Payment, fee_rupiah: int) -> dict[str, Any]:
    """Transaction fields of a payment whose customer paid a fee on top of its amount."""
    amounts = {
        "original_amount": str(payment.amount_rupiah),
        "gross_amount": str(payment.amount_rupiah + fee_rupiah),
        "customer_imposed_payment_fee": str(fee_rupiah),
    }
    return {
        "gross_amount": f"{payment.amount_rupiah + fee_rupiah}.00",
        "metadata": {"extra_info": {"gross_amount_info": amounts}},
    }


def test_midtrans_fee_on_top_is_not_a_mismatch(midtrans: FakeMidtrans, order: Booking) -> None:
    driver = MidtransDriver(midtrans)
    payment = started(driver, order)
    midtrans.pay(str(payment.pk), **with_fee(payment, 742))

    assert driver.webhook(payment).send() == 200

    assert outcome(order) == CONFIRMED
