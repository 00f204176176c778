"""Webhooks of a provider: only a hint to query it, and repeated by it if we cannot store them.

With a provider in memory; over HTTP with the sandbox: test_sandbox_purchase.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from bookings.models import Booking, Payment, ProviderEvent
from bookings.payments.base import ProviderReport
from bookings.settlement.settle import settle
from bookings.settlement.webhooks import WEBHOOK_BYTES_MAX
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import outcome, pass_time, report_on
from tests.bookings.outcomes import CONFIRMED, TOTAL
from tests.bookings.threads import run_concurrently, second_session, wait_for_lock_waiter
from tests.factories import make_booking

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

URL = "/webhooks/paper/"


@pytest.fixture
def paid(bank: FakeProvider) -> Booking:
    """A booking paid at the bank, without a webhook yet."""
    booking = make_booking()
    payment = booking.payments.get()
    payment.provider, payment.reference = "paper", f"paper-{payment.pk}"
    payment.save(update_fields=["provider", "reference"])
    bank.charges[payment.reference] = report_on(payment)
    return booking


def reference_of(booking: Booking) -> str:
    return f"paper-{booking.payments.get().pk}"


def ring(reference: str, event_id: str = "evt-1", *, signed: str = "genuine") -> HttpResponse:
    """Response to a webhook that is received now."""
    response = Client().post(
        URL,
        json.dumps({"event_id": event_id, "reference": reference, "status": "succeeded"}),
        content_type="application/json",
        headers={"Paper-Signature": signed},
    )
    return response  # type: ignore[return-value]


def events() -> list[tuple[Any, ...]]:
    return list(
        ProviderEvent.objects.order_by("pk").values_list(
            "provider", "event_id", "payment", "outcome"
        )
    )


def test_webhook_settles_what_the_provider_confirms(paid: Booking) -> None:
    response = ring(reference_of(paid))

    assert (response.status_code, response.content) == (200, b"")
    assert events() == [("paper", "evt-1", paid.payments.get().pk, "succeeded")]
    assert outcome(paid) == CONFIRMED


def test_webhook_triggers_a_query_of_the_provider(paid: Booking, bank: FakeProvider) -> None:
    bank.charges[reference_of(paid)] = report_on(paid.payments.get(), "pending")

    assert ring(reference_of(paid)).status_code == 200

    assert outcome(paid).status == "pending"
    assert events() == [("paper", "evt-1", paid.payments.get().pk, "pending")]


def test_webhook_sent_twice_is_taken_in_once(paid: Booking, bank: FakeProvider) -> None:
    answers = [ring(reference_of(paid)).status_code for _time in range(2)]

    assert (answers, bank.asked) == ([200, 200], ["fetch"])
    assert (len(events()), outcome(paid)) == (1, CONFIRMED)


def test_forged_webhook_is_refused_without_a_query(paid: Booking, bank: FakeProvider) -> None:
    assert ring(reference_of(paid), signed="forged").status_code == 400

    assert (bank.asked, events()) == ([], [])
    assert outcome(paid).status == "pending"


def test_signed_nonsense_is_refused(paid: Booking) -> None:
    response = Client().post(
        URL, b"{", content_type="application/json", headers={"Paper-Signature": "genuine"}
    )

    assert (response.status_code, events()) == (400, [])


@pytest.mark.parametrize(
    "merchant_reference", ["not one of our ids", "0b9c35b8-5f2e-4f07-9d63-6f5b6a1a2c11", ""]
)
def test_webhook_of_a_payment_that_is_not_ours_is_noted(
    bank: FakeProvider, merchant_reference: str
) -> None:
    bank.charges["other"] = ProviderReport("other", "succeeded", 1, "IDR", merchant_reference)

    assert ring("other").status_code == 200

    assert events() == [("paper", "evt-1", None, "unknown_payment")]


def test_webhook_of_a_payment_that_the_provider_denies_is_noted(bank: FakeProvider) -> None:
    assert ring("never heard of it").status_code == 200

    assert events() == [("paper", "evt-1", None, "unknown_payment")]


def test_webhook_of_our_payment_that_the_provider_will_not_show_is_sent_again(
    paid: Booking, bank: FakeProvider
) -> None:
    """A wrong API key for an hour must not lose the only webhook of a late payment."""
    bank.mood = "refusing"
    assert ring(reference_of(paid)).status_code == 503
    assert events() == []

    bank.mood = "well"
    assert ring(reference_of(paid)).status_code == 200
    assert outcome(paid) == CONFIRMED


def test_webhook_with_an_unreachable_provider_is_sent_again(
    paid: Booking, bank: FakeProvider
) -> None:
    bank.mood = "away"
    response = ring(reference_of(paid))
    assert (response.status_code, response["Retry-After"], events()) == (503, "5", [])

    bank.mood = "well"
    assert ring(reference_of(paid)).status_code == 200
    assert outcome(paid) == CONFIRMED


def test_webhook_of_a_payment_whose_start_was_lost_is_found_by_our_id(paid: Booking) -> None:
    reference = reference_of(paid)
    Payment.objects.update(reference=None, status="created", redirect_url="")

    assert ring(reference).status_code == 200

    assert outcome(paid) == CONFIRMED
    assert paid.payments.get().reference == reference


def test_webhook_of_a_late_success_after_the_payment_was_closed_is_honoured(
    paid: Booking, bank: FakeProvider
) -> None:
    bank.charges[reference_of(paid)] = report_on(paid.payments.get(), "expired")
    pass_time(301)
    ring(reference_of(paid), "evt-1")
    assert outcome(paid).status == "expired"

    bank.charges[reference_of(paid)] = report_on(paid.payments.get())
    ring(reference_of(paid), "evt-2")

    assert outcome(paid).status == "confirmed"
    assert [event[3] for event in events()] == ["expired", "succeeded"]


@pytest.mark.parametrize(
    ("size", "status"), [(WEBHOOK_BYTES_MAX, 400), (WEBHOOK_BYTES_MAX + 1, 413)]
)
def test_body_beyond_the_limit_is_not_read(bank: FakeProvider, size: int, status: int) -> None:
    response = Client().post(URL, b" " * size, content_type="application/json")

    assert (response.status_code, events()) == (status, [])


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head"])
def test_webhook_accepts_only_post(bank: FakeProvider, method: str) -> None:
    assert getattr(Client(), method)(URL).status_code == 405


def test_unknown_provider_is_not_found(bank: FakeProvider) -> None:
    assert Client().post("/webhooks/barter/", b"{}", "application/json").status_code == 404


def test_webhook_needs_no_csrf_token(paid: Booking) -> None:
    response = Client(enforce_csrf_checks=True).post(
        URL,
        json.dumps({"event_id": "evt-1", "reference": reference_of(paid)}),
        content_type="application/json",
        headers={"Paper-Signature": "genuine"},
    )

    assert (response.status_code, outcome(paid)) == (200, CONFIRMED)


# ------------------------------------------------------------------ concurrent transactions


@pytest.mark.django_db(transaction=True)
def test_webhook_that_gets_no_lock_in_time_is_sent_again(paid: Booking) -> None:
    with second_session() as other, connection.cursor() as cursor:
        other("SELECT 1 FROM bookings_booking WHERE id = %s FOR UPDATE", [paid.pk])
        cursor.execute("SET lock_timeout = '100ms'")
        response = ring(reference_of(paid))
        cursor.execute("RESET lock_timeout")
    assert (response.status_code, events()) == (503, [])
    assert outcome(paid).status == "pending"

    assert ring(reference_of(paid)).status_code == 200
    assert outcome(paid) == CONFIRMED


@pytest.mark.django_db(transaction=True)
def test_webhook_waits_behind_a_settlement_without_holding_anything_it_needs(
    paid: Booking,
) -> None:
    """It locks the booking first, like every transition, and so holds no lock while it waits."""
    payment = paid.payments.get()

    def settle_slowly() -> None:
        with second_session() as other:
            other("SELECT 1 FROM bookings_booking WHERE id = %s FOR NO KEY UPDATE", [paid.pk])
            started.append(True)
            wait_for_lock_waiter()
            other("SELECT 1 FROM bookings_payment WHERE id = %s FOR UPDATE", [payment.pk])

    def ring_meanwhile() -> int:
        while not started:
            pass
        return ring(str(payment.reference)).status_code

    started: list[bool] = []
    assert run_concurrently(settle_slowly, ring_meanwhile) == [None, 200]
    assert outcome(paid) == CONFIRMED


@pytest.mark.django_db(transaction=True)
def test_four_webhooks_and_a_return_page_at_once_confirm_once(paid: Booking) -> None:
    payment = paid.payments.get()
    reference, report = str(payment.reference), report_on(payment)

    def come_back() -> str:
        return settle(payment_id=payment.pk, report=report, at=payment.created_at).status

    answers = run_concurrently(
        lambda: ring(reference, "evt-1").status_code,
        lambda: ring(reference, "evt-1").status_code,
        lambda: ring(reference, "evt-2").status_code,
        lambda: ring(reference, "evt-3").status_code,
        come_back,
    )

    assert answers == [200, 200, 200, 200, "succeeded"]
    assert sorted(event[1] for event in events()) == ["evt-1", "evt-2", "evt-3"]
    assert outcome(paid) == CONFIRMED
    assert outcome(paid).balance_rupiah == TOTAL
