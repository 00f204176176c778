"""Fake Midtrans after its public documentation: Snap and Core API.

docs.midtrans.com, reference: Backend Integration, Expire a Snap Session, Cancel a Snap Session, Get
Transaction Status, Expire, Cancel, Refund and Direct Refund Transaction, API Headers & Idempotency,
Code 4xx; docs: Transaction Status Cycle, HTTP(S) Notification.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from tests.payments.fakes.server import FakeBank, FakeResponse, RecordedRequest

SERVER_KEY = "SB-Mid-server-of-our-own"
EXPIRY_MINUTES_MIN = 5
UNITS = {"minute": 1, "minutes": 1, "hour": 60, "hours": 60, "day": 1440, "days": 1440}
DIRECT = ("qris", "gopay", "shopeepay", "credit_card")


@dataclass
class FakeMidtrans(FakeBank):
    """``pages``: requests to Snap by token. ``orders``: transactions of the Core API."""

    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    charges: dict[str, dict[str, Any]] = field(default_factory=dict)
    stored_responses: dict[str, FakeResponse] = field(default_factory=dict)
    counts_expiry_from_now: bool = False
    denies_refunds: bool = False

    # --- Actions of the customer ----------------------------------------------------
    def choose(self, order_id: str, payment_type: str = "qris") -> dict[str, Any]:
        """Choose a payment method: the Core API knows the order from now on."""
        page = next(
            page
            for page in self.pages.values()
            if page["transaction_details"]["order_id"] == order_id
        )
        self.orders[order_id] = {
            "transaction_id": str(uuid.uuid4()),
            "order_id": order_id,
            "merchant_id": "G123456789",
            "payment_type": payment_type,
            "gross_amount": f"{page['transaction_details']['gross_amount']}.00",
            "currency": "IDR",
            "transaction_time": "2026-11-23 15:00:00",
            "transaction_status": "pending",
            "fraud_status": "accept",
            "status_code": "201",
        }
        return self.orders[order_id]

    def pay(self, order_id: str, payment_type: str = "qris", **other: Any) -> dict[str, Any]:
        order = self.orders.get(order_id) or self.choose(order_id, payment_type)
        is_card = order["payment_type"] == "credit_card"
        order |= {"transaction_status": "capture" if is_card else "settlement"}
        order |= {"status_code": "200"} | other
        return order

    def notification(self, order_id: str, /, **changed: Any) -> bytes:
        """The signed notification of the present state."""
        notification_fields = self.orders[order_id] | {
            "status_message": "midtrans payment notification"
        }
        text = (
            notification_fields["order_id"]
            + notification_fields["status_code"]
            + notification_fields["gross_amount"]
            + SERVER_KEY
        )
        notification_fields |= {"signature_key": hashlib.sha512(text.encode()).hexdigest()}
        return json.dumps(notification_fields | changed).encode()

    # --- The APIs ----------------------------------------------------------------------------
    def respond(self, request: RecordedRequest) -> FakeResponse:
        parts = request.path.strip("/").split("/")
        if request.user != SERVER_KEY:
            return self._denied(parts[0])
        if parts[:3] == ["snap", "v1", "transactions"]:
            return self._snap(request, parts[3:])
        if parts == ["v2", "charge"]:
            return self._charge(request)
        if parts[0] == "v2":
            return self._core(request, parts[1], "/".join(parts[2:]))
        return FakeResponse(404, {})

    def _denied(self, part: str) -> FakeResponse:
        text = "Access denied due to unauthorized transaction, please check client or server key"
        if part == "snap":
            return FakeResponse(401, {"error_messages": [text]})
        return FakeResponse(401, {"status_code": "401", "status_message": text})

    def _snap(self, request: RecordedRequest, rest: list[str]) -> FakeResponse:
        if rest:
            token = rest[0]
            if token not in self.pages:
                return FakeResponse(404, {"error_messages": ["token not found"]})
            if token in self.cancelled:
                return FakeResponse(400, {"error_messages": ["token already canceled"]})
            self.cancelled.add(token)
            return FakeResponse(200, {"canceled_at": timezone.now().isoformat()})
        key = request.headers.get("idempotency-key", "")
        if key not in self.stored_responses:
            response = self._open(request.json)
            if response.status != 201 or not key:
                return response
            self.stored_responses[key] = response
        return self.stored_responses[key]

    def _open(self, order: dict[str, Any]) -> FakeResponse:
        order_id = order["transaction_details"]["order_id"]
        if order_id in self.orders:
            text = "transaction_details.order_id has already been taken"
            return FakeResponse(400, {"error_messages": [text]})
        expiry = order["expiry"]
        minutes = expiry["duration"] * UNITS[expiry["unit"]]
        begins_at = datetime.strptime(expiry["start_time"], "%Y-%m-%d %H:%M:%S %z")
        ends_at = begins_at + timedelta(minutes=minutes)
        rest = ends_at - timezone.now() + timedelta(seconds=2)
        if minutes < EXPIRY_MINUTES_MIN or (
            self.counts_expiry_from_now and rest < timedelta(minutes=EXPIRY_MINUTES_MIN)
        ):
            return FakeResponse(400, {"error_messages": ["expiry duration is less than 5 minutes"]})
        token = str(uuid.uuid4())
        self.pages[token] = order
        address = f"https://app.sandbox.midtrans.com/snap/v3/redirection/{token}"
        return FakeResponse(201, {"token": token, "redirect_url": address})

    def _charge(self, request: RecordedRequest) -> FakeResponse:
        key = request.headers.get("idempotency-key", "")
        if key not in self.stored_responses:
            self.stored_responses[key] = self._start(request.json)
        return self.stored_responses[key]

    def _start(self, wanted: dict[str, Any]) -> FakeResponse:
        order_id, kind = wanted["transaction_details"]["order_id"], wanted["payment_type"]
        if order_id in self.orders:
            return _refusal("406", "The request could not be completed due to a conflict")
        self.charges[order_id] = wanted
        self.pages[f"charge-{order_id}"] = wanted  # ``choose`` finds the amount in it
        order = self.choose(order_id, kind)
        links = {"qris": ["generate-qr-code"], "gopay": ["generate-qr-code", "deeplink-redirect"]}
        actions = [
            {"name": name, "method": "GET", "url": _action_url(kind, order_id, name)}
            for name in links.get(kind, ["deeplink-redirect"])
        ]
        extra = {"qr_string": f"00020101-{order_id}"} if kind == "qris" else {}
        return FakeResponse(200, order | {"actions": actions} | extra)

    def _core(self, request: RecordedRequest, order_id: str, action: str) -> FakeResponse:
        order = self.orders.get(order_id)
        if order is None:
            return FakeResponse(
                404, {"status_code": "404", "status_message": "Transaction doesn't exist."}
            )
        if action == "status":
            return FakeResponse(200, order | {"status_message": "Success, transaction is found"})
        if action == "expire":
            return self._change(order, ("pending",), "expire", "407")
        if action == "cancel":
            return self._change(order, ("pending", "authorize", "capture"), "cancel", "200")
        return self._refund(order, request.json, is_direct=action == "refund/online/direct")

    def _change(
        self, order: dict[str, Any], allowed: tuple[str, ...], status: str, code: str
    ) -> FakeResponse:
        if order["transaction_status"] not in allowed:
            return _refusal("412", "Merchant cannot modify the status of the transaction")
        order |= {"transaction_status": status, "status_code": "202" if code == "407" else code}
        return FakeResponse(200, order | {"status_code": code})

    def _refund(
        self, order: dict[str, Any], wanted: dict[str, Any], *, is_direct: bool
    ) -> FakeResponse:
        gross, done = float(order["gross_amount"]), float(order.get("refund_amount", "0"))
        known = [refund["refund_key"] for refund in order.get("refunds", [])]
        if order["transaction_status"] not in ("settlement", "partial_refund") or (
            is_direct and order["payment_type"] not in DIRECT
        ):
            return _refusal("412", "Merchant cannot modify the status of the transaction")
        if wanted["refund_key"] in known:
            return _refusal("406", "Duplicate refund ID")
        if wanted["amount"] > gross - done:
            return _refusal("414", "Refund request is rejected due to invalid amount")
        if self.denies_refunds:
            denied = {"status_code": "202", "status_message": "Refund denied by the bank"}
            return FakeResponse(200, order | denied | {"refund_amount": "0.00"})
        refund = {
            "refund_chargeback_id": len(known) + 1,
            "refund_amount": f"{wanted['amount']}.00",
            "created_at": "2026-11-23 16:00:00",
            "reason": wanted["reason"],
            "refund_key": wanted["refund_key"],
        }
        total = done + wanted["amount"]
        order["refunds"] = [*order.get("refunds", []), refund]
        order["refund_amount"] = f"{total:.2f}"
        order["transaction_status"] = "refund" if total == gross else "partial_refund"
        shown = {name: value for name, value in order.items() if name != "refunds"}
        return FakeResponse(200, shown | {"status_code": "200", "refund_key": wanted["refund_key"]})


def _refusal(code: str, message: str) -> FakeResponse:
    """A refusal of the Core API: HTTP status 200, the reason in the document."""
    return FakeResponse(200, {"status_code": code, "status_message": message})


def _action_url(kind: str, order_id: str, name: str) -> str:
    is_of_an_app = kind == "gopay" and name == "deeplink-redirect"
    return f"{'gojek://gopay' if is_of_an_app else 'https://api.example'}/{order_id}/{name}"
