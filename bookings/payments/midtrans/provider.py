"""Midtrans provider: Snap for payment pages, Core API for states and refunds.

The order id there is our payment's id. Limits with their sources: docs/payments.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from math import ceil
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils import timezone as clock
from django.utils.translation import gettext_lazy as _

from bookings.models import Payment, Refund
from bookings.payments import http
from bookings.payments.base import (
    BadSignature,
    CreatedPayment,
    ProviderRefused,
    ProviderReport,
    ProviderUnavailable,
    RefundImpossible,
    RefundReport,
    WebhookEvent,
)
from bookings.payments.midtrans import charges
from bookings.payments.midtrans.parsing import (
    CAPTURES,
    CURRENCY,
    STATUSES,
    code_of,
    order_report,
    order_rupiah,
    refund_report,
    rupiah,
    status_of,
)

WEBHOOK_PATH = "/webhooks/midtrans/"
# No virtual accounts and counters: they are paid hours after the hold has ended.
ENABLED_PAYMENTS = ["other_qris", "gopay", "shopeepay", "credit_card"]
# Refunded synchronously; a card's refund is confirmed by the bank later.
DIRECT_REFUND_TYPES = frozenset({"qris", "gopay", "shopeepay"})
WHOLE_REFUND_TYPES = frozenset({"shopeepay"})  # no partial refunds
EXPIRY_MINUTES_MIN = 5  # the shortest that Snap accepts
ITEM_NAME_MAX = 50
JAKARTA = timezone(timedelta(hours=7))


class MidtransProvider:
    """Implements ``bookings.payments.base.Provider``."""

    name = "midtrans"
    title = _("QRIS, e-wallet or card")
    about = _("QRIS, GoPay, ShopeePay, Visa, Mastercard, JCB; by Midtrans")
    methods = tuple(charges.METHODS)

    @property
    def is_ready(self) -> bool:
        return bool(settings.MIDTRANS_SERVER_KEY)

    @property
    def minimum_rupiah(self) -> int:
        return settings.MIDTRANS_MINIMUM_RUPIAH

    @cached_property
    def _http(self) -> http.ProviderClient:
        return http.open_client(self.name)

    def create(
        self, payment: Payment, *, description: str, return_url: str, method: str = ""
    ) -> CreatedPayment:
        if payment.currency != CURRENCY:
            raise ProviderRefused("currency_not_supported")
        if method:
            return self._charge(payment, description, return_url, method)
        at = clock.now()
        remaining_minutes = ceil((payment.expires_at - at).total_seconds() / 60)
        minutes = max(remaining_minutes, EXPIRY_MINUTES_MIN)
        begins_at = payment.expires_at - timedelta(minutes=minutes)
        try:
            page = self._open_page(payment, description, return_url, begins_at, minutes)
        except ProviderRefused as refusal:
            if "expiry" not in refusal.failure_code:
                raise
            # Snap counts its minimum from now: the page outlives the hold until it is closed.
            begins_at = at
            page = self._open_page(payment, description, return_url, begins_at, minutes)
        return CreatedPayment(
            reference=str(payment.pk),
            redirect_url=page,
            expires_at=begins_at + timedelta(minutes=minutes),
            in_app={"snap_token": _last_part(page)},
        )

    def fetch(self, reference: str) -> ProviderReport | None:
        """None until the customer has chosen a payment method: before, the API knows no such
        order."""
        found = self._status(reference)
        return order_report(found) if found else None

    def find(self, payment: Payment) -> ProviderReport | None:
        return self.fetch(str(payment.pk))

    def close(self, payment: Payment) -> None:
        """Expire its transaction, then the page."""
        self._core("POST", f"{_order(str(payment.pk))}/expire")
        if token := _snap_token(payment):
            url = f"{settings.MIDTRANS_SNAP_URL}/transactions/{quote(token, safe='')}/cancel"
            http.send(self._http, "POST", url, auth=self._auth, json={})

    def refund(self, refund: Refund, *, reference: str) -> RefundReport:
        """Look for the refund first: its key is valid for seven days only."""
        found = self._status(reference)
        if found is None:
            raise ProviderRefused("404")
        status, is_direct = status_of(found), found.get("payment_type") in DIRECT_REFUND_TYPES
        if status == "cancel":
            return RefundReport("refunded")  # voided below
        for known in found.get("refunds") or ():
            if known.get("refund_key") == str(refund.pk):
                is_done = is_direct or bool(known.get("bank_confirmed_at"))
                return RefundReport("refunded" if is_done else "pending")
        if status == "capture":
            return self._void(refund, found, reference)
        is_part = refund.amount_rupiah != rupiah(found.get("gross_amount"))
        if is_part and found.get("payment_type") in WHOLE_REFUND_TYPES:
            raise RefundImpossible("no_partial_refund")
        answer = self._core(
            "POST",
            f"{_order(reference)}/refund{'/online/direct' if is_direct else ''}",
            {
                "refund_key": str(refund.pk),
                "amount": refund.amount_rupiah,
                "reason": refund.get_reason_display(),
            },
        )
        return refund_report(code_of(answer), is_direct)

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """The signature covers order id, status code and amount only."""
        try:
            event = json.loads(body)
            signed = [event["order_id"], event["status_code"], event["gross_amount"]]
            given = event["signature_key"].encode()
            text = "".join(signed)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadSignature from None
        key: str = settings.MIDTRANS_SERVER_KEY
        expected = hashlib.sha512((text + key).encode()).hexdigest()
        if not key or not hmac.compare_digest(given, expected.encode()):
            raise BadSignature
        # Events have no ids; unsigned fields count only with known values.
        status = str(event.get("transaction_status")).lower()
        fraud = str(event.get("fraud_status")).lower()
        signed.append(status if status == "capture" or status in STATUSES else "")
        signed.append(fraud if fraud in CAPTURES else "")
        event_id = hashlib.sha256("\0".join(signed).encode()).hexdigest()
        return WebhookEvent(event_id, signed[0])

    def listed(self, day: date) -> Iterator[ProviderReport] | None:
        return None  # the API has no list

    @property
    def _auth(self) -> tuple[str, str]:
        return settings.MIDTRANS_SERVER_KEY, ""

    def _charge(
        self, payment: Payment, description: str, return_url: str, method: str
    ) -> CreatedPayment:
        """Start one payment method by the Core API, which has no page."""
        order = charges.charge_order(payment, description, return_url, method)
        found = self._core("POST", "charge", order, headers=self._headers(payment))
        if code_of(found) == charges.ORDER_EXISTS_CODE:
            raise ProviderUnavailable("its response was lost")  # it may still be paid
        if code_of(found) not in charges.STARTED_CODES:
            raise ProviderRefused(code_of(found))
        return charges.created_payment(payment, found)

    def _headers(self, payment: Payment) -> dict[str, str]:
        return {
            "Idempotency-Key": str(payment.pk),
            "X-Override-Notification": f"{settings.WEBHOOK_URL}{WEBHOOK_PATH}",
        }

    def _open_page(
        self,
        payment: Payment,
        description: str,
        return_url: str,
        begins_at: datetime,
        minutes: int,
    ) -> str:
        """The page's URL. Raises ProviderRefused."""
        response = http.send(
            self._http,
            "POST",
            f"{settings.MIDTRANS_SNAP_URL}/transactions",
            auth=self._auth,
            headers=self._headers(payment),
            json=_page_order(payment, description, return_url, begins_at, minutes),
        )
        page = http.document(response)
        if not response.is_success:
            messages = " ".join(map(str, page.get("error_messages") or ())).lower()
            code = "expiry" if "expiry" in messages else f"http_{response.status_code}"
            raise ProviderRefused(code)
        if not isinstance(page.get("redirect_url"), str):
            raise ProviderUnavailable("malformed response")
        return str(page["redirect_url"])

    def _status(self, reference: str) -> dict[str, Any] | None:
        found = self._core("GET", f"{_order(reference)}/status")
        if code_of(found) == "404":
            return None
        if "transaction_status" not in found:
            raise ProviderRefused(code_of(found))
        return found

    def _void(self, refund: Refund, found: dict[str, Any], reference: str) -> RefundReport:
        """Cancel a card payment before settlement, when it cannot be refunded."""
        if refund.amount_rupiah != order_rupiah(found):
            return RefundReport("failed", "not_settled_yet")  # settled by tomorrow
        answer = self._core("POST", f"{_order(reference)}/cancel")
        if code_of(answer) != "200":
            raise ProviderRefused(code_of(answer))
        return RefundReport("refunded")

    def _core(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The document, whose ``status_code`` is decisive: HTTP's is 200 for most refusals too."""
        url = f"{settings.MIDTRANS_API_URL}/{path}"
        response = http.send(self._http, method, url, auth=self._auth, json=body, headers=headers)
        answer = http.document(response)
        if code_of(answer).startswith("5"):
            raise ProviderUnavailable(f"status {code_of(answer)}")
        return answer


def _page_order(
    payment: Payment, description: str, return_url: str, begins_at: datetime, minutes: int
) -> dict[str, Any]:
    name = (description or settings.SITE_NAME)[:ITEM_NAME_MAX]
    price = payment.amount_rupiah
    return {
        "transaction_details": {"order_id": str(payment.pk), "gross_amount": price},
        "item_details": [{"id": "order", "price": price, "quantity": 1, "name": name}],
        "enabled_payments": ENABLED_PAYMENTS,
        "credit_card": {"secure": True},
        "expiry": {
            "start_time": begins_at.astimezone(JAKARTA).strftime("%Y-%m-%d %H:%M:%S %z"),
            "unit": "minutes",
            "duration": minutes,
        },
        "callbacks": {"finish": return_url},
    }


def _snap_token(payment: Payment) -> str:
    """The token of the payment's page; empty without a page."""
    has_no_page = "qr_string" in payment.in_app or "deep_link" in payment.in_app
    return "" if has_no_page else _last_part(payment.redirect_url)


def _last_part(address: str) -> str:
    return urlsplit(address).path.rpartition("/")[2]


def _order(reference: str) -> str:
    return quote(reference, safe="")
