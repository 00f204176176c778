"""Webhooks of Midtrans, over HTTP against its fake."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from bookings.models import Payment
from bookings.payments.base import BadSignature
from bookings.payments.midtrans.provider import MidtransProvider
from tests.payments.conftest import RETURN_URL
from tests.payments.fakes.midtrans import FakeMidtrans


@pytest.fixture
def provider(midtrans: FakeMidtrans) -> MidtransProvider:
    return MidtransProvider()


@pytest.fixture
def page(provider: MidtransProvider, payment: Payment) -> Payment:
    """The payment, its page open."""
    created = provider.create(payment, description="Layar ABC", return_url=RETURN_URL)
    payment.reference, payment.redirect_url = created.reference, created.redirect_url
    return payment


def test_notification_signed_by_midtrans_is_accepted(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.choose(str(page.pk))
    pending = provider.verify_webhook({}, midtrans.notification(str(page.pk)))
    midtrans.pay(str(page.pk))
    paid = provider.verify_webhook({}, midtrans.notification(str(page.pk)))
    again = provider.verify_webhook({}, midtrans.notification(str(page.pk)))

    assert (pending.reference, paid.reference) == (str(page.pk), str(page.pk))
    assert pending.event_id != paid.event_id
    assert paid == again


@pytest.mark.parametrize(
    "changed",
    [
        {"order_id": str(uuid4())},
        {"status_code": "201"},
        {"gross_amount": "1.00"},
        {"gross_amount": 106000.0},
        {"signature_key": ""},
        {"signature_key": "0" * 128},
        {"signature_key": "é"},
        {"signature_key": None},
        {"signature_key": ["x"]},
        {"order_id": None},
    ],
)
def test_forged_notification_is_refused(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment, changed: dict[str, Any]
) -> None:
    midtrans.pay(str(page.pk))

    with pytest.raises(BadSignature):
        provider.verify_webhook({}, midtrans.notification(str(page.pk), **changed))


def test_notification_replayed_with_changed_unsigned_fields_is_the_same_event(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment
) -> None:
    midtrans.pay(str(page.pk))

    seen = {
        provider.verify_webhook(
            {},
            midtrans.notification(
                str(page.pk), transaction_status=f"s{number}", fraud_status=f"f{number}"
            ),
        ).event_id
        for number in range(20)
    }

    assert len(seen) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"1", b"\xff", b"{}"])
def test_malformed_notification_is_refused(provider: MidtransProvider, body: bytes) -> None:
    with pytest.raises(BadSignature):
        provider.verify_webhook({}, body)


def test_notification_is_refused_while_no_key_is_configured(
    provider: MidtransProvider, midtrans: FakeMidtrans, page: Payment, settings: Any
) -> None:
    midtrans.pay(str(page.pk))
    body = json.loads(midtrans.notification(str(page.pk)))
    settings.MIDTRANS_SERVER_KEY = ""

    with pytest.raises(BadSignature):
        provider.verify_webhook({}, json.dumps(body).encode())
