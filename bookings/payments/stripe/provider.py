"""Stripe provider: a Checkout Session per payment, expired by us when the hold ends.

A session's id is the reference; its ``client_reference_id`` is our payment's id. Limits with their
sources: docs/payments.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from bookings.models import Payment, Refund
from bookings.payments import http, order_notes
from bookings.payments.base import (
    CreatedPayment,
    ProviderRefused,
    ProviderReport,
    ProviderUnavailable,
    RefundReport,
    WebhookEvent,
)
from bookings.payments.stripe.parsing import (
    INTENT_CHARGE,
    is_repeatable,
    minor_units,
    refund_report,
    session_report,
)
from bookings.payments.stripe.signature import verified_event

API_VERSION = "2025-07-30.basil"
# Sessions live at least 30 minutes; ours is closed with the hold. Computed from the hold's end,
# so that a repeated request is identical.
SESSION_OUTLIVES_HOLD = timedelta(minutes=31)
CLOCKS_DIFFER = timedelta(minutes=2)
PAGE_LENGTH = 100
LIST_PAGES_MAX = 1000
METADATA_LENGTH_MAX = 500
# Another request with the same idempotency key is running.
CONFLICT = 409
# Whether the refund was made is unknown: repeat with the same key only.
UNKNOWN_OUTCOMES = frozenset({"", "unavailable"})


class StripeProvider:
    """Implements ``bookings.payments.base.Provider``."""

    name = "stripe"
    title = _("Card")
    about = _("Visa, Mastercard, JCB, American Express; by Stripe")
    methods = ()

    @property
    def is_ready(self) -> bool:
        return bool(settings.STRIPE_SECRET_KEY and settings.STRIPE_WEBHOOK_SECRETS)

    @property
    def minimum_rupiah(self) -> int:
        return settings.STRIPE_MINIMUM_RUPIAH

    @cached_property
    def _http(self) -> http.ProviderClient:
        return http.open_client(self.name)

    def create(
        self, payment: Payment, *, description: str, return_url: str, method: str = ""
    ) -> CreatedPayment:
        session = self._request(
            "POST",
            "checkout/sessions",
            key=str(payment.pk),
            form=_session_order(payment, description or settings.SITE_NAME, return_url),
        )
        try:
            return CreatedPayment(
                reference=str(session["id"]),
                redirect_url=str(session["url"]),
                expires_at=datetime.fromtimestamp(session["expires_at"], UTC),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ProviderUnavailable("malformed response") from error

    def fetch(self, reference: str) -> ProviderReport:
        return session_report(self._session(reference))

    def find(self, payment: Payment) -> ProviderReport | None:
        """Search the sessions of those minutes: Stripe's list has no filter for our id."""
        opened = self._sessions(
            payment.created_at - CLOCKS_DIFFER, payment.expires_at + CLOCKS_DIFFER
        )
        ours = (each for each in opened if each.get("client_reference_id") == str(payment.pk))
        session = next(ours, None)
        return session_report(session) if session else None

    def close(self, payment: Payment) -> None:
        if payment.reference:
            self._request("POST", f"checkout/sessions/{quote(payment.reference, safe='')}/expire")

    def refund(self, refund: Refund, *, reference: str) -> RefundReport:
        """Look for the refund first: Stripe drops idempotency keys after a day."""
        intent = self._session(reference).get("payment_intent")
        intent_id = str(intent["id"] if isinstance(intent, dict) else intent)
        known = self._request(
            "GET", "refunds", params={"payment_intent": intent_id, "limit": "100"}
        )
        for each in _data(known):
            is_ours = (each.get("metadata") or {}).get("refund") == str(refund.pk)
            if is_ours and not is_repeatable(each):
                return refund_report(each)
        # Stripe repeats its first response to a key, refusals too: use a new key after one.
        is_unknown = refund.failure_code in UNKNOWN_OUTCOMES
        key = str(refund.pk) if is_unknown else f"{refund.pk}-{refund.attempts}"
        made = self._request(
            "POST",
            "refunds",
            key=key,
            form={
                "payment_intent": intent_id,
                "amount": str(minor_units(refund.amount_rupiah, refund.payment.currency)),
                "metadata[refund]": str(refund.pk),
            },
        )
        return refund_report(made)

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        return verified_event(headers, body, settings.STRIPE_WEBHOOK_SECRETS)

    def listed(self, day: date) -> Iterator[ProviderReport]:
        begins_at = datetime.combine(day, time(), tzinfo=UTC)
        return map(session_report, self._sessions(begins_at, begins_at + timedelta(days=1)))

    def _session(self, reference: str) -> dict[str, Any]:
        return self._request(
            "GET",
            f"checkout/sessions/{quote(reference, safe='')}",
            params={"expand[]": INTENT_CHARGE},
        )

    def _sessions(self, begins_at: datetime, ends_at: datetime) -> Iterator[dict[str, Any]]:
        params = {
            "created[gte]": str(int(begins_at.timestamp())),
            "created[lt]": str(int(ends_at.timestamp())),
            "limit": str(PAGE_LENGTH),
            "expand[]": f"data.{INTENT_CHARGE}",
        }
        for _page in range(LIST_PAGES_MAX):
            answer = self._request("GET", "checkout/sessions", params=params)
            sessions = _data(answer)
            yield from sessions
            if not answer.get("has_more") or not sessions:
                return
            params["starting_after"] = str(sessions[-1].get("id"))
        raise ProviderUnavailable("list exceeds LIST_PAGES_MAX")

    def _request(
        self,
        method: str,
        path: str,
        *,
        key: str = "",
        form: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The response document. Raises ProviderUnavailable, ProviderRefused."""
        response = http.send(
            self._http,
            method,
            f"{settings.STRIPE_API_URL}/{path}",
            retry_on=(CONFLICT,),
            auth=(settings.STRIPE_SECRET_KEY, ""),
            headers={"Stripe-Version": API_VERSION} | ({"Idempotency-Key": key} if key else {}),
            data=form,
            params=params,
        )
        answer = http.document(response)
        if response.is_success:
            return answer
        error = answer.get("error")
        problem = error if isinstance(error, dict) else {}
        code = problem.get("decline_code") or problem.get("code") or problem.get("type")
        raise ProviderRefused(http.failure_code(code or f"http_{response.status_code}"))


def _session_order(payment: Payment, description: str, return_url: str) -> dict[str, str]:
    ends_at = payment.expires_at + SESSION_OUTLIVES_HOLD
    note = order_notes.split(order_notes.serialize(payment), METADATA_LENGTH_MAX)
    price = "line_items[0][price_data]"
    return {
        "mode": "payment",
        "client_reference_id": str(payment.pk),
        # Cards only: other methods take days, a hold lasts minutes.
        "payment_method_types[0]": "card",
        # The customer pays rupiah, not a converted amount.
        "adaptive_pricing[enabled]": "false",
        "line_items[0][quantity]": "1",
        f"{price}[currency]": payment.currency.lower(),
        f"{price}[unit_amount]": str(minor_units(payment.amount_rupiah, payment.currency)),
        f"{price}[product_data][name]": description,
        "payment_intent_data[description]": description,
        "payment_intent_data[metadata][payment]": str(payment.pk),
        "metadata[payment]": str(payment.pk),
        **{f"metadata[order_{number}]": piece for number, piece in enumerate(note)},
        "expires_at": str(int(ends_at.timestamp())),
        "success_url": return_url,
        "cancel_url": return_url,
    }


def _data(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found = answer.get("data")
    if not isinstance(found, list):
        raise ProviderUnavailable("malformed response")
    return found
