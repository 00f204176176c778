"""Checkout Sessions: create, fetch and close, over HTTP against the fake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookings.models import Payment
from bookings.payments import http
from bookings.payments.base import ProviderRefused, ProviderUnavailable
from bookings.payments.stripe.provider import API_VERSION, StripeProvider
from tests.payments.conftest import AMOUNT_RUPIAH, RETURN_URL
from tests.payments.fakes.server import Fault
from tests.payments.fakes.stripe import FakeStripe
from tests.payments.reports import reference_of, report

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


# --- The session ----------------------------------------------------------------------------
def test_create_requests_rupiah_in_hundredths_by_card(
    provider: StripeProvider, stripe: FakeStripe, payment: Payment
) -> None:
    created = provider.create(payment, description="Layar ABC", return_url=RETURN_URL)

    [request] = stripe.requests
    ends_at = payment.expires_at + timedelta(minutes=31)
    assert request.form == {
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
    assert request.headers["idempotency-key"] == str(payment.pk)
    assert request.headers["stripe-version"] == API_VERSION
    [held] = stripe.sessions.values()
    assert (created.reference, created.redirect_url) == (held["id"], held["url"])
    assert created.expires_at == ends_at.replace(microsecond=0)


def test_repeated_create_returns_the_first_session(
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


def test_create_whose_error_stripe_stored_is_unavailable(
    provider: StripeProvider, stripe: FakeStripe, payment: Payment
) -> None:
    stripe.stored_errors = 1

    with pytest.raises(ProviderUnavailable, match="HTTP 500"):
        provider.create(payment, description="", return_url=RETURN_URL)

    assert len(stripe.requests) == http.ATTEMPTS_MAX


def test_wrong_key_is_refused(provider: StripeProvider, payment: Payment, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "another"

    with pytest.raises(ProviderRefused) as refusal:
        provider.create(payment, description="", return_url=RETURN_URL)

    assert refusal.value.failure_code == "invalid_request_error"


# --- Fetching its state ----------------------------------------------------------------------
def test_fetch_reports_a_session_until_it_is_paid(
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
def test_fetch_reports_the_received_amount(
    provider: StripeProvider,
    stripe: FakeStripe,
    session: Payment,
    amount: int,
    currency: str,
    facts: dict[str, Any],
) -> None:
    stripe.pay(reference_of(session), amount, currency)

    assert provider.fetch(reference_of(session)) == report(session, "succeeded", **facts)


def test_fetch_of_a_fractional_rupiah_is_refused(
    provider: StripeProvider, stripe: FakeStripe, session: Payment
) -> None:
    stripe.pay(reference_of(session), AMOUNT_RUPIAH * SEN + 1)

    with pytest.raises(ProviderRefused) as refusal:
        provider.fetch(reference_of(session))

    assert refusal.value.failure_code == "amount_not_whole"


@pytest.mark.parametrize(
    ("fields", "intent", "status", "failure_code"),
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
    fields: dict[str, str],
    intent: dict[str, Any],
    status: str,
    failure_code: str,
) -> None:
    stripe.intents["pi_1"] = {"id": "pi_1", **intent}
    stripe.sessions[reference_of(session)].update(fields, payment_intent="pi_1")

    assert provider.fetch(reference_of(session)) == report(
        session, status, failure_code=failure_code
    )


@pytest.mark.parametrize(
    "fields", [{"status": "odd"}, {"amount_total": "much"}, {"amount_total": 1.5}, {"id": 7}]
)
def test_fetch_of_a_malformed_response_fails(
    provider: StripeProvider, stripe: FakeStripe, session: Payment, fields: dict[str, Any]
) -> None:
    stripe.sessions[reference_of(session)].update(fields)

    with pytest.raises(ProviderUnavailable):
        provider.fetch(reference_of(session))


def test_fetch_of_an_unknown_session_is_refused(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused) as refusal:
        provider.fetch("cs_nobody")

    assert refusal.value.failure_code == "resource_missing"


@pytest.mark.parametrize("fault", ["5xx", "slow", "html"])
def test_fetch_gives_up_after_the_last_attempt(
    provider: StripeProvider, stripe: FakeStripe, session: Payment, fault: Fault
) -> None:
    stripe.faults = [fault] * http.ATTEMPTS_MAX

    with pytest.raises(ProviderUnavailable):
        provider.fetch(reference_of(session))


def test_find_and_list_read_every_page(
    provider: StripeProvider,
    stripe: FakeStripe,
    session: Payment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bookings.payments.stripe.provider.PAGE_LENGTH", 2)
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


def test_find_of_an_unknown_payment_is_none(
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
