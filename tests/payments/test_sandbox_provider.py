"""Our side of the sandbox, over real HTTP against the running bank."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_httpserver import HTTPServer

from bookings.errors import ProviderUnknown
from bookings.models import Payment, Refund
from bookings.payments import http, registry
from bookings.payments.protocol import (
    BadSignature,
    CreatedPayment,
    ProviderRefused,
    ProviderReport,
    ProviderUnavailable,
    RefundReport,
    WebhookEvent,
)
from bookings.payments.sandbox import SandboxProvider
from bookings.payments.sandbox_bank import charges
from bookings.payments.sandbox_bank.models import Charge, Scenario
from bookings.payments.sandbox_bank.signing import webhook_headers
from movies.models import Cinema
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
def test_create_again_gives_the_first_answer(
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
def test_create_for_a_session_that_is_over_is_refused(
    provider: SandboxProvider, payment: Payment
) -> None:
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
def test_fetch_tells_what_was_chosen(
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
def test_refund_again_gives_the_money_back_once(
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
def test_closed_page_takes_no_more_money(
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
def test_closing_does_not_stop_money_that_is_under_way(
    provider: SandboxProvider, payment: Payment, charge: Charge
) -> None:
    payment.reference = charge.reference
    choose(charge, Scenario.DELAY)

    provider.close(payment)
    Charge.objects.update(pay_at=timezone.now())

    assert provider.fetch(charge.reference) == report(charge, payment, "succeeded")


@pytest.mark.django_db(transaction=True)
def test_list_of_a_day_tells_every_charge_of_it(
    provider: SandboxProvider, payment: Payment, charge: Charge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bookings.payments.sandbox_bank.api.PAGE_LENGTH", 1)
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
def test_fetch_tries_again_a_bounded_number_of_times(
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


def test_bank_that_is_away_is_unavailable_soon(settings: Any, payment: Payment) -> None:
    settings.SANDBOX_API_URL = "http://127.0.0.1:1/api"
    began = time.monotonic()

    with pytest.raises(ProviderUnavailable, match="ConnectError"):
        SandboxProvider().fetch("chg_x")

    assert time.monotonic() - began < 2


@pytest.mark.parametrize("body", ["", "not json", "[]", '{"reference": 1}', '{"status": "odd"}'])
def test_answer_without_sense_is_unavailable(
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
    answer = provider._http.get(
        f"{settings.SANDBOX_API_URL}/charges", headers={"Authorization": f"Bearer {key}"}
    )

    assert (answer.status_code, answer.json()) == (401, {"error": {"code": "bad_api_key"}})


# --- Webhooks -------------------------------------------------------------------------------
BODY = json.dumps({"event_id": "evt_1", "type": "charge.succeeded", "reference": "chg_1"}).encode()


@pytest.mark.usefixtures("_secret")
def test_webhook_signed_by_the_bank_is_believed() -> None:
    headers = webhook_headers("evt_1", BODY, at=timezone.now())

    assert SandboxProvider().verify_webhook(headers, BODY) == WebhookEvent("evt_1", "chg_1")


@pytest.mark.usefixtures("_secret")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sandbox-Signature", ""),
        ("Sandbox-Signature", "v1="),
        ("Sandbox-Signature", "v1=é"),
        ("Sandbox-Signature", "v0=" + "0" * 64),
        ("Sandbox-Signature", ",".join(["v1=00"] * 50)),
        ("Sandbox-Timestamp", ""),
        ("Sandbox-Timestamp", "soon"),
        ("Sandbox-Timestamp", "١٢٣"),
        ("Sandbox-Timestamp", "9" * 30),
        ("Sandbox-Timestamp", str(int(time.time()) - 1)),
    ],
)
def test_webhook_with_a_forged_header_is_refused(name: str, value: str) -> None:
    headers = webhook_headers("evt_1", BODY, at=timezone.now()) | {name: value}

    with pytest.raises(BadSignature):
        SandboxProvider().verify_webhook(headers, BODY)


@pytest.mark.usefixtures("_secret")
@pytest.mark.parametrize("minutes", [-6, 6])
def test_webhook_recorded_and_played_again_is_refused(minutes: int) -> None:
    headers = webhook_headers("evt_1", BODY, at=timezone.now() + timedelta(minutes=minutes))

    with pytest.raises(BadSignature):
        SandboxProvider().verify_webhook(headers, BODY)


@pytest.mark.usefixtures("_secret")
def test_webhook_with_a_changed_body_is_refused() -> None:
    headers = webhook_headers("evt_1", BODY, at=timezone.now())

    with pytest.raises(BadSignature):
        SandboxProvider().verify_webhook(headers, BODY.replace(b"chg_1", b"chg_2"))


@pytest.mark.usefixtures("_secret")
@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"\xff", b'{"event_id": "evt_1"}'])
def test_webhook_signed_without_sense_is_refused(body: bytes) -> None:
    headers = webhook_headers("evt_1", body, at=timezone.now())

    with pytest.raises(BadSignature):
        SandboxProvider().verify_webhook(headers, body)


def test_webhook_is_refused_while_no_secret_is_configured(settings: Any) -> None:
    settings.SANDBOX_WEBHOOK_SECRET = ""
    headers = webhook_headers("evt_1", BODY, at=timezone.now())

    with pytest.raises(BadSignature):
        SandboxProvider().verify_webhook(headers, BODY)


# --- Registry -------------------------------------------------------------------------------
def test_registry_offers_the_sandbox_only_where_it_is_enabled(settings: Any) -> None:
    settings.SANDBOX_ENABLED = True
    assert registry.offered() == ["sandbox"]

    settings.SANDBOX_ENABLED = False
    assert registry.offered() == []
    assert registry.provider("sandbox").name == "sandbox"


def test_registry_offers_what_has_its_keys_and_what_the_cinema_takes(settings: Any) -> None:
    settings.SANDBOX_ENABLED = False
    settings.MIDTRANS_SERVER_KEY = "key"
    settings.STRIPE_SECRET_KEY = "key"
    settings.STRIPE_WEBHOOK_SECRETS = []
    without_stripe = registry.offered()
    settings.STRIPE_WEBHOOK_SECRETS = ["secret"]

    assert without_stripe == ["midtrans"]
    assert registry.offered() == ["midtrans", "stripe"]
    assert registry.offered(Cinema()) == ["midtrans", "stripe"]
    assert registry.offered(Cinema(payment_providers=["stripe", "sandbox"])) == ["stripe"]


def test_cinema_takes_no_provider_that_does_not_exist() -> None:
    Cinema._meta.get_field("payment_providers").clean(["stripe"], None)
    with pytest.raises(ValidationError):
        Cinema._meta.get_field("payment_providers").clean(["stripe", "barter"], None)


def test_registry_refuses_an_unknown_provider() -> None:
    with pytest.raises(ProviderUnknown):
        registry.provider("bank-of-nowhere")
