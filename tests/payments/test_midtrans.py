"""Opening, fetching and closing a Snap page, over real HTTP against its fake."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookings.models import Payment
from bookings.payments import http
from bookings.payments.base import ProviderRefused, ProviderUnavailable
from bookings.payments.midtrans.provider import MidtransProvider
from tests.payments.conftest import AMOUNT_RUPIAH, RETURN_URL
from tests.payments.fakes.midtrans import FakeMidtrans
from tests.payments.fakes.server import Fault
from tests.payments.reports import report


@pytest.fixture
def provider(midtrans: FakeMidtrans) -> MidtransProvider:
    return MidtransProvider()


@pytest.fixture
def page(provider: MidtransProvider, payment: Payment) -> Payment:
    """The payment, its page open."""
    created = provider.create(payment, description="Layar ABC", return_url=RETURN_URL)
    payment.reference, payment.redirect_url = created.reference, created.redirect_url
    return payment


# --- The page -------------------------------------------------------------------------------
def test_create_requests_an_expiry_within_the_hold(
    provider: MidtransProvider, midtrans: FakeMidtrans, payment: Payment, settings: Any
) -> None:
    settings.WEBHOOK_URL = "https://layar.example"
    payment.expires_at = timezone.now() + timedelta(seconds=200)

    created = provider.create(payment, description="Layar ABC", return_url=RETURN_URL)

    [(token, order)] = midtrans.pages.items()
    begins_at = order["expiry"].pop("start_time")
    assert order == {
        "transaction_details": {"order_id": str(payment.pk), "gross_amount": AMOUNT_RUPIAH},
        "item_details": [
            {"id": "order", "price": AMOUNT_RUPIAH, "quantity": 1, "name": "Layar ABC"}
        ],
        "enabled_payments": ["other_qris", "gopay", "shopeepay", "credit_card"],
        "credit_card": {"secure": True},
        "expiry": {"unit": "minutes", "duration": 5},
        "callbacks": {"finish": RETURN_URL},
    }
    ends_at = datetime.strptime(begins_at, "%Y-%m-%d %H:%M:%S %z") + timedelta(minutes=5)
    assert begins_at.endswith(" +0700")
    assert ends_at == payment.expires_at.replace(microsecond=0)
    assert (created.reference, created.expires_at) == (str(payment.pk), payment.expires_at)
    assert created.redirect_url.endswith(f"/redirection/{token}")
    assert created.in_app == {"snap_token": token}
    request = midtrans.requests[0].headers
    assert request["x-override-notification"] == "https://layar.example/webhooks/midtrans/"
    assert request["idempotency-key"] == str(payment.pk)


def test_create_again_gives_the_first_page(
    provider: MidtransProvider, midtrans: FakeMidtrans, payment: Payment
) -> None:
    first = provider.create(payment, description="Layar ABC", return_url=RETURN_URL)
    second = provider.create(payment, description="Layar ABC", return_url=RETURN_URL)

    assert first == second
    assert len(midtrans.pages) == 1


def test_create_falls_back_when_the_shortest_time_counts_from_now(
    provider: MidtransProvider, midtrans: FakeMidtrans, payment: Payment
) -> None:
    midtrans.counts_expiry_from_now = True
    payment.expires_at = timezone.now() + timedelta(seconds=100)

    created = provider.create(payment, description="Layar ABC", return_url=RETURN_URL)

    assert len(midtrans.pages) == 1
    assert timedelta(seconds=295) < created.expires_at - timezone.now() <= timedelta(minutes=5)


def test_create_for_an_order_that_was_charged_is_refused(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.pay(str(page.pk))
    midtrans.stored_responses.clear()

    with pytest.raises(ProviderRefused) as refusal:
        provider.create(page, description="Layar ABC", return_url=RETURN_URL)

    assert refusal.value.failure_code == "http_400"


def test_create_in_another_currency_is_refused_without_asking(
    provider: MidtransProvider, midtrans: FakeMidtrans, payment: Payment
) -> None:
    payment.currency = "USD"

    with pytest.raises(ProviderRefused) as refusal:
        provider.create(payment, description="", return_url=RETURN_URL)

    assert (refusal.value.failure_code, midtrans.requests) == ("currency_not_supported", [])


def test_wrong_key_is_refused(
    provider: MidtransProvider, midtrans: FakeMidtrans, payment: Payment, settings: Any
) -> None:
    settings.MIDTRANS_SERVER_KEY = "another"

    with pytest.raises(ProviderRefused) as creating:
        provider.create(payment, description="", return_url=RETURN_URL)
    with pytest.raises(ProviderRefused) as fetching:
        provider.fetch("x")

    assert (creating.value.failure_code, fetching.value.failure_code) == ("http_401", "401")


# --- Fetching its state ----------------------------------------------------------------------
def test_fetch_returns_none_until_a_payment_method_is_chosen(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    assert (provider.fetch(str(page.pk)), provider.find(page)) == (None, None)

    midtrans.choose(str(page.pk))

    assert provider.fetch(str(page.pk)) == provider.find(page) == report(page, "pending")


@pytest.mark.parametrize(
    ("fields", "status", "facts"),
    [
        ({"transaction_status": "settlement"}, "succeeded", {}),
        ({"transaction_status": "capture", "fraud_status": "accept"}, "succeeded", {}),
        ({"transaction_status": "capture", "fraud_status": "challenge"}, "pending", {}),
        (
            {"transaction_status": "capture", "fraud_status": "deny"},
            "failed",
            {"failure_code": "capture"},
        ),
        ({"transaction_status": "authorize"}, "pending", {}),
        ({"transaction_status": "PENDING"}, "pending", {}),
        ({"transaction_status": "deny"}, "failed", {"failure_code": "deny"}),
        ({"transaction_status": "failure"}, "failed", {"failure_code": "failure"}),
        ({"transaction_status": "cancel"}, "cancelled", {"failure_code": "cancel"}),
        ({"transaction_status": "expire"}, "expired", {"failure_code": "expire"}),
        (
            {"transaction_status": "partial_refund", "refund_amount": "6000.00"},
            "succeeded",
            {"refunded_rupiah": 6000},
        ),
        (
            {"transaction_status": "refund", "refund_amount": "106000.00"},
            "succeeded",
            {"refunded_rupiah": AMOUNT_RUPIAH},
        ),
        ({"transaction_status": "chargeback"}, "succeeded", {}),
        (
            {"transaction_status": "settlement", "gross_amount": "1000.00"},
            "succeeded",
            {"amount_rupiah": 1000},
        ),
        (
            {"transaction_status": "settlement", "currency": "USD"},
            "succeeded",
            {"currency": "USD"},
        ),
    ],
)
def test_fetch_reads_every_state(
    provider: MidtransProvider,
    midtrans: FakeMidtrans,
    page: Payment,
    fields: dict[str, str],
    status: str,
    facts: dict[str, Any],
) -> None:
    midtrans.choose(str(page.pk)).update(fields)

    assert provider.fetch(str(page.pk)) == report(page, status, **facts)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"transaction_status": "moonlit"}, ProviderUnavailable),
        ({"gross_amount": "a lot"}, ProviderUnavailable),
        ({"gross_amount": "NaN"}, ProviderUnavailable),
        ({"gross_amount": "10.50"}, ProviderRefused),
        ({"order_id": None}, ProviderUnavailable),
        ({"status_code": "500"}, ProviderUnavailable),
    ],
)
def test_fetch_of_a_malformed_response_fails(
    provider: MidtransProvider,
    midtrans: FakeMidtrans,
    page: Payment,
    fields: dict[str, Any],
    error: type[Exception],
) -> None:
    midtrans.choose(str(page.pk)).update(fields)

    with pytest.raises(error):
        provider.fetch(str(page.pk))


@pytest.mark.parametrize(
    ("gross", "original", "fee", "reported"),
    [
        ("106742.00", "106000", "742", AMOUNT_RUPIAH),
        ("106742.00", "106000", "700", 106_742),  # does not add up: the gross amount counts
        ("106000.00", "106742", "-742", AMOUNT_RUPIAH),
    ],
)
def test_fetch_reports_the_amount_without_the_customers_fee(
    provider: MidtransProvider,
    midtrans: FakeMidtrans,
    page: Payment,
    gross: str,
    original: str,
    fee: str,
    reported: int,
) -> None:
    amounts = {"original_amount": original, "customer_imposed_payment_fee": fee}
    extra = {"extra_info": {"gross_amount_info": amounts}}
    found = []
    for place in ({"metadata": extra}, extra):
        midtrans.pay(str(page.pk), gross_amount=gross, **place)
        found.append(provider.fetch(str(page.pk)))

    assert found == [report(page, "succeeded", amount_rupiah=reported)] * 2


@pytest.mark.parametrize("fault", ["5xx", "lost", "slow", "429"])
def test_fetch_retries_after_a_fault(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment, fault: Fault
) -> None:
    midtrans.pay(str(page.pk))
    midtrans.faults = [fault, fault]

    assert provider.fetch(str(page.pk)) == report(page, "succeeded")


@pytest.mark.parametrize("fault", ["5xx", "slow", "html"])
def test_fetch_gives_up_after_the_last_attempt(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment, fault: Fault
) -> None:
    midtrans.faults = [fault] * http.ATTEMPTS_MAX

    with pytest.raises(ProviderUnavailable):
        provider.fetch(str(page.pk))


@pytest.mark.parametrize("fault", ["lost", "slow"])
def test_create_whose_response_is_lost_opens_one_page(
    provider: MidtransProvider, midtrans: FakeMidtrans, payment: Payment, fault: Fault
) -> None:
    midtrans.faults = [fault]

    provider.create(payment, description="", return_url=RETURN_URL)

    assert len(midtrans.pages) == 1
    assert [request.headers["idempotency-key"] for request in midtrans.requests] == [
        str(payment.pk)
    ] * 2


# --- Closing --------------------------------------------------------------------------------
def test_close_ends_the_page_and_its_transaction(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.choose(str(page.pk))

    provider.close(page)
    provider.close(page)

    assert provider.fetch(str(page.pk)) == report(page, "expired", failure_code="expire")
    assert midtrans.cancelled == set(midtrans.pages)


def test_close_of_a_paid_order_changes_nothing(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.pay(str(page.pk))

    provider.close(page)

    assert provider.fetch(str(page.pk)) == report(page, "succeeded")


def test_midtrans_has_no_list(provider: MidtransProvider) -> None:
    assert provider.listed(timezone.now().date()) is None
    assert provider.is_ready
