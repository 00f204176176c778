"""Whole purchase over HTTP with the sandbox bank on a real port: its page, webhooks and API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import cast

import httpx
import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from bookings.models import Booking, Payment, ProviderEvent, Refund
from bookings.payments import registry
from bookings.payments.sandbox.provider import SandboxProvider
from bookings.refunds.refunds import send_due_refunds
from bookings.settlement.expiry import expire_overdue_bookings
from bookings.settlement.polling import poll_payments
from bookings.settlement.start_payment import start_payment
from sandbox_bank import charges, signing, webhooks
from sandbox_bank.models import Charge, Scenario, Webhook
from tests.bookings.fixtures import hold_of, order_of, outcome, pass_time, seat_ids
from tests.bookings.outcomes import CONFIRMED, OWED, TOTAL, expire_and_sweep
from tests.factories import make_showtime

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("consistent_books")]

WRONG_BY = charges.WRONG_BY


@pytest.fixture
def site(live_server: LiveServer, settings: Settings) -> Iterator[str]:
    """The site and the bank beside it, on one port."""
    settings.SITE_URL = settings.WEBHOOK_URL = live_server.url
    settings.SANDBOX_API_URL = f"{live_server.url}/sandbox/api"
    settings.SANDBOX_WEBHOOK_SECRET = "a secret that two companies share"
    yield live_server.url
    # A connection that is kept open keeps a thread of the server, and its database session.
    provider = cast(SandboxProvider, registry.provider("sandbox"))
    provider._http.close()
    del provider._http


@pytest.fixture
def order(site: str) -> Booking:
    """A booking whose payment page is open."""
    showtime = make_showtime(rows="A", seats_per_row=2)
    booking = order_of(hold_of(showtime, seat_ids(showtime)))
    start_payment(
        booking_id=booking.pk,
        provider="sandbox",
        return_url=f"{site}/bookings/{booking.code}/return/",
        at=timezone.now(),
    )
    return booking


def choose(booking: Booking, scenario: Scenario) -> None:
    """The customer decides on the bank's page, and the bank sends its webhooks."""
    path = httpx.URL(booking.payments.get().redirect_url).path
    simple = scenario in (Scenario.PAY, Scenario.DECLINE, Scenario.CANCEL)
    fields = {"choice": scenario.value} if simple else {"choice": "test"}
    response = Client().post(path, fields | {"test_case": scenario.value})
    assert response.status_code == 303
    bank_works()


def bank_works(*, after_seconds: float = 0) -> None:
    """The bank's periodic work, as of ``at``."""
    at = timezone.now() + timedelta(seconds=after_seconds)
    charges.settle_due(at=at)
    webhooks.deliver_due(at=at)


def sent_messages() -> list[str]:
    return list(ProviderEvent.objects.order_by("pk").values_list("outcome", flat=True))


def bank_and_we_agree() -> None:
    for charge in Charge.objects.all():
        payment = Payment.objects.get(pk=charge.merchant_reference)
        assert (charge.captured_amount, charge.refunded_amount) == (
            payment.captured_rupiah,
            payment.refunded_rupiah,
        )


def test_customer_pays_and_the_webhook_confirms(order: Booking) -> None:
    choose(order, Scenario.PAY)

    assert (outcome(order), sent_messages()) == (CONFIRMED, ["succeeded"])
    assert list(Webhook.objects.values_list("last_answer", flat=True)) == ["HTTP 200"]
    bank_and_we_agree()


@pytest.mark.parametrize("scenario", [Scenario.DECLINE, Scenario.CANCEL])
def test_customer_does_not_pay_and_may_pay_again_until_the_hold_ends(
    order: Booking, scenario: Scenario
) -> None:
    choose(order, scenario)
    before = outcome(order)
    expire_and_sweep()

    end = outcome(order)
    assert (before.status, before.seats) == ("pending", ("held",) * 2)
    assert (end.status, end.seats, end.balance_rupiah) == ("expired", ("available",) * 2, 0)
    bank_and_we_agree()


def test_webhook_sent_twice_confirms_once(order: Booking) -> None:
    choose(order, Scenario.WEBHOOK_TWICE)

    assert list(Webhook.objects.values_list("last_answer", flat=True)) == ["HTTP 200"] * 2
    assert (outcome(order), sent_messages()) == (CONFIRMED, ["succeeded"])


