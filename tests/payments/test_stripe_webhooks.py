"""Webhooks of Stripe, over HTTP against its fake."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from bookings.models import Payment
from bookings.payments.base import BadSignature, WebhookEvent
from bookings.payments.stripe.provider import StripeProvider
from tests.payments.conftest import RETURN_URL
from tests.payments.fakes.stripe import WEBHOOK_SECRET, FakeStripe, signature
from tests.payments.reports import reference_of


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


def test_webhook_signed_by_stripe_is_accepted(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    body = stripe.event(reference_of(session), event_id="evt_1")

    event = provider.verify_webhook({"Stripe-Signature": signature(body)}, body)

    assert event == WebhookEvent("evt_1", reference_of(session))


def test_webhook_signed_with_either_secret_is_accepted(
    provider: StripeProvider, stripe: FakeStripe, session: Payment, settings: Any
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", WEBHOOK_SECRET]
    body = stripe.event(reference_of(session), event_id="evt_1")
    old, new = signature(body), signature(body, secret="whsec_new")
    both = f"{new},{old.partition(',')[2]}"

    for header in (old, new, both, f"{old},v0=00"):
        event = provider.verify_webhook({"stripe-signature": header}, body)
        assert event == WebhookEvent("evt_1", reference_of(session))


BODY = json.dumps({"id": "evt_1", "data": {"object": {"id": "cs_1"}}}).encode()


def _unsigned(rest: str) -> str:
    return f"t={int(time.time())}{rest}"


# Made when the test runs: a signature ages.
FORGED: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "no signature": lambda: _unsigned(""),
    "empty signature": lambda: _unsigned(",v1="),
    "not ASCII": lambda: _unsigned(",v1=é"),
    "very many": lambda: _unsigned(",v1=00" * 500),
    "no time": lambda: "v1=" + "0" * 64,
    "empty time": lambda: "t=,v1=",
    "words for a time": lambda: "t=soon,v1=00",
    "other digits": lambda: "t=١٢٣,v1=00",
    "endless time": lambda: f"t={'9' * 30},v1=00",
    "another's secret": lambda: signature(BODY, secret="another"),
    "empty secret": lambda: signature(BODY, secret=""),
    "old scheme": lambda: signature(BODY).replace("v1=", "v0="),
    "another body": lambda: signature(BODY + b" "),
}


@pytest.mark.parametrize("forged_webhook", FORGED.values(), ids=FORGED)
def test_webhook_with_a_forged_signature_is_refused(
    provider: StripeProvider, forged_webhook: Callable[[], str]
) -> None:
    with pytest.raises(BadSignature):
        provider.verify_webhook({"Stripe-Signature": forged_webhook()}, BODY)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_replayed_webhook_is_refused(provider: StripeProvider, minutes: int) -> None:
    header = signature(BODY, at=time.time() + minutes * 60)

    with pytest.raises(BadSignature):
        provider.verify_webhook({"Stripe-Signature": header}, BODY)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b'{"id": "evt_1"}'])
def test_signed_malformed_webhook_is_refused(provider: StripeProvider, body: bytes) -> None:
    with pytest.raises(BadSignature):
        provider.verify_webhook({"Stripe-Signature": signature(body)}, body)


@pytest.mark.parametrize("secrets", [[], [""]])
def test_webhook_is_refused_while_no_secret_is_configured(
    provider: StripeProvider, settings: Any, secrets: list[str]
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = secrets

    with pytest.raises(BadSignature):
        provider.verify_webhook({"Stripe-Signature": signature(BODY, secret="")}, BODY)
