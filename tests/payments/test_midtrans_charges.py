"""One payment method without a page, over real HTTP against a fake Midtrans."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookings.models import Payment
from bookings.payments.base import ProviderUnavailable
from bookings.payments.midtrans.provider import MidtransProvider
from tests.payments.conftest import AMOUNT_RUPIAH, RETURN_URL
from tests.payments.fakes.midtrans import FakeMidtrans
from tests.payments.reports import report


@pytest.fixture
def provider(midtrans: FakeMidtrans) -> MidtransProvider:
    return MidtransProvider()


@pytest.mark.parametrize(
    ("method", "wallet", "in_app"),
    [
        ("qris", {}, {"qr_string": "00020101-{order}"}),
        (
            "gopay",
            {"gopay": {"callback_url": RETURN_URL, "enable_callback": True}},
            {"deep_link": "gojek://gopay/{order}/deeplink-redirect"},
        ),
        (
            "shopeepay",
            {"shopeepay": {"callback_url": RETURN_URL}},
            {"deep_link": "https://api.example/{order}/deeplink-redirect"},
        ),
    ],
)
def test_one_method_is_started_without_the_page(
    provider: MidtransProvider,
    midtrans: FakeMidtrans,
    payment: Payment,
    method: str,
    wallet: dict[str, Any],
    in_app: dict[str, str],
) -> None:
    payment.expires_at = timezone.now() + timedelta(seconds=200)
    order = str(payment.pk)

    def create() -> Any:
        return provider.create(
            payment, description="Layar ABC", return_url=RETURN_URL, method=method
        )

    created = create()
    again = create()

    assert midtrans.charges[order] == {
        "payment_type": method,
        "transaction_details": {"order_id": order, "gross_amount": AMOUNT_RUPIAH},
        "item_details": [
            {"id": "order", "price": AMOUNT_RUPIAH, "quantity": 1, "name": "Layar ABC"}
        ],
        "custom_expiry": {"expiry_duration": 4, "unit": "minute"},
        **wallet,
    }
    assert created.in_app == {name: text.format(order=order) for name, text in in_app.items()}
    assert (created.reference, again.in_app) == (order, created.in_app)
    assert created.redirect_url.startswith(f"https://api.example/{order}/")
    payment.reference, payment.redirect_url = created.reference, created.redirect_url
    payment.in_app = created.in_app
    midtrans.pay(order)
    assert provider.fetch(order) == report(payment, "succeeded")


def test_closing_a_payment_without_a_page_cancels_no_page(
    provider: MidtransProvider, midtrans: FakeMidtrans, payment: Payment
) -> None:
    created = provider.create(
        payment, description="Layar ABC", return_url=RETURN_URL, method="qris"
    )
    payment.reference, payment.redirect_url = created.reference, created.redirect_url
    payment.in_app = created.in_app

    provider.close(payment)

    assert midtrans.orders[str(payment.pk)]["transaction_status"] == "expire"
    assert not [each for each in midtrans.requests if each.path.endswith("/cancel")]


def test_charge_whose_response_was_lost_is_not_taken_for_refused(
    provider: MidtransProvider, midtrans: FakeMidtrans, payment: Payment
) -> None:
    def create() -> Any:
        return provider.create(
            payment, description="Layar ABC", return_url=RETURN_URL, method="qris"
        )

    create()
    midtrans.stored_responses.clear()  # the key is forgotten after five minutes

    with pytest.raises(ProviderUnavailable):
        create()