def test_webhooks_out_of_order_confirm_once(order: Booking) -> None:
    choose(order, Scenario.WEBHOOK_SHUFFLED)
    bank_works(after_seconds=10)

    assert list(Webhook.objects.values_list("last_answer", flat=True)) == ["HTTP 200"] * 3
    assert (outcome(order), sent_messages()) == (CONFIRMED, ["succeeded", "succeeded"])


def test_lost_webhook_is_healed_by_the_poller(order: Booking) -> None:
    choose(order, Scenario.WEBHOOK_DROPPED)
    assert (outcome(order).status, sent_messages()) == ("pending", [])

    poll_payments(timezone.now() + timedelta(seconds=60))

    assert outcome(order) == CONFIRMED
    bank_and_we_agree()


def test_failed_query_is_repeated_with_the_next_webhook(order: Booking) -> None:
    choose(order, Scenario.FETCH_FAILS)
    bank_works(after_seconds=60)

    assert (outcome(order), sent_messages()) == (CONFIRMED, ["succeeded"])


@pytest.mark.parametrize(
    ("scenario", "captured"),
    [(Scenario.WRONG_AMOUNT, TOTAL - WRONG_BY), (Scenario.WRONG_CURRENCY, TOTAL)],
)
def test_wrong_amount_is_refunded_in_full(
    order: Booking, scenario: Scenario, captured: int
) -> None:
    choose(order, scenario)
    send_due_refunds(timezone.now())

    end = outcome(order)
    assert (end.status, end.seats, end.balance_rupiah) == ("failed", ("available",) * 2, 0)
    assert end.refunds == ((captured, "mismatch", "refunded"),)
    bank_and_we_agree()


def late(order: Booking, *, meanwhile: Callable[[], object]) -> None:
    """The bank's session ends unpaid, then the payment succeeds."""
    path = httpx.URL(order.payments.get().redirect_url).path
    Client().post(path, {"choice": "test", "test_case": Scenario.LATE.value})
    pass_time(310)
    elapsed = timedelta(seconds=310)
    Charge.objects.update(expires_at=F("expires_at") - elapsed, pay_at=F("pay_at") - elapsed)
    expire_overdue_bookings(timezone.now())
    meanwhile()
    bank_works()


def test_late_money_gets_the_seats_that_are_still_free(order: Booking) -> None:
    late(order, meanwhile=lambda: None)

    end = outcome(order)
    assert (end.status, end.seats, end.balance_rupiah) == ("confirmed", ("ours",) * 2, TOTAL)
    bank_and_we_agree()


def test_late_payment_for_lost_seats_is_refunded_at_the_second_attempt(order: Booking) -> None:
    ids = seat_ids(order.showtime)
    late(order, meanwhile=lambda: hold_of(order.showtime, ids[:1], "web:budi"))
    assert outcome(order).payments == (OWED,)
    Charge.objects.update(refund_failures_left=1)

    send_due_refunds(timezone.now())
    assert outcome(order).refunds == ((TOTAL, "late", "failed"),)
    assert Refund.objects.get().failure_code == "payer_bank_offline"
    send_due_refunds(timezone.now() + timedelta(minutes=2))

    end = outcome(order)
    assert (end.status, end.refunds, end.balance_rupiah) == (
        "expired",
        ((TOTAL, "late", "refunded"),),
        0,
    )
    bank_and_we_agree()


def test_replayed_and_forged_webhooks_change_nothing(order: Booking, site: str) -> None:
    """A signature is valid only with the bank's key, for this body, for a limited time."""
    reference = order.payments.get().reference
    body = json.dumps({"event_id": "evt_x", "reference": reference}).encode()
    now, long_ago = timezone.now(), timezone.now() - timedelta(minutes=6)
    genuine = signing.webhook_headers("evt_x", body, at=now)
    attempts = [
        (body, signing.webhook_headers("evt_x", body, at=long_ago)),
        (body + b" ", genuine),
        (body, genuine | {"Sandbox-Signature": "v1=" + "0" * 64}),
        (body, genuine | {"Sandbox-Signature": ""}),
        (body, genuine | {"Sandbox-Timestamp": "soon"}),
        (body, {"Content-Type": "application/json"}),
    ]

    answers = [
        httpx.post(f"{site}/webhooks/sandbox/", content=sent, headers=headers).status_code
        for sent, headers in attempts
    ]

    assert (answers, sent_messages()) == ([400] * len(attempts), [])
    assert outcome(order).status == "pending"
    assert httpx.post(f"{site}/webhooks/sandbox/", content=body, headers=genuine).is_success
    assert sent_messages() == ["pending"]
