"""The sandbox bank seen from our side: a provider like any other, reached by HTTP alone."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import time
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, cast, get_args
from urllib.parse import quote
from uuid import UUID

import httpx
from django.conf import settings
from django.utils import timezone

from bookings.models import Payment, Refund
from bookings.payments.protocol import (
    BadSignature,
    CreatedPayment,
    ProviderRefused,
    ProviderReport,
    ProviderUnavailable,
    RefundReport,
    ReportStatus,
    WebhookEvent,
)

CONNECT_TIMEOUT_SECONDS = 1.0
ANSWER_TIMEOUT_SECONDS = 4.0
ATTEMPTS_MAX = 3
BACKOFF_SECONDS = 0.1  # doubled for each further attempt, with jitter
CONNECTIONS_MAX = 20
SIGNATURE_TOLERANCE_SECONDS = 300
SIGNATURES_MAX = 4
API_KEY_PURPOSE = b"sandbox api key"


class SandboxProvider:
    """Implements ``bookings.payments.protocol.Provider``.

    Every request that changes something carries an idempotency key, so each may be repeated: a
    timeout or a 5xx is tried again with the same key a few times, then it is ProviderUnavailable.
    """

    name = "sandbox"

    @cached_property
    def _http(self) -> httpx.Client:
        """Kept open for the life of the process; a new TLS context a call costs more than it."""
        return httpx.Client(
            timeout=httpx.Timeout(ANSWER_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,
        )

    def create(self, payment: Payment, *, description: str, return_url: str) -> CreatedPayment:
        charge = self._ask(
            "POST",
            "charges",
            key=str(payment.pk),
            json_body={
                "merchant": settings.SITE_NAME,
                "merchant_reference": str(payment.pk),
                "description": description,
                "amount": payment.amount_rupiah,
                "currency": payment.currency,
                "return_url": return_url,
                "expires_at": payment.expires_at.isoformat(),
            },
        )
        try:
            return CreatedPayment(
                reference=str(charge["reference"]),
                redirect_url=str(charge["payment_url"]),
                expires_at=datetime.fromisoformat(charge["expires_at"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ProviderUnavailable("the answer makes no sense") from error

    def fetch(self, reference: str) -> ProviderReport:
        return _report(self._ask("GET", f"charges/{quote(reference, safe='')}"))

    def find(self, payment_id: UUID) -> ProviderReport | None:
        answer = self._ask("GET", "charges", params={"merchant_reference": str(payment_id)})
        found = answer.get("charges")
        if not isinstance(found, list):
            raise ProviderUnavailable("the answer makes no sense")
        return _report(found[0]) if found else None

    def refund(self, refund: Refund, *, reference: str) -> RefundReport:
        answer = self._ask(
            "POST",
            f"charges/{quote(reference, safe='')}/refunds",
            key=str(refund.pk),
            json_body={"amount": refund.amount_rupiah},
        )
        if answer.get("status") == "refunded":
            return RefundReport("refunded")
        return RefundReport("failed", str(answer.get("failure_code", "")))

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        shown = {name.lower(): value for name, value in headers.items()}
        timestamp = shown.get("sandbox-timestamp", "")
        if not settings.SANDBOX_WEBHOOK_SECRET or not timestamp.isascii():
            raise BadSignature
        self._check_age(timestamp)
        expected = _mac(timestamp.encode() + b"." + body)
        given = shown.get("sandbox-signature", "").split(",")[:SIGNATURES_MAX]
        if not any(hmac.compare_digest(_v1(signature), expected.encode()) for signature in given):
            raise BadSignature
        try:
            event = json.loads(body)
            return WebhookEvent(str(event["event_id"]), str(event["reference"]))
        except (ValueError, KeyError, TypeError) as error:
            raise BadSignature from error

    def _check_age(self, timestamp: str) -> None:
        """An event that was recorded on its way must not be of use later."""
        try:
            age_seconds = timezone.now().timestamp() - int(timestamp)
        except ValueError:
            raise BadSignature from None
        if abs(age_seconds) > SIGNATURE_TOLERANCE_SECONDS:
            raise BadSignature

    def _ask(
        self,
        method: str,
        path: str,
        *,
        key: str = "",
        json_body: dict[str, Any] | None = None,
        params: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The bank's answer; raises ProviderUnavailable or ProviderRefused."""
        failure = ""
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                pause_seconds = BACKOFF_SECONDS * 2 ** (attempt - 1)
                time.sleep(pause_seconds * random.uniform(0.5, 1.5))  # noqa: S311 (jitter)
            try:
                response = self._http.request(
                    method,
                    f"{settings.SANDBOX_API_URL}/{path}",
                    json=json_body,
                    params=params,
                    headers={"Authorization": f"Bearer {_mac(API_KEY_PURPOSE)}"}
                    | ({"Idempotency-Key": key} if key else {}),
                )
            except httpx.HTTPError as error:
                failure = type(error).__name__
                continue
            if response.status_code < 500 and response.status_code != 429:
                return _document(response)
            failure = f"HTTP {response.status_code}"
        raise ProviderUnavailable(failure)


def _document(response: httpx.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError as error:
        raise ProviderUnavailable(f"HTTP {response.status_code} without JSON") from error
    if not isinstance(document, dict):
        raise ProviderUnavailable("the answer makes no sense")
    if response.is_success:
        return document
    problem = document.get("error")
    code = problem.get("code") if isinstance(problem, dict) else None
    raise ProviderRefused(str(code or f"http_{response.status_code}"))


def _report(charge: dict[str, Any]) -> ProviderReport:
    """What the bank says was paid, once it was paid; until then what it was asked for."""
    try:
        status = charge["status"]
        if status not in get_args(ReportStatus):
            raise ValueError(status)
        is_paid = status == "succeeded"
        return ProviderReport(
            reference=str(charge["reference"]),
            status=cast(ReportStatus, status),
            amount_rupiah=int(charge["captured_amount" if is_paid else "amount"]),
            currency=str(charge["captured_currency" if is_paid else "currency"]),
            merchant_reference=str(charge["merchant_reference"]),
            failure_code=str(charge.get("failure_code", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderUnavailable("the answer makes no sense") from error


def _v1(signature: str) -> bytes:
    scheme, _equals, value = signature.strip().partition("=")
    return value.encode() if scheme == "v1" else b""


def _mac(message: bytes) -> str:
    secret: str = settings.SANDBOX_WEBHOOK_SECRET
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
