"""One payment method without a page: charges of the Core API.

Their states, notifications and refunds are those of an order that was paid on a page.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.utils import timezone

from bookings.models import Payment
from bookings.payments.base import CreatedPayment, ProviderUnavailable

# By name: the field of the request in which the wallet's app is told where to return.
METHODS: dict[str, str] = {"qris": "", "gopay": "gopay", "shopeepay": "shopeepay"}
STARTED_CODES, ORDER_EXISTS_CODE = ("200", "201"), "406"
ITEM_NAME_MAX = 50
QR_CODE, DEEP_LINK = "generate-qr-code", "deeplink-redirect"


def charge_order(
    payment: Payment, description: str, return_url: str, method: str
) -> dict[str, Any]:
    price = payment.amount_rupiah
    name = (description or settings.SITE_NAME)[:ITEM_NAME_MAX]
    order: dict[str, Any] = {
        "payment_type": method,
        "transaction_details": {"order_id": str(payment.pk), "gross_amount": price},
        "item_details": [{"id": "order", "price": price, "quantity": 1, "name": name}],
        "custom_expiry": {"expiry_duration": _minutes_left(payment), "unit": "minute"},
    }
    if wallet := METHODS[method]:
        order[wallet] = {"callback_url": return_url}
    if method == "gopay":
        order["gopay"]["enable_callback"] = True
    return order


def created_payment(payment: Payment, found: dict[str, Any]) -> CreatedPayment:
    """Raises ProviderUnavailable if there is nothing to pay with."""
    actions = {
        str(action.get("name")): str(action.get("url"))
        for action in found.get("actions") or ()
        if isinstance(action, dict) and action.get("url")
    }
    offered = {"qr_string": found.get("qr_string"), "deep_link": actions.get(DEEP_LINK)}
    in_app = {name: str(value) for name, value in offered.items() if value}
    # The page of a customer who opens the booking on the website; a link into an app is none.
    pages = [actions.get(DEEP_LINK, ""), actions.get(QR_CODE, "")]
    address = next((page for page in pages if page.startswith("https://")), "")
    if not in_app or not address:
        raise ProviderUnavailable("malformed response")
    return CreatedPayment(
        reference=str(payment.pk),
        redirect_url=address,
        expires_at=timezone.now() + timedelta(minutes=_minutes_left(payment)),
        in_app=in_app,
    )


def _minutes_left(payment: Payment) -> int:
    return max(1, ceil((payment.expires_at - timezone.now()).total_seconds() / 60))
