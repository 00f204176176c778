"""Sandbox provider: a client of the sandbox bank's HTTP API."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast, get_args
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models import Payment, Refund
from bookings.payments import http
from bookings.payments.base import (
    BadSignature,
    CreatedPayment,
    ProviderRefused,
    ProviderReport,
    ProviderUnavailable,
    RefundReport,
    ReportStatus,
    WebhookEvent,
)

SIGNATURE_TOLERANCE_SECONDS = 300
SIGNATURES_MAX = 4
API_KEY_PURPOSE = b"sandbox api key"
LIST_PAGES_MAX = 1000


class SandboxProvider:
    """Implements ``bookings.payments.base.Provider``."""

    name = "sandbox"
    title = _("Sandbox bank")
    about = _("A demonstration: no real money moves.")
    minimum_rupiah = 1
    methods = ()

    @property
    def is_ready(self) -> bool:
        """Only where enabled: it issues tickets without real payment."""
        return bool(settings.SANDBOX_ENABLED)

    @cached_property
    def _http(self) -> http.ProviderClient:
        return http.open_client(self.name)

    def create(
        self, payment: Payment, *, description: str, return_url: str, method: str = ""
    ) -> CreatedPayment:
        charge = self._request(
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
            raise ProviderUnavailable("malformed response") from error

    def fetch(self, reference: str) -> ProviderReport:
        return _report(self._request("GET", f"charges/{quote(reference, safe='')}"))

    def find(self, payment: Payment) -> ProviderReport | None:
        answer = self._request("GET", "charges", params={"merchant_reference": str(payment.pk)})
        found = _charges(answer)
        return _report(found[0]) if found else None

    def close(self, payment: Payment) -> None:
        if payment.reference:
            self._request("POST", f"charges/{quote(payment.reference, safe='')}/close")

    def listed(self, day: date) -> Iterator[ProviderReport]:
        params = {"date": day.isoformat()}
        for _page in range(LIST_PAGES_MAX):
            answer = self._request("GET", "charges", params=params)
            yield from map(_report, _charges(answer))
            if not answer.get("next_after"):
                return
            params["after"] = str(answer["next_after"])
        raise ProviderUnavailable("list exceeds LIST_PAGES_MAX")

    def refund(self, refund: Refund, *, reference: str) -> RefundReport:
        answer = self._request(
            "POST",
            f"charges/{quote(reference, safe='')}/refunds",
            key=str(refund.pk),
            json_body={"amount": refund.amount_rupiah},
        )
        if answer.get("status") == "refunded":
            return RefundReport("refunded")
        return RefundReport("failed", str(answer.get("failure_code", "")))

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        lowercase = {name.lower(): value for name, value in headers.items()}
        timestamp = lowercase.get("sandbox-timestamp", "")
        if not settings.SANDBOX_WEBHOOK_SECRET or not timestamp.isascii():
            raise BadSignature
        self._check_age(timestamp)
        expected = _mac(timestamp.encode() + b"." + body)
        given = lowercase.get("sandbox-signature", "").split(",")[:SIGNATURES_MAX]
        if not any(hmac.compare_digest(_v1(signature), expected.encode()) for signature in given):
            raise BadSignature
        try:
            event = json.loads(body)
            return WebhookEvent(str(event["event_id"]), str(event["reference"]))
        except (ValueError, KeyError, TypeError) as error:
            raise BadSignature from error

    def _check_age(self, timestamp: str) -> None:
        """Refuse replayed webhooks."""
        try:
            age_seconds = timezone.now().timestamp() - int(timestamp)
        except ValueError:
            raise BadSignature from None
        if abs(age_seconds) > SIGNATURE_TOLERANCE_SECONDS:
            raise BadSignature

    def _request(
        self,
        method: str,
        path: str,
        *,
        key: str = "",
        json_body: dict[str, Any] | None = None,
        params: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The response document. Raises ProviderUnavailable, ProviderRefused."""
        response = http.send(
            self._http,
            method,
            f"{settings.SANDBOX_API_URL}/{path}",
            json=json_body,
            params=params,
            headers={"Authorization": f"Bearer {_mac(API_KEY_PURPOSE)}"}
            | ({"Idempotency-Key": key} if key else {}),
        )
        document = http.document(response)
        if response.is_success:
            return document
        problem = document.get("error")
        code = problem.get("code") if isinstance(problem, dict) else None
        raise ProviderRefused(http.failure_code(code or f"http_{response.status_code}"))


def _charges(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found = answer.get("charges")
    if not isinstance(found, list):
        raise ProviderUnavailable("malformed response")
    return found


def _report(charge: dict[str, Any]) -> ProviderReport:
    """Report with the captured amount once paid, before with the requested one."""
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
            refunded_rupiah=int(charge.get("refunded_amount", 0)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderUnavailable("malformed response") from error


def _v1(signature: str) -> bytes:
    scheme, _equals, value = signature.strip().partition("=")
    return value.encode() if scheme == "v1" else b""


def _mac(message: bytes) -> str:
    secret: str = settings.SANDBOX_WEBHOOK_SECRET
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
