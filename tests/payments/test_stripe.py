"""Our side of Stripe, over real HTTP against a fake built from its documentation."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookings.models import Payment, Refund
from bookings.payments import http
from bookings.payments.protocol import (
    BadSignature,
    ProviderRefused,
    ProviderReport,
    ProviderUnavailable,
    RefundReport,
    WebhookEvent,
)
from bookings.payments.stripe import API_VERSION, StripeProvider
from tests.payments.conftest import AMOUNT_RUPIAH, RETURN_URL
from tests.payments.fakes.server import Fault
from tests.payments.fakes.stripe import WEBHOOK_SECRET, FakeStripe, signature

SEN = 100  # in a rupiah


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


def reference_of(payment: Payment) -> str:
    assert payment.reference is not None
    return payment.reference


def report(payment: Payment, status: Any, **facts: Any) -> ProviderReport:
    honest = ProviderReport(
        reference=reference_of(payment),
        status=status,
        amount_rupiah=AMOUNT_RUPIAH,
        currency="IDR",
        merchant_reference=str(payment.pk),
        refunded_rupiah=0,
    )
    return replace(honest, **facts)


def refund_of(payment: Payment, amount_rupiah: int = AMOUNT_RUPIAH, **fields: Any) -> Refund:
    return Refund(payment=payment, amount_rupiah=amount_rupiah, reason="late", **fields)


# --- The session ----------------------------------------------------------------------------
def test_create_asks_for_rupiah_in_hundredths_by_card(
    provider: StripeProvider, stripe: FakeStripe, payment: Payment
) -> None:
    created = provider.create(payment, description="Layar ABC", return_url=RETURN_URL)

    [asked] = stripe.asked
    ends_at = payment.expires_at + timedelta(minutes=31)
    assert asked.form == {
        "mode": "payment",
        "client_reference_id": str(payment.pk),
        "payment_method_types[0]": "card",
        "adaptive_pricing[enabled]": "false",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "idr",
        "line_items[0][price_data][unit_amount]": str(AMOUNT_RUPIAH * SEN),
        "line_items[0][price_data][product_data][name]": "Layar ABC",
        "payment_intent_data[description]": "Layar ABC",
        "payment_intent_data[metadata][payment]": str(payment.pk),
        "metadata[payment]": str(payment.pk),
        "expires_at": str(int(ends_at.timestamp())),
        "success_url": RETURN_URL,
        "cancel_url": RETURN_URL,
    }
    assert asked.headers["idempotency-key"] == str(payment.pk)
    assert asked.headers["stripe-version"] == API_VERSION
    [held] = stripe.sessions.values()
    assert (created.reference, created.redirect_url) == (held["id"], held["url"])
    assert created.expires_at == ends_at.replace(microsecond=0)


def test_create_again_gives_the_first_session(
    provider: StripeProvider, stripe: FakeStripe, payment: Payment
) -> None:
    first = provider.create(payment, description="Layar ABC", return_url=RETURN_URL)
    second = provider.create(payment, description="Layar ABC", return_url=RETURN_URL)

    assert first == second
    assert len(stripe.sessions) == 1


def test_create_with_a_used_key_and_other_amount_is_refused(
    provider: StripeProvider, session: Payment
) -> None:
    session.amount_rupiah += 1

    with pytest.raises(ProviderRefused) as refusal:
        provider.create(session, description="Layar ABC", return_url=RETURN_URL)

    assert refusal.value.failure_code == "idempotency_error"


@pytest.mark.parametrize("fault", ["lost", "slow", "5xx", "429"])
def test_create_after_a_fault_opens_one_session(
    provider: StripeProvider, stripe: FakeStripe, payment: Payment, fault: Fault
) -> None:
    stripe.faults = [fault, fault]

    created = provider.create(payment, description="", return_url=RETURN_URL)

    assert [created.reference] == list(stripe.sessions)


def test_create_whose_error_stripe_remembers_is_unavailable(
    provider: StripeProvider, stripe: FakeStripe, payment: Payment
) -> None:
    stripe.keeps_errors = 1

    with pytest.raises(ProviderUnavailable, match="HTTP 500"):
        provider.create(payment, description="", return_url=RETURN_URL)

    assert len(stripe.asked) == http.ATTEMPTS_MAX


def test_wrong_key_is_refused(provider: StripeProvider, payment: Payment, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "another"

    with pytest.raises(ProviderRefused) as refusal:
        provider.create(payment, description="", return_url=RETURN_URL)

    assert refusal.value.failure_code == "invalid_request_error"


# --- What became of it ----------------------------------------------------------------------
def test_fetch_follows_a_session_to_its_money(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    reference = reference_of(session)
    before = provider.fetch(reference)
    stripe.pay(reference)

    assert [before, provider.fetch(reference)] == [
        report(session, "pending"),
        report(session, "succeeded"),
    ]


@pytest.mark.parametrize(
    ("amount", "currency", "facts"),
    [
        (1000 * SEN, "idr", {"amount_rupiah": 1000}),
        (525, "usd", {"amount_rupiah": 525, "currency": "USD"}),
    ],
)
def test_fetch_tells_what_was_received_not_what_was_asked(
    provider: StripeProvider,
    stripe: FakeStripe,
    session: Payment,
    amount: int,
    currency: str,
    facts: dict[str, Any],
) -> None:
    stripe.pay(reference_of(session), amount, currency)

    assert provider.fetch(reference_of(session)) == report(session, "succeeded", **facts)


def test_fetch_of_a_broken_rupiah_is_refused(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    stripe.pay(reference_of(session), AMOUNT_RUPIAH * SEN + 1)

    with pytest.raises(ProviderRefused) as refusal:
        provider.fetch(reference_of(session))

    assert refusal.value.failure_code == "amount_not_whole"


@pytest.mark.parametrize(
    ("told", "intent", "status", "failure_code"),
    [
        ({"status": "expired"}, {}, "expired", "session_expired"),
        ({"status": "complete"}, {"status": "processing"}, "pending", ""),
        ({"status": "complete"}, {"status": "canceled"}, "cancelled", "session_cancelled"),
        (
            {"status": "complete"},
            {
                "status": "requires_payment_method",
                "last_payment_error": {"code": "card_declined", "decline_code": "lost_card"},
            },
            "failed",
            "lost_card",
        ),
        # Declined, and the page still open: the customer may try another card.
        ({"status": "open"}, {"status": "requires_payment_method"}, "pending", ""),
    ],
)
def test_fetch_reads_every_unpaid_state(
    provider: StripeProvider,
    stripe: FakeStripe,
    session: Payment,
    told: dict[str, str],
    intent: dict[str, Any],
    status: str,
    failure_code: str,
) -> None:
    stripe.intents["pi_1"] = {"id": "pi_1", **intent}
    stripe.sessions[reference_of(session)].update(told, payment_intent="pi_1")

    assert provider.fetch(reference_of(session)) == report(
        session, status, failure_code=failure_code
    )


@pytest.mark.parametrize(
    "told", [{"status": "odd"}, {"amount_total": "much"}, {"amount_total": 1.5}, {"id": 7}]
)
def test_fetch_believes_no_nonsense(
    provider: StripeProvider, stripe: FakeStripe, session: Payment, told: dict[str, Any]
) -> None:
    stripe.sessions[reference_of(session)].update(told)

    with pytest.raises(ProviderUnavailable):
        provider.fetch(reference_of(session))


def test_fetch_of_an_unknown_session_is_refused(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused) as refusal:
        provider.fetch("cs_nobody")

    assert refusal.value.failure_code == "resource_missing"


@pytest.mark.parametrize("fault", ["5xx", "slow", "html"])
def test_fetch_gives_up_after_a_few(
    provider: StripeProvider, stripe: FakeStripe, session: Payment, fault: Fault
) -> None:
    stripe.faults = [fault] * http.ATTEMPTS_MAX

    with pytest.raises(ProviderUnavailable):
        provider.fetch(reference_of(session))


def test_find_and_list_look_through_every_page(
    provider: StripeProvider,
    stripe: FakeStripe,
    session: Payment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bookings.payments.stripe.PAGE_LENGTH", 2)
    others = [
        Payment(amount_rupiah=1000, currency="IDR", expires_at=session.expires_at)
        for _other in range(4)
    ]
    for other in others:
        provider.create(other, description="", return_url=RETURN_URL)
    stripe.pay(reference_of(session))
    today = datetime.fromtimestamp(stripe.sessions[reference_of(session)]["created"], UTC).date()

    assert provider.find(session) == report(session, "succeeded")
    assert [each.merchant_reference for each in provider.listed(today)] == [
        str(each.pk) for each in [*reversed(others), session]
    ]
    assert list(provider.listed(today - timedelta(days=1))) == []


def test_find_of_what_never_arrived_is_nothing(
    provider: StripeProvider, stripe: FakeStripe, payment: Payment
) -> None:
    payment.created_at = timezone.now()

    assert provider.find(payment) is None


# --- Closing --------------------------------------------------------------------------------
def test_close_expires_the_session(provider: StripeProvider, session: Payment) -> None:
    provider.close(session)

    assert provider.fetch(reference_of(session)) == report(
        session, "expired", failure_code="session_expired"
    )


def test_close_of_a_paid_session_is_refused_and_changes_nothing(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    stripe.pay(reference_of(session))

    with pytest.raises(ProviderRefused):
        provider.close(session)

    assert provider.fetch(reference_of(session)) == report(session, "succeeded")


# --- Refunds --------------------------------------------------------------------------------
def test_refund_again_gives_the_money_back_once(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    stripe.pay(reference_of(session))
    refund = refund_of(session, 6000)

    first = provider.refund(refund, reference=reference_of(session))
    stripe.remembered.clear()  # a day later, when Stripe has forgotten the key
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

    answer = provider.refund(refund_of(session), reference=reference_of(session))

    assert (answer, len(stripe.refunds)) == (RefundReport("refunded"), 1)


def test_refunds_in_parts_end_at_what_was_received(
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


def test_refund_of_a_foreign_sum_goes_back_as_it_came(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    stripe.pay(reference_of(session), 525, "usd")
    session.currency = "USD"

    provider.refund(refund_of(session, 525), reference=reference_of(session))

    assert [refund["amount"] for refund in stripe.refunds] == [525]


def test_refund_refused_for_want_of_balance_succeeds_under_a_new_key(
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
    ("status", "answer"),
    [
        ("pending", RefundReport("pending")),
        ("requires_action", RefundReport("pending")),
        ("failed", RefundReport("failed", "expired_or_canceled_card")),
        ("canceled", RefundReport("failed", "canceled")),
    ],
)
def test_refund_reads_every_state(
    provider: StripeProvider,
    stripe: FakeStripe,
    session: Payment,
    status: str,
    answer: RefundReport,
) -> None:
    stripe.pay(reference_of(session))
    stripe.refund_status = status

    assert provider.refund(refund_of(session), reference=reference_of(session)) == answer


# --- Webhooks -------------------------------------------------------------------------------
def test_webhook_signed_by_stripe_is_believed(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    body = stripe.event(reference_of(session), event_id="evt_1")

    event = provider.verify_webhook({"Stripe-Signature": signature(body)}, body)

    assert event == WebhookEvent("evt_1", reference_of(session))


def test_webhook_signed_with_the_old_or_the_new_secret_is_believed(
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


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "t=,v1=",
        f"t={int(time.time())}",
        f"t={int(time.time())},v1=é",
        "v1=" + "0" * 64,
        "t=soon,v1=00",
        "t=١٢٣,v1=00",
        f"t={'9' * 30},v1=00",
        f"t={int(time.time())}," + ",".join(["v1=00"] * 500),
        signature(BODY, secret="another"),
        signature(BODY, secret=""),
        signature(BODY).replace("v1=", "v0="),
        signature(BODY + b" "),
    ],
)
def test_webhook_with_a_forged_signature_is_refused(provider: StripeProvider, header: str) -> None:
    with pytest.raises(BadSignature):
        provider.verify_webhook({"Stripe-Signature": header}, BODY)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_webhook_recorded_and_played_again_is_refused(
    provider: StripeProvider, minutes: int
) -> None:
    header = signature(BODY, at=time.time() + minutes * 60)

    with pytest.raises(BadSignature):
        provider.verify_webhook({"Stripe-Signature": header}, BODY)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b'{"id": "evt_1"}'])
def test_webhook_signed_without_sense_is_refused(provider: StripeProvider, body: bytes) -> None:
    with pytest.raises(BadSignature):
        provider.verify_webhook({"Stripe-Signature": signature(body)}, body)


@pytest.mark.parametrize("secrets", [[], [""]])
def test_webhook_is_refused_while_no_secret_is_configured(
    provider: StripeProvider, settings: Any, secrets: list[str]
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = secrets

    with pytest.raises(BadSignature):
        provider.verify_webhook({"Stripe-Signature": signature(BODY, secret="")}, BODY)
