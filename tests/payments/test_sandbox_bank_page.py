"""The bank's payment page."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sandbox_bank.models import Charge, ChargeStatus, Scenario, Webhook
from tests.payments.conftest import RETURN_URL


def page(charge: Charge) -> str:
    return f"/sandbox/pay/{charge.reference}/"


@pytest.mark.parametrize(
    ("language", "amount"),
    [("en", "IDR\u00a0106,000"), ("id", "Rp\u00a0106.000"), ("", "Rp\u00a0106.000")],
)
def test_page_shows_merchant_amount_and_time_in_the_payers_language(
    client: Client, charge: Charge, language: str, amount: str
) -> None:
    response = client.get(page(charge), headers={"Accept-Language": language})

    html = response.content.decode()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == (
        "max-age=0, no-cache, no-store, must-revalidate, private"
    )
    assert f'<html lang="{language or "id"}">' in html
    assert f'<p class="order__amount">{amount}</p>' in html
    assert ">Layar</h1>" in html
    countdown = re.search(r'data-countdown="(\d+)"', html)
    assert countdown is not None
    assert 270 <= int(countdown[1]) < 300


def test_page_of_an_unknown_charge_is_not_found(client: Client, db: None) -> None:
    assert client.get("/sandbox/pay/chg_nobody/").status_code == 404
    assert client.post("/sandbox/pay/chg_nobody/", {"choice": "pay"}).status_code == 404


@pytest.mark.parametrize(
    ("form", "scenario", "status"),
    [
        ({"choice": "pay"}, Scenario.PAY, ChargeStatus.SUCCEEDED),
        ({"choice": "decline"}, Scenario.DECLINE, ChargeStatus.FAILED),
        ({"choice": "cancel"}, Scenario.CANCEL, ChargeStatus.CANCELLED),
        (
            {"choice": "test", "test_case": "wrong_amount"},
            Scenario.WRONG_AMOUNT,
            ChargeStatus.SUCCEEDED,
        ),
        (
            {"choice": "test", "test_case": "delay", "delay_seconds": "20"},
            Scenario.DELAY,
            ChargeStatus.PENDING,
        ),
        ({"choice": "test", "test_case": "late"}, Scenario.LATE, ChargeStatus.PENDING),
    ],
)
def test_choice_redirects_to_the_merchant(
    client: Client, charge: Charge, form: dict[str, str], scenario: Scenario, status: ChargeStatus
) -> None:
    response = client.post(page(charge), form)

    charge.refresh_from_db()
    assert (response.status_code, response.headers["Location"]) == (303, RETURN_URL)
    assert (charge.scenario, charge.status) == (scenario, status)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"choice": "test"},
        {"choice": "test", "test_case": "rob"},
        {"choice": "test", "test_case": "delay", "delay_seconds": "soon"},
    ],
)
def test_invalid_choice_changes_nothing(
    client: Client, charge: Charge, form: dict[str, str]
) -> None:
    response = client.post(page(charge), form, headers={"Accept-Language": "en"})

    charge.refresh_from_db()
    assert response.status_code == 422
    assert "Please choose one of the test cases" in response.content.decode()
    assert charge.status == ChargeStatus.PENDING


def test_expired_session_accepts_no_payment(client: Client, charge: Charge) -> None:
    Charge.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    response = client.post(page(charge), {"choice": "pay"}, headers={"Accept-Language": "en"})

    charge.refresh_from_db()
    assert response.status_code == 410
    assert "This payment session has expired." in response.content.decode()
    assert (charge.status, charge.captured_amount) == (ChargeStatus.EXPIRED, 0)


def test_form_may_redirect_only_to_the_merchant(client: Client, charge: Charge) -> None:
    policy = client.get(page(charge)).headers["Content-Security-Policy"]

    assert "form-action 'self' http://shop.example" in policy


def test_forged_form_is_refused(charge: Charge) -> None:
    response = Client(enforce_csrf_checks=True).post(page(charge), {"choice": "pay"})

    charge.refresh_from_db()
    assert (response.status_code, charge.status) == (403, ChargeStatus.PENDING)


def test_unavailable_broker_does_not_stop_the_payer(
    client: Client,
    charge: Charge,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    from cinema_project.celery import app

    monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:1")
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)

    began = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(page(charge), {"choice": "pay"})

    assert time.monotonic() - began < 5
    assert response.status_code == 303
    assert list(Webhook.objects.values_list("type", "attempts")) == [("charge.succeeded", 0)]
    assert Webhook.objects.due(timezone.now()).count() == 1
