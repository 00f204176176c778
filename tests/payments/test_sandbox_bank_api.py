"""The bank's API with invalid and hostile input."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from sandbox_bank import api, charges
from sandbox_bank.models import Charge, Scenario
from sandbox_bank.signing import api_key
from tests.payments.conftest import AMOUNT_RUPIAH, RETURN_URL

pytestmark = pytest.mark.django_db


def keys(number: int = 1) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_key()}", "Idempotency-Key": f"key-{number}"}


@pytest.fixture
def api_client(_secret: None) -> Client:
    return Client(headers=keys())


def post(client: Client, path: str, body: Any, **headers: str) -> Any:
    return client.post(f"/sandbox/api{path}", body, "application/json", headers=headers)


def get(client: Client, **params: str) -> Any:
    return client.get("/sandbox/api/charges", params)


def order(**fields: Any) -> dict[str, Any]:
    return {
        "merchant": "Layar",
        "merchant_reference": "ref-1",
        "amount": 50_000,
        "currency": "IDR",
        "return_url": RETURN_URL,
        "expires_at": (timezone.now() + timedelta(minutes=5)).isoformat(),
    } | fields


def refused(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": 0}, "bad_amount"),
        ({"amount": -1}, "bad_amount"),
        ({"amount": "50000"}, "bad_amount"),
        ({"amount": 1.5}, "bad_amount"),
        ({"amount": True}, "bad_amount"),
        ({"amount": 10**13}, "bad_amount"),
        ({"currency": "rupiah"}, "bad_currency"),
        ({"currency": "idr"}, "bad_currency"),
        ({"return_url": "javascript:alert(1)"}, "bad_return_url"),
        ({"merchant_reference": ""}, "bad_merchant_reference"),
        ({"merchant_reference": "a\0b"}, "bad_merchant_reference"),
        ({"merchant": "x" * 81}, "bad_merchant"),
        ({"expires_at": "tomorrow"}, "bad_expires_at"),
        ({"expires_at": "2026-13-45T00:00:00Z"}, "bad_expires_at"),
        ({"expires_at": "2090-01-01T00:00:00"}, "bad_expires_at"),
        ({"expires_at": "2090-01-01T00:00:00Z"}, "bad_expires_at"),
    ],
)
def test_invalid_charge_is_refused(api_client: Client, fields: dict[str, Any], code: str) -> None:
    assert refused(post(api_client, "/charges", order(**fields))) == (422, code)
    assert Charge.objects.count() == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe"])
def test_malformed_json_is_refused(api_client: Client, body: bytes) -> None:
    assert refused(post(api_client, "/charges", body)) == (422, "malformed_json")


@pytest.mark.parametrize("key", ["", "k" * 129])
def test_charge_needs_an_idempotency_key(api_client: Client, key: str) -> None:
    response = post(api_client, "/charges", order(), **{"Idempotency-Key": key})

    assert refused(response) == (422, "bad_idempotency_key")


def test_charges_of_a_day_are_paginated(
    api_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PAGE_LENGTH", 2)
    references = []
    for number in range(4):
        response = post(
            api_client, "/charges", order(merchant_reference=f"ref-{number}"), **keys(number)
        )
        references.append(response.json()["reference"])
    yesterday = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
    Charge.objects.filter(reference=references[0]).update(created_at=yesterday)
    today = timezone.now().date().isoformat()

    first = get(api_client, date=today).json()
    second = get(api_client, date=today, after=first["next_after"]).json()
    before = get(api_client, date="2026-01-31").json()

    assert [charge["reference"] for charge in first["charges"]] == references[1:3]
    assert [charge["reference"] for charge in second["charges"]] == references[3:]
    assert [charge["reference"] for charge in before["charges"]] == references[:1]
    assert (first["next_after"], second["next_after"]) == (references[2], None)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"date": "yesterday"}, (422, "bad_date")),
        ({"date": "a\0"}, (422, "bad_date")),
        ({"merchant_reference": "\0"}, (422, "bad_merchant_reference")),
        ({"after": "chg_nobody"}, (404, "no_such_charge")),
    ],
)
def test_invalid_list_query_is_refused(
    api_client: Client, params: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refused(get(api_client, **params)) == expected


def test_list_settles_what_is_due(api_client: Client, charge: Charge) -> None:
    Charge.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    listed = get(api_client).json()["charges"]

    assert [(row["reference"], row["status"]) for row in listed] == [(charge.reference, "expired")]


def test_refund_of_an_unpaid_charge_is_refused(api_client: Client, charge: Charge) -> None:
    response = post(api_client, f"/charges/{charge.reference}/refunds", {"amount": 1})

    assert refused(response) == (409, "charge_not_paid")


@pytest.mark.django_db(transaction=True)
def test_concurrent_refunds_never_exceed_the_captured_amount(bank: str, charge: Charge) -> None:
    charges.choose(charge.reference, Scenario.PAY, delay_seconds=1, at=timezone.now())

    def give_back(number: int) -> int:
        return httpx.post(
            f"{bank}/sandbox/api/charges/{charge.reference}/refunds",
            json={"amount": AMOUNT_RUPIAH // 2},
            headers=keys(number),
            trust_env=False,
        ).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(give_back, range(4)))

    charge.refresh_from_db()
    assert statuses == [201, 201, 409, 409]
    assert charge.refunded_amount == AMOUNT_RUPIAH
