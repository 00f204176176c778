"""Fake Stripe after its public documentation: Checkout Sessions, refunds, idempotency, signatures.

docs.stripe.com: api/checkout/sessions (create, retrieve, list, expire, object), api/refunds,
api/idempotent_requests, api/pagination, api/errors, webhooks/signature, currencies,
payments/checkout/managing-limited-inventory.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any

from tests.payments.fakes.server import FakeBank, FakeResponse, RecordedRequest

SECRET_KEY = "sk_test_of_our_own"
WEBHOOK_SECRET = "whsec_of_our_own"
SESSION_SECONDS_MIN, SESSION_SECONDS_MAX = 30 * 60, 24 * 60 * 60


@dataclass
class FakeStripe(FakeBank):
    """``stored_errors``: how many of the next POSTs get a 500 that is stored for their key."""

    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    stored_responses: dict[str, tuple[bytes, FakeResponse]] = field(default_factory=dict)
    stored_errors: int = 0
    refund_status: str = "succeeded"
    balance_is_enough: bool = True
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    # --- Actions of the customer ----------------------------------------------------
    def pay(self, session_id: str, amount: int | None = None, currency: str = "idr") -> None:
        session = self.sessions[session_id]
        received = session["amount_total"] if amount is None else amount
        number = next(self._numbers)
        self.intents[f"pi_{number}"] = {
            "id": f"pi_{number}",
            "object": "payment_intent",
            "status": "succeeded",
            "amount": received,
            "amount_received": received,
            "currency": currency,
            "metadata": {"payment": session["client_reference_id"]},
            "latest_charge": {"id": f"ch_{number}", "amount_refunded": 0, "refunded": False},
            "last_payment_error": None,
        }
        session |= {
            "status": "complete",
            "payment_status": "paid",
            "payment_intent": f"pi_{number}",
        }

    def event(self, session_id: str, kind: str = "completed", event_id: str = "") -> bytes:
        return json.dumps(
            {
                "id": event_id or f"evt_{next(self._numbers)}",
                "object": "event",
                "type": f"checkout.session.{kind}",
                "data": {"object": self.sessions[session_id]},
            }
        ).encode()

    # --- The API -----------------------------------------------------------------------------
    def respond(self, request: RecordedRequest) -> FakeResponse:
        if request.user != SECRET_KEY:
            return _error(401, "invalid_request_error", "", "Invalid API Key provided")
        key = request.headers.get("idempotency-key")
        if request.method != "POST" or key is None:
            return self._route(request)
        if key in self.stored_responses:
            body, response = self.stored_responses[key]
            return response if body == request.body else _error(400, "idempotency_error", "", "")
        response = self._route(request)
        if self.stored_errors:
            self.stored_errors -= 1
            response = _error(500, "api_error", "", "")
        self.stored_responses[key] = request.body, response
        return response

    def _route(self, request: RecordedRequest) -> FakeResponse:
        parts = request.path.removeprefix("/v1/").split("/")
        if parts == ["checkout", "sessions"]:
            return (
                self._create(request.form)
                if request.method == "POST"
                else self._list(request.query)
            )
        if parts == ["refunds"]:
            if request.method == "POST":
                return self._refund(request.form)
            of = request.query["payment_intent"]
            found = [each for each in self.refunds if each["payment_intent"] == of]
            return FakeResponse(200, {"object": "list", "data": found, "has_more": False})
        session = self.sessions.get(parts[2]) if parts[:2] == ["checkout", "sessions"] else None
        if session is None:
            return _error(404, "invalid_request_error", "resource_missing", "No such session")
        if parts[3:] == ["expire"]:
            if session["status"] != "open":
                return _error(400, "invalid_request_error", "", "Only open sessions can be expired")
            session |= {"status": "expired", "url": None}
        expand = request.query.get("expand[]") == "payment_intent.latest_charge"
        return FakeResponse(200, self._with_intent(session, expand))

    def _create(self, form: dict[str, str]) -> FakeResponse:
        rest_seconds = int(form["expires_at"]) - time.time()
        if not SESSION_SECONDS_MIN <= rest_seconds <= SESSION_SECONDS_MAX:
            return _error(
                400, "invalid_request_error", "", "expires_at must be 30 min to 24 h away"
            )
        price = "line_items[0][price_data]"
        if not form[f"{price}[product_data][name]"]:
            return _error(400, "invalid_request_error", "parameter_invalid_empty", "")
        session_id = f"cs_test_{next(self._numbers):060}"
        self.sessions[session_id] = {
            "id": session_id,
            "object": "checkout.session",
            "amount_total": int(form[f"{price}[unit_amount]"])
            * int(form["line_items[0][quantity]"]),
            "currency": form[f"{price}[currency]"],
            "client_reference_id": form["client_reference_id"],
            "metadata": {
                name.removeprefix("metadata[").rstrip("]"): value
                for name, value in form.items()
                if name.startswith("metadata[")
            },
            "mode": form["mode"],
            "created": int(time.time()),
            "expires_at": int(form["expires_at"]),
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "url": f"https://checkout.stripe.com/c/pay/{session_id}#{'f' * 800}",
        }
        return FakeResponse(200, self.sessions[session_id])

    def _list(self, query: dict[str, str]) -> FakeResponse:
        newest_first = sorted(self.sessions.values(), key=lambda each: each["id"], reverse=True)
        found = [
            each
            for each in newest_first
            if int(query["created[gte]"]) <= each["created"] < int(query["created[lt]"])
        ]
        if after := query.get("starting_after"):
            found = found[[each["id"] for each in found].index(after) + 1 :]
        limit = int(query["limit"])
        expand = query.get("expand[]") == "data.payment_intent.latest_charge"
        shown = [self._with_intent(each, expand) for each in found[:limit]]
        return FakeResponse(200, {"object": "list", "data": shown, "has_more": len(found) > limit})

    def _with_intent(self, session: dict[str, Any], expand: bool) -> dict[str, Any]:
        intent = session["payment_intent"]
        return session | ({"payment_intent": self.intents[intent]} if expand and intent else {})

    def _refund(self, form: dict[str, str]) -> FakeResponse:
        intent = self.intents[form["payment_intent"]]
        charge, amount = intent["latest_charge"], int(form["amount"])
        if not self.balance_is_enough:
            return _error(400, "invalid_request_error", "balance_insufficient", "")
        if charge["refunded"]:
            return _error(400, "invalid_request_error", "charge_already_refunded", "")
        if amount > intent["amount_received"] - charge["amount_refunded"]:
            return _error(400, "invalid_request_error", "amount_too_large", "")
        refund = {
            "id": f"re_{next(self._numbers)}",
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "metadata": {"refund": form["metadata[refund]"]},
            "status": self.refund_status,
        }
        if self.refund_status == "failed":
            refund["failure_reason"] = "expired_or_canceled_card"
        else:
            charge["amount_refunded"] += amount
            charge["refunded"] = charge["amount_refunded"] == intent["amount_received"]
        self.refunds.append(refund)
        return FakeResponse(200, refund)


def signature(body: bytes, *, secret: str = WEBHOOK_SECRET, at: float | None = None) -> str:
    timestamp = str(int(time.time() if at is None else at))
    signed = timestamp.encode() + b"." + body
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def _error(status: int, type_: str, code: str, message: str) -> FakeResponse:
    error = {"type": type_, "message": message} | ({"code": code} if code else {})
    return FakeResponse(status, {"error": error})
