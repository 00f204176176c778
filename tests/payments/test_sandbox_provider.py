"""The sandbox provider over HTTP against the running bank."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer

from bookings.models import Payment, Refund
from bookings.payments import http
from bookings.payments.base import (
    CreatedPayment,
    ProviderRefused,
    ProviderReport,
    ProviderUnavailable,
    RefundReport,
)
from bookings.payments.sandbox.provider import SandboxProvider
from sandbox_bank import charges
from sandbox_bank.models import Charge, Scenario
from tests.payments.conftest import AMOUNT_RUPIAH, RETURN_URL


def choose(charge: Charge, scenario: Scenario, at: datetime | None = None) -> None:
    charges.choose(charge.reference, scenario, delay_seconds=10, at=at or timezone.now())


def report(charge: Charge, payment: Payment, status: str, **facts: Any) -> ProviderReport:
    known: dict[str, Any] = {
        "reference": charge.reference,
        "status": status,
        "amount_rupiah": AMOUNT_RUPIAH,
        "currency": "IDR",
        "merchant_reference": str(payment.pk),
        "refunded_rupiah": 0,
    }
    return ProviderReport(**known | facts)


@pytest.mark.django_db(transaction=True)
def test_repeated_create_returns_the_first_response(
    bank: str, provider: SandboxProvider, payment: Payment
) -> None:
    first = provider.create(payment, description="2 tickets", return_url=RETURN_URL)
    second = provider.create(payment, description="2 tickets", return_url=RETURN_URL)

    charge = Charge.objects.get()
    assert first == second
    assert first == CreatedPayment(
        reference=charge.reference,
        redirect_url=f"{bank}/sandbox/pay/{charge.reference}/",
        expires_at=payment.expires_at,
    )


@pytest.mark.django_db(transaction=True)
def test_create_with_a_used_key_and_other_amount_is_refused(
    provider: SandboxProvider, payment: Payment
) -> None:
    provider.create(payment, description="2 tickets", return_url=RETURN_URL)
    payment.amount_rupiah += 1

    with pytest.raises(ProviderRefused) as refusal:
        provider.create(payment, description="2 tickets", return_url=RETURN_URL)

    assert refusal.value.failure_code == "idempotency_key_reused"
    assert Charge.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_create_with_a_past_expiry_is_refused(provider: SandboxProvider, payment: Payment) -> None:
    payment.expires_at = timezone.now() - timedelta(seconds=1)

    with pytest.raises(ProviderRefused) as refusal:
        provider.create(payment, description="2 tickets", return_url=RETURN_URL)

    assert refusal.value.failure_code == "bad_expires_at"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("scenario", "status", "facts"),
    [
        (Scenario.PAY, "succeeded", {}),
        (Scenario.DECLINE, "failed", {"failure_code": "declined_by_payer"}),
        (Scenario.CANCEL, "cancelled", {"failure_code": "cancelled_by_payer"}),
        (Scenario.WRONG_AMOUNT, "succeeded", {"amount_rupiah": AMOUNT_RUPIAH - 1000}),
        (Scenario.WRONG_CURRENCY, "succeeded", {"currency": "USD"}),
        (Scenario.DELAY, "pending", {}),
    ],
)
def test_fetch_reports_what_was_chosen(
    provider: SandboxProvider,
    payment: Payment,
    charge: Charge,
    scenario: Scenario,
    status: str,
    facts: dict[str, Any],
) -> None:
    choose(charge, scenario)

    assert provider.fetch(charge.reference) == report(charge, payment, status, **facts)


@pytest.mark.django_db(transaction=True)
def test_fetch_of_an_unknown_reference_is_refused(provider: SandboxProvider) -> None:
    with pytest.raises(ProviderRefused) as refusal:
        provider.fetch("chg_nobody")

    assert refusal.value.failure_code == "no_such_charge"


@pytest.mark.django_db(transaction=True)
def test_find_by_our_own_id(provider: SandboxProvider, payment: Payment, charge: Charge) -> None:
    assert provider.find(payment) == report(charge, payment, "pending")
    assert provider.find(Payment(pk=uuid4())) is None


@pytest.mark.django_db(transaction=True)
def test_repeated_refund_is_made_once(
    provider: SandboxProvider, payment: Payment, charge: Charge
) -> None:
    choose(charge, Scenario.PAY)
    refund = Refund(payment=payment, amount_rupiah=100_000)

    first = provider.refund(refund, reference=charge.reference)
    second = provider.refund(refund, reference=charge.reference)

    charge.refresh_from_db()
    assert (first, second) == (RefundReport("refunded"), RefundReport("refunded"))
    assert charge.refunded_amount == 100_000


@pytest.mark.django_db(transaction=True)
def test_refund_beyond_what_was_captured_is_refused(
    provider: SandboxProvider, payment: Payment, charge: Charge
) -> None:
    choose(charge, Scenario.PAY)
    provider.refund(Refund(payment=payment, amount_rupiah=100_000), reference=charge.reference)

    with pytest.raises(ProviderRefused) as refusal:
        provider.refund(
            Refund(payment=payment, amount_rupiah=AMOUNT_RUPIAH), reference=charge.reference
        )

    charge.refresh_from_db()
    assert refusal.value.failure_code == "amount_exceeds_captured"
    assert charge.refunded_amount == 100_000


@pytest.mark.django_db(transaction=True)
def test_refund_that_failed_succeeds_with_the_same_key(
    provider: SandboxProvider, payment: Payment, charge: Charge
) -> None:
    choose(charge, Scenario.REFUND_FAILS)
    refund = Refund(payment=payment, amount_rupiah=AMOUNT_RUPIAH)

    first = provider.refund(refund, reference=charge.reference)
    second = provider.refund(refund, reference=charge.reference)

    assert first == RefundReport("failed", "payer_bank_offline")
    assert second == RefundReport("refunded")


@pytest.mark.django_db(transaction=True)
def test_closed_page_accepts_no_payment(
    provider: SandboxProvider, payment: Payment, charge: Charge
) -> None:
    payment.reference = charge.reference

    provider.close(payment)
    provider.close(payment)
    choose(charge, Scenario.PAY)

    assert provider.fetch(charge.reference) == report(
        charge, payment, "expired", failure_code="closed_by_merchant"
    )


@pytest.mark.django_db(transaction=True)
def test_closing_does_not_stop_a_delayed_payment(
    provider: SandboxProvider, payment: Payment, charge: Charge
) -> None:
    payment.reference = charge.reference
    choose(charge, Scenario.DELAY)

    provider.close(payment)
    Charge.objects.update(pay_at=timezone.now())

    assert provider.fetch(charge.reference) == report(charge, payment, "succeeded")


@pytest.mark.django_db(transaction=True)
def test_list_of_a_day_contains_all_its_charges(
    provider: SandboxProvider, payment: Payment, charge: Charge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox_bank.api.PAGE_LENGTH", 1)
    other = Payment(amount_rupiah=1000, currency="IDR", expires_at=payment.expires_at)
    provider.create(other, description="", return_url=RETURN_URL)
    today = charge.created_at.astimezone(UTC).date()

    listed = list(provider.listed(today))

    assert [(each.merchant_reference, each.amount_rupiah) for each in listed] == [
        (str(payment.pk), AMOUNT_RUPIAH),
        (str(other.pk), 1000),
    ]
    assert list(provider.listed(today - timedelta(days=1))) == []


@pytest.mark.django_db(transaction=True)
def test_fetch_retries_a_bounded_number_of_times(
    provider: SandboxProvider, payment: Payment, charge: Charge
) -> None:
    choose(charge, Scenario.FETCH_FAILS)

    with pytest.raises(ProviderUnavailable, match="HTTP 500"):
        provider.fetch(charge.reference)

    assert charges.FETCH_FAILURES == http.ATTEMPTS_MAX
    assert provider.fetch(charge.reference) == report(charge, payment, "succeeded")


def test_create_sends_the_same_key_with_every_attempt(
    httpserver: HTTPServer, settings: Any, payment: Payment
) -> None:
    settings.SANDBOX_API_URL = httpserver.url_for("/api")
    httpserver.expect_request("/api/charges", method="POST").respond_with_data("", status=503)

    with pytest.raises(ProviderUnavailable, match="HTTP 503"):
        SandboxProvider().create(payment, description="", return_url=RETURN_URL)

    keys = [request.headers["Idempotency-Key"] for request, _answer in httpserver.log]
    assert keys == [str(payment.pk)] * http.ATTEMPTS_MAX


def test_unreachable_bank_is_unavailable_soon(settings: Any, payment: Payment) -> None:
    settings.SANDBOX_API_URL = "http://127.0.0.1:1/api"
    began = time.monotonic()

    with pytest.raises(ProviderUnavailable, match="ConnectError"):
        SandboxProvider().fetch("chg_x")

    assert time.monotonic() - began < http.CONNECT_TIMEOUT_SECONDS + http.ANSWER_TIMEOUT_SECONDS


@pytest.mark.parametrize("body", ["", "not json", "[]", '{"reference": 1}', '{"status": "odd"}'])
def test_malformed_response_is_unavailable(
    httpserver: HTTPServer, settings: Any, body: str
) -> None:
    settings.SANDBOX_API_URL = httpserver.url_for("/api")
    httpserver.expect_request("/api/charges/chg_x").respond_with_data(
        body, content_type="application/json"
    )

    with pytest.raises(ProviderUnavailable):
        SandboxProvider().fetch("chg_x")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("secret", ["", "another secret"])
def test_wrong_key_is_refused_by_the_bank(
    bank: str, provider: SandboxProvider, payment: Payment, settings: Any, secret: str
) -> None:
    key = hmac.new(secret.encode(), b"sandbox api key", hashlib.sha256).hexdigest()
    response = provider._http.get(
        f"{settings.SANDBOX_API_URL}/charges", headers={"Authorization": f"Bearer {key}"}
    )

    assert (response.status_code, response.json()) == (401, {"error": {"code": "bad_api_key"}})
