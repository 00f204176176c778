"""Refunds through Stripe, over HTTP against its fake."""

from __future__ import annotations

import pytest
from django.utils import timezone

from bookings.models import Payment
from bookings.payments.base import ProviderRefused, RefundImpossible, RefundReport
from bookings.payments.stripe.provider import StripeProvider
from tests.payments.conftest import AMOUNT_RUPIAH, RETURN_URL
from tests.payments.fakes.server import Fault
from tests.payments.fakes.stripe import FakeStripe
from tests.payments.reports import reference_of, refund_of, report


@pytest.fixture
def provider(stripe: FakeStripe) -> StripeProvider:
    return StripeProvider()


@pytest.fixture
def session(provider: StripeProvider, payment: Payment) -> Payment:
    """The payment, its session open."""
    payment.created_at = timezone.now()
    created = provider.create(payment, description="Layar ABC", return_url=RETURN_URL)
    payment.reference, payment.redirect_url = created.reference, created.redirect_url
    return payment


def test_repeated_refund_is_made_once(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    stripe.pay(reference_of(session))
    refund = refund_of(session, 6000)

    first = provider.refund(refund, reference=reference_of(session))
    stripe.stored_responses.clear()  # a day later, when Stripe has forgotten the key
    second = provider.refund(refund, reference=reference_of(session))

    assert (first, second) == (RefundReport("refunded"), RefundReport("refunded"))
    assert provider.fetch(reference_of(session)) == report(
        session, "succeeded", refunded_rupiah=6000
    )


@pytest.mark.parametrize("fault", ["lost", "slow", "5xx"])
def test_refund_after_a_fault_is_made_once(
    provider: StripeProvider, stripe: FakeStripe, session: Payment, fault: Fault
) -> None:
    stripe.pay(reference_of(session))
    stripe.faults = [None, None, fault, fault]

    response = provider.refund(refund_of(session), reference=reference_of(session))

    assert (response, len(stripe.refunds)) == (RefundReport("refunded"), 1)


def test_partial_refunds_end_at_the_received_amount(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    stripe.pay(reference_of(session))
    provider.refund(refund_of(session, 6000), reference=reference_of(session))

    with pytest.raises(ProviderRefused) as refusal:
        provider.refund(refund_of(session), reference=reference_of(session))
    provider.refund(refund_of(session, AMOUNT_RUPIAH - 6000), reference=reference_of(session))

    assert refusal.value.failure_code == "amount_too_large"
    assert provider.fetch(reference_of(session)) == report(
        session, "succeeded", refunded_rupiah=AMOUNT_RUPIAH
    )


def test_refund_of_a_foreign_currency_keeps_its_amount(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    stripe.pay(reference_of(session), 525, "usd")
    session.currency = "USD"

    provider.refund(refund_of(session, 525), reference=reference_of(session))

    assert [refund["amount"] for refund in stripe.refunds] == [525]


def test_refund_refused_for_balance_succeeds_under_a_new_key(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    stripe.pay(reference_of(session))
    refund, stripe.balance_is_enough = refund_of(session), False

    with pytest.raises(ProviderRefused) as refusal:
        provider.refund(refund, reference=reference_of(session))
    stripe.balance_is_enough = True
    refund.failure_code, refund.attempts = refusal.value.failure_code, 1

    assert provider.refund(refund, reference=reference_of(session)) == RefundReport("refunded")


@pytest.mark.parametrize(
    ("status", "response"),
    [
        ("pending", RefundReport("pending")),
        ("requires_action", RefundReport("pending")),
        ("canceled", RefundReport("failed", "canceled")),
    ],
)
def test_refund_reads_every_state(
    provider: StripeProvider,
    stripe: FakeStripe,
    session: Payment,
    status: str,
    response: RefundReport,
) -> None:
    stripe.pay(reference_of(session))
    stripe.refund_status = status

    assert provider.refund(refund_of(session), reference=reference_of(session)) == response


def test_refund_to_a_closed_card_is_impossible(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    stripe.pay(reference_of(session))
    stripe.refund_status = "failed"

    with pytest.raises(RefundImpossible) as refusal:
        provider.refund(refund_of(session), reference=reference_of(session))

    assert refusal.value.failure_code == "expired_or_canceled_card"


def test_refund_that_failed_later_is_not_sent_again(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    stripe.pay(reference_of(session))
    refund, stripe.refund_status = refund_of(session), "pending"
    sent = provider.refund(refund, reference=reference_of(session))
    stripe.refunds[0] |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}

    with pytest.raises(RefundImpossible):
        provider.refund(refund, reference=reference_of(session))

    assert (sent, len(stripe.refunds)) == (RefundReport("pending"), 1)
