"""Refunds through Midtrans, over HTTP against its fake."""

from __future__ import annotations

import pytest

from bookings.models import Payment
from bookings.payments.base import ProviderRefused, RefundImpossible, RefundReport
from bookings.payments.midtrans.provider import MidtransProvider
from tests.payments.conftest import AMOUNT_RUPIAH, RETURN_URL
from tests.payments.fakes.midtrans import FakeMidtrans
from tests.payments.reports import reference_of, refund_of, report


@pytest.fixture
def provider(midtrans: FakeMidtrans) -> MidtransProvider:
    return MidtransProvider()


@pytest.fixture
def page(provider: MidtransProvider, payment: Payment) -> Payment:
    """The payment, its page open."""
    created = provider.create(payment, description="Layar ABC", return_url=RETURN_URL)
    payment.reference, payment.redirect_url = created.reference, created.redirect_url
    return payment


def test_refund_of_a_wallet_is_direct_and_made_once(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.pay(str(page.pk), "gopay")
    refund = refund_of(page)

    first = provider.refund(refund, reference=str(page.pk))
    second = provider.refund(refund, reference=str(page.pk))

    assert (first, second) == (RefundReport("refunded"), RefundReport("refunded"))
    assert provider.fetch(str(page.pk)) == report(page, "succeeded", refunded_rupiah=AMOUNT_RUPIAH)
    posts = [request for request in midtrans.requests if "/refund" in request.path]
    assert [(request.path, request.json) for request in posts] == [
        (
            f"/v2/{page.pk}/refund/online/direct",
            {
                "refund_key": str(refund.pk),
                "amount": AMOUNT_RUPIAH,
                "reason": refund.get_reason_display(),
            },
        )
    ]


def test_refund_of_a_settled_card_waits_for_the_bank(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    order = midtrans.pay(str(page.pk), "credit_card")
    order["transaction_status"] = "settlement"
    refund = refund_of(page, 6000)

    sent = provider.refund(refund, reference=str(page.pk))
    asked_again = provider.refund(refund, reference=str(page.pk))
    order["refunds"][0]["bank_confirmed_at"] = "2026-11-24 09:00:00"
    confirmed = provider.refund(refund, reference=str(page.pk))

    assert [sent, asked_again, confirmed] == [
        RefundReport("pending"),
        RefundReport("pending"),
        RefundReport("refunded"),
    ]
    assert midtrans.calls().count(f"POST /v2/{page.pk}/refund") == 1


def test_refund_of_a_card_before_settlement_voids_all_or_waits(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.pay(str(page.pk), "credit_card")

    part = provider.refund(refund_of(page, 6000), reference=str(page.pk))
    whole = provider.refund(refund_of(page), reference=str(page.pk))
    again = provider.refund(refund_of(page), reference=str(page.pk))

    assert [part, whole, again] == [
        RefundReport("failed", "not_settled_yet"),
        RefundReport("refunded"),
        RefundReport("refunded"),
    ]
    assert midtrans.calls().count(f"POST /v2/{page.pk}/cancel") == 1


def test_partial_refunds_have_separate_keys(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.pay(str(page.pk))

    provider.refund(refund_of(page, 6000), reference=str(page.pk))
    provider.refund(refund_of(page, 100_000), reference=str(page.pk))
    with pytest.raises(ProviderRefused) as refusal:
        provider.refund(refund_of(page, 1), reference=str(page.pk))

    assert refusal.value.failure_code == "412"
    assert provider.fetch(str(page.pk)) == report(page, "succeeded", refunded_rupiah=AMOUNT_RUPIAH)


def test_refund_beyond_the_payment_is_refused(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.pay(str(page.pk))

    with pytest.raises(ProviderRefused) as refusal:
        provider.refund(refund_of(page, AMOUNT_RUPIAH + 1), reference=str(page.pk))

    assert refusal.value.failure_code == "414"


def test_refund_denied_by_the_bank_may_be_repeated(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.pay(str(page.pk))
    refund, midtrans.denies_refunds = refund_of(page), True

    first = provider.refund(refund, reference=str(page.pk))
    midtrans.denies_refunds = False
    second = provider.refund(refund, reference=str(page.pk))

    assert (first, second) == (RefundReport("failed", "denied_by_bank"), RefundReport("refunded"))


def test_refund_whose_response_is_lost_is_made_once(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.pay(str(page.pk))
    order, refund = midtrans.orders[str(page.pk)], refund_of(page, 6000)
    provider._status(str(page.pk))
    midtrans.faults = [None, "lost"]

    lost = provider.refund(refund, reference=str(page.pk))
    seen = provider.refund(refund, reference=str(page.pk))

    assert (lost, seen) == (RefundReport("pending", "406"), RefundReport("refunded"))
    assert order["refund_amount"] == "6000.00"


def test_refund_of_an_unpaid_order_is_refused(provider: MidtransProvider, page: Payment) -> None:
    with pytest.raises(ProviderRefused) as refusal:
        provider.refund(refund_of(page), reference=str(page.pk))

    assert refusal.value.failure_code == "404"


def test_refund_of_a_part_is_impossible_at_shopeepay(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.pay(str(page.pk), "shopeepay")

    with pytest.raises(RefundImpossible) as refusal:
        provider.refund(refund_of(page, 6000), reference=str(page.pk))
    whole = provider.refund(refund_of(page), reference=str(page.pk))

    assert (refusal.value.failure_code, whole) == ("no_partial_refund", RefundReport("refunded"))


FEE_ON_TOP = {
    "gross_amount": f"{AMOUNT_RUPIAH + 742}.00",
    "metadata": {
        "extra_info": {
            "gross_amount_info": {
                "original_amount": str(AMOUNT_RUPIAH),
                "customer_imposed_payment_fee": "742",
            }
        }
    },
}


@pytest.mark.parametrize("payment_type", ["qris", "credit_card"])
def test_refund_after_a_fee_on_top_is_made(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment, payment_type: str
) -> None:
    midtrans.pay(str(page.pk), payment_type, **FEE_ON_TOP)

    made = provider.refund(refund_of(page), reference=reference_of(page))

    assert made == RefundReport("refunded")


def test_refund_after_a_fee_on_top_is_impossible_at_shopeepay(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.pay(str(page.pk), "shopeepay", **FEE_ON_TOP)

    with pytest.raises(RefundImpossible):
        provider.refund(refund_of(page), reference=reference_of(page))
