"""What Layar asks of a payment provider; one file per provider implements it.

A provider's answer is never trusted for what is to be paid: ``settlement`` compares amount,
currency and merchant reference with our own row. All calls are made outside transactions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from bookings.models import Payment, Refund

ReportStatus = Literal["pending", "succeeded", "failed", "expired", "cancelled"]


class ProviderUnavailable(Exception):
    """Timeout, 5xx or no connection: the outcome is unknown, ask again later."""


class ProviderRefused(Exception):
    """The provider understood and said no; asking again the same way is pointless."""

    def __init__(self, failure_code: str) -> None:
        self.failure_code = failure_code
        super().__init__(failure_code)


class BadSignature(Exception):
    """A webhook that did not come from the provider, or was changed on its way."""


@dataclass(frozen=True)
class CreatedPayment:
    reference: str
    redirect_url: str
    expires_at: datetime


@dataclass(frozen=True)
class ProviderReport:
    """The provider's current word on one payment."""

    reference: str
    status: ReportStatus
    amount_rupiah: int
    currency: str
    merchant_reference: str  # our payment's id, as we gave it
    failure_code: str = ""


@dataclass(frozen=True)
class RefundReport:
    status: Literal["pending", "refunded", "failed"]
    failure_code: str = ""


@dataclass(frozen=True)
class WebhookEvent:
    event_id: str
    reference: str


class Provider(Protocol):
    name: str

    def create(self, payment: Payment, *, description: str, return_url: str) -> CreatedPayment:
        """Open a payment page that closes at ``payment.expires_at``.

        The payment's id is the idempotency key: a repeated call gives the first answer.
        """
        ...

    def fetch(self, reference: str) -> ProviderReport: ...

    def find(self, payment_id: UUID) -> ProviderReport | None:
        """The report on a payment whose ``create`` answer we lost; None if it never arrived."""
        ...

    def refund(self, refund: Refund, *, reference: str) -> RefundReport:
        """Give ``refund.amount_rupiah`` back; the refund's id is the idempotency key."""
        ...

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Raises BadSignature unless the raw ``body`` was signed by the provider."""
        ...
