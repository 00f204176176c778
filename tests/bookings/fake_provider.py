"""A fake payment provider that keeps charges in memory and fails on demand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal
from uuid import UUID

from bookings.models import Payment, Refund
from bookings.payments.base import (
    BadSignature,
    CreatedPayment,
    ProviderRefused,
    ProviderReport,
    ProviderUnavailable,
    RefundReport,
    WebhookEvent,
)

Mood = Literal["well", "away", "refusing", "deaf"]


@dataclass
class FakeProvider:
    """Implements ``bookings.payments.base.Provider``.

    ``mood``: "away" does not respond, "refusing" refuses everything, "deaf" accepts a charge and
    loses the response. ``asked`` lists the calls. ``meanwhile`` runs once during the next call, as
    a concurrent process.
    """

    name: str = "paper"
    title: str = "Paper Bank"
    about: str = "Banknotes"
    is_ready: bool = True
    minimum_rupiah: int = 1
    methods: tuple[str, ...] = ("qris",)
    mood: Mood = "well"
    charges: dict[str, ProviderReport] = field(default_factory=dict)
    refund_answer: RefundReport = field(default_factory=lambda: RefundReport("refunded"))
    refunds: dict[UUID, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    return_urls: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] | None = None

    def reset(self) -> None:
        vars(self).update(vars(FakeProvider()))

    def pay(self, payment: Payment, **other: Any) -> None:
        """The customer pays; no webhook is sent."""
        charge = self.charges[f"paper-{payment.pk}"]
        changed: dict[str, Any] = {"status": "succeeded"} | other
        self.charges[charge.reference] = replace(charge, **changed)

    def create(
        self, payment: Payment, *, description: str, return_url: str, method: str = ""
    ) -> CreatedPayment:
        self._answer("create")
        self.return_urls.append(return_url)
        reference = f"paper-{payment.pk}"
        self.charges.setdefault(
            reference,
            ProviderReport(
                reference, "pending", payment.amount_rupiah, payment.currency, str(payment.pk)
            ),
        )
        if self.mood == "deaf":
            raise ProviderUnavailable("lost on the way back")
        in_app = {"qr_string": f"qr-of-{payment.pk}"} if method else {}
        page = f"https://paper.test/{reference}"
        return CreatedPayment(reference, page, payment.expires_at, in_app)

    def fetch(self, reference: str) -> ProviderReport:
        self._answer("fetch")
        if reference not in self.charges:
            raise ProviderRefused("no_such_charge")
        return self.charges[reference]

    def find(self, payment: Payment) -> ProviderReport | None:
        self._answer("find")
        return self.charges.get(f"paper-{payment.pk}")

    def close(self, payment: Payment) -> None:
        """Does nothing: the page stays open and late payments are possible."""

    def listed(self, day: date) -> None:
        """Not supported."""

    def refund(self, refund: Refund, *, reference: str) -> RefundReport:
        self._answer("refund")
        if self.refund_answer.status == "refunded":
            self.refunds[refund.pk] = refund.amount_rupiah
        return self.refund_answer

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        if headers.get("Paper-Signature") != "genuine":
            raise BadSignature
        event = json.loads(body)
        return WebhookEvent(event["event_id"], event["reference"])

    def _answer(self, call: str) -> None:
        self.asked.append(call)
        happening, self.meanwhile = self.meanwhile, None
        if happening:
            happening()
        if self.mood == "away":
            raise ProviderUnavailable("away")
        if self.mood == "refusing":
            raise ProviderRefused("not_today")
