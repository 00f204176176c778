"""The bank's webhooks: signed, at least once, with backoff and a limit of attempts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_httpserver import HTTPServer

from bookings.payments.sandbox.provider import SandboxProvider
from sandbox_bank import charges, webhooks
from sandbox_bank.models import Charge, ChargeStatus, Scenario, Webhook

EVER = timedelta(days=1)


@pytest.fixture
def merchant(httpserver: HTTPServer, settings: Any) -> HTTPServer:
    """Accepts every webhook with 204."""
    settings.WEBHOOK_URL = httpserver.url_for("").rstrip("/")
    httpserver.expect_request("/webhooks/sandbox/").respond_with_data("", status=204)
    return httpserver


def deliveries(merchant: HTTPServer, at: datetime | None = None) -> list[tuple[str, str]]:
    """Event and type of every webhook, each verified by the provider at ``at``."""
    calls = []
    with time_machine.travel(at or timezone.now()):
        for request, _answer in merchant.log:
            event = SandboxProvider().verify_webhook(dict(request.headers), request.data)
            calls.append((event.event_id, request.get_json()["type"]))
    return calls


def choose(charge: Charge, scenario: Scenario, at: datetime | None = None) -> None:
    charges.choose(charge.reference, scenario, delay_seconds=10, at=at or timezone.now())


def deliver_all() -> None:
    """Deliver every webhook, delayed ones too, in due order."""
    webhooks.deliver_due(at=timezone.now() + timedelta(seconds=30))


@pytest.mark.parametrize(
    ("scenario", "types"),
    [
        (Scenario.PAY, ["charge.succeeded"]),
        (Scenario.DECLINE, ["charge.failed"]),
        (Scenario.CANCEL, ["charge.cancelled"]),
        (Scenario.WEBHOOK_TWICE, ["charge.succeeded", "charge.succeeded"]),
        (
            Scenario.WEBHOOK_SHUFFLED,
            ["charge.succeeded", "charge.pending", "charge.succeeded"],
        ),
        (Scenario.WEBHOOK_DROPPED, []),
        (Scenario.DELAY, []),
        (Scenario.LATE, []),
    ],
)
def test_choice_sends_webhooks(
    merchant: HTTPServer, charge: Charge, scenario: Scenario, types: list[str]
) -> None:
    choose(charge, scenario)
    deliver_all()

    calls = deliveries(merchant)
    assert [type_ for _event, type_ in calls] == types
    # The repeated webhook has the same event id.
    assert len(set(calls)) == len(set(types))


def test_refund_sends_a_webhook(merchant: HTTPServer, charge: Charge) -> None:
    choose(charge, Scenario.REFUND_FAILS)
    for _attempt in range(3):
        charges.refund_charge(
            charge.reference, charge.amount, idempotency_key="refund-1", at=timezone.now()
        )
    deliver_all()

    assert [type_ for _event, type_ in deliveries(merchant)] == [
        "charge.succeeded",
        "refund.failed",
        "refund.succeeded",
    ]


def test_delivered_webhook_is_not_sent_again(merchant: HTTPServer, charge: Charge) -> None:
    choose(charge, Scenario.PAY)
    webhook = Webhook.objects.get()

    assert webhooks.deliver(webhook.pk, at=timezone.now())
    assert not webhooks.deliver(webhook.pk, at=timezone.now() + EVER)
    assert webhooks.deliver_due(at=timezone.now() + EVER) == 0
    assert len(merchant.log) == 1


def test_bank_uses_the_databases_clock(merchant: HTTPServer, charge: Charge) -> None:
    choose(charge, Scenario.PAY)
    webhook = Webhook.objects.get()

    with time_machine.travel(timezone.now() - timedelta(minutes=4)):
        webhooks.deliver_webhook(webhook.pk)

    assert deliveries(merchant) == [(webhook.event_id, "charge.succeeded")]


def test_webhook_claimed_by_another_worker_is_not_sent(
    merchant: HTTPServer, charge: Charge
) -> None:
    choose(charge, Scenario.PAY)
    at = timezone.now()
    webhook = Webhook.objects.get()
    assert webhooks._claim(webhook, at=at)

    assert not webhooks.deliver(webhook.pk, at=at)
    assert not webhooks._claim(Webhook(pk=webhook.pk, attempts=0), at=at)
    assert merchant.log == []


@pytest.mark.parametrize("status", [302, 400, 503])
def test_refused_webhook_is_retried_then_given_up(
    httpserver: HTTPServer, settings: Any, charge: Charge, status: int
) -> None:
    settings.WEBHOOK_URL = httpserver.url_for("").rstrip("/")
    httpserver.expect_request("/webhooks/sandbox/").respond_with_data("", status=status)
    choose(charge, Scenario.PAY)
    at = timezone.now()

    pauses = []
    for _attempt in range(webhooks.ATTEMPTS_MAX):
        webhooks.deliver_due(at=at)
        next_attempt_at = Webhook.objects.get().next_attempt_at
        pauses.append(next_attempt_at and (next_attempt_at - at).total_seconds())
        at = next_attempt_at or at
    webhooks.deliver_due(at=at + EVER)

    webhook = Webhook.objects.get()
    assert pauses == [2, 4, 8, 16, 32, 64, 128, None]
    assert len(httpserver.log) == webhook.attempts == webhooks.ATTEMPTS_MAX
    assert (webhook.last_answer, webhook.delivered_at) == (f"HTTP {status}", None)


def test_unreachable_merchant_gets_the_webhook_later(settings: Any, charge: Charge) -> None:
    settings.WEBHOOK_URL = "http://127.0.0.1:1"
    choose(charge, Scenario.PAY)
    webhooks.deliver_due(at=timezone.now())

    webhook = Webhook.objects.get()
    assert (webhook.last_answer, webhook.attempts) == ("ConnectError", 1)
    assert webhook.next_attempt_at is not None


def test_session_expires_with_a_webhook(merchant: HTTPServer, charge: Charge) -> None:
    at = charge.expires_at

    assert charges.settle_due(at=at - timedelta(seconds=1)) == 0
    assert charges.settle_due(at=at) == 1
    assert charges.settle_due(at=at) == 0
    webhooks.deliver_due(at=at)

    charge.refresh_from_db()
    assert (charge.status, charge.settled_at) == (ChargeStatus.EXPIRED, at)
    assert [type_ for _event, type_ in deliveries(merchant, at)] == ["charge.expired"]


def test_late_payment_succeeds_after_the_session_expired(
    merchant: HTTPServer, charge: Charge
) -> None:
    choose(charge, Scenario.LATE)
    at = charge.expires_at
    statuses = []
    for seconds in (-1, 0, charges.LATE_SECONDS):
        later = at + timedelta(seconds=seconds)
        statuses.append(charges.current_charge(charge.reference, at=later).status)
    webhooks.deliver_due(at=later)

    assert statuses == [ChargeStatus.PENDING, ChargeStatus.EXPIRED, ChargeStatus.SUCCEEDED]
    assert [type_ for _event, type_ in deliveries(merchant, later)] == [
        "charge.expired",
        "charge.succeeded",
    ]


def test_delayed_payment_succeeds_when_due(merchant: HTTPServer, charge: Charge) -> None:
    at = timezone.now()
    choose(charge, Scenario.DELAY, at)
    before = charges.current_charge(charge.reference, at=at + timedelta(seconds=9)).status
    after = charges.current_charge(charge.reference, at=at + timedelta(seconds=10)).status
    deliver_all()

    assert (before, after) == (ChargeStatus.PENDING, ChargeStatus.SUCCEEDED)
    assert [type_ for _event, type_ in deliveries(merchant)] == ["charge.succeeded"]


def test_second_choice_changes_nothing(charge: Charge) -> None:
    choose(charge, Scenario.DECLINE)
    choose(charge, Scenario.PAY)

    charge.refresh_from_db()
    assert charge.status == ChargeStatus.FAILED
    assert Webhook.objects.count() == 1
