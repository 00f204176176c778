"""What Layar asks of a payment provider; one file per provider implements it.

A provider's answer is never trusted for what is to be paid: ``settlement`` compares amount,
currency and merchant reference with our own row. All calls are made outside transactions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from django.utils.functional import Promise

from bookings.models import Payment, Refund

ReportStatus = Literal["pending", "succeeded", "failed", "expired", "cancelled"]


class ProviderUnavailable(Exception):
    """Timeout, 5xx or no connection: the outcome is unknown, ask again later."""


class ProviderRefused(Exception):
    """The provider understood and said no; asking again the same way is pointless."""

    def __init__(self, failure_code: str) -> None:
        self.failure_code = failure_code
        super().__init__(failure_code)


class RefundImpossible(ProviderRefused):
    """It will never give this money back: somebody has to pay it out by hand."""


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
    refunded_rupiah: int | None = None  # what went back of it; None: not told
    # What we left there (``order_notes``), and the address that the payer gave them. Not part of
    # how the payment stands.
    note: str = field(default="", compare=False, repr=False)
    payer_email: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class RefundReport:
    status: Literal["pending", "refunded", "failed"]
    failure_code: str = ""
    is_final: bool = False  # failed, and no repeat will help


@dataclass(frozen=True)
class WebhookEvent:
    event_id: str
    reference: str


class Provider(Protocol):
    name: str

    @property
    def title(self) -> str | Promise:
        """What a customer reads when choosing it."""
        ...

    @property
    def about(self) -> str | Promise:
        """The ways to pay there, in a few words."""
        ...

    @property
    def is_ready(self) -> bool:
        """Its keys are configured, so it may be offered."""
        ...

    def create(self, payment: Payment, *, description: str, return_url: str) -> CreatedPayment:
        """Open a payment page that closes at ``payment.expires_at``.

        The payment's id is the idempotency key: a repeated call gives the first answer.
        """
        ...

    def fetch(self, reference: str) -> ProviderReport | None:
        """How it stands now; None where the provider knows of no attempt to pay it (yet)."""
        ...

    def find(self, payment: Payment) -> ProviderReport | None:
        """The report on a payment whose ``create`` answer we lost; None if it never arrived."""
        ...

    def close(self, payment: Payment) -> None:
        """Let nobody pay on its page any more. Closing what is closed or paid changes nothing."""
        ...

    def refund(self, refund: Refund, *, reference: str) -> RefundReport:
        """Give ``refund.amount_rupiah`` back; the refund's id is the idempotency key.

        A repeated call gives the state of the first. Raises RefundImpossible where no repeat helps.
        """
        ...

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Raises BadSignature unless the raw ``body`` was signed by the provider."""
        ...

    def listed(self, day: date) -> Iterator[ProviderReport] | None:
        """Every page that was opened there on a UTC day; None where there is no such list."""
        ...
