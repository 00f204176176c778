"""Protocol of payment providers.

A provider's report is not trusted: ``settlement`` compares amount, currency and merchant reference
with our own row. All calls are made outside transactions.
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
    """Timeout, 5xx or no connection: the outcome is unknown, retry later."""


class ProviderRefused(Exception):
    """The provider refused the request; the same request would be refused again."""

    def __init__(self, failure_code: str) -> None:
        self.failure_code = failure_code
        super().__init__(failure_code)


class RefundImpossible(ProviderRefused):
    """The provider can never make this refund: staff must pay it out by hand."""


class BadSignature(Exception):
    """A webhook without a valid signature of the provider."""


# What an app can use besides the page: the text of a QRIS code, a link that opens a wallet, a token
# for the SDK of Midtrans.
IN_APP = ("qr_string", "deep_link", "snap_token")


@dataclass(frozen=True)
class CreatedPayment:
    """``in_app``: those of IN_APP that the provider offers."""

    reference: str
    redirect_url: str
    expires_at: datetime
    in_app: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ProviderReport:
    """Present state of a payment at the provider."""

    reference: str
    status: ReportStatus
    amount_rupiah: int
    currency: str
    merchant_reference: str  # our payment's id, as we gave it
    failure_code: str = ""
    refunded_rupiah: int | None = None  # None: unknown
    # Our note (``order_notes``) and the payer's address there. Not part of the state.
    note: str = field(default="", compare=False, repr=False)
    payer_email: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class RefundReport:
    status: Literal["pending", "refunded", "failed"]
    failure_code: str = ""
    is_final: bool = False  # failed, and a retry cannot succeed


@dataclass(frozen=True)
class WebhookEvent:
    event_id: str
    reference: str


class Provider(Protocol):
    name: str

    @property
    def title(self) -> str | Promise:
        """Name shown to customers."""
        ...

    @property
    def about(self) -> str | Promise:
        """Short description of its payment methods."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether it is configured and may be offered."""
        ...

    @property
    def minimum_rupiah(self) -> int:
        """The smallest amount that it accepts."""
        ...

    @property
    def methods(self) -> tuple[str, ...]:
        """Payment methods that an app can ask for by name, without the provider's page."""
        ...

    def create(
        self, payment: Payment, *, description: str, return_url: str, method: str = ""
    ) -> CreatedPayment:
        """Open a payment page that closes at ``payment.expires_at``; with one of ``methods`` that
        method alone.

        Idempotent: the payment's id is the key. Raises ProviderUnavailable, ProviderRefused.
        """
        ...

    def fetch(self, reference: str) -> ProviderReport | None:
        """The present state; None if the provider knows of no attempt to pay yet."""
        ...

    def find(self, payment: Payment) -> ProviderReport | None:
        """The report on a payment whose ``create`` response was lost; None if unknown there."""
        ...

    def close(self, payment: Payment) -> None:
        """Close its payment page. No effect if closed or paid."""
        ...

    def refund(self, refund: Refund, *, reference: str) -> RefundReport:
        """Refund ``refund.amount_rupiah``. Idempotent: the refund's id is the key.

        Raises RefundImpossible if no retry can succeed.
        """
        ...

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Verify the signature over the raw ``body``. Raises BadSignature."""
        ...

    def listed(self, day: date) -> Iterator[ProviderReport] | None:
        """The payments opened there on a UTC day; None if the provider has no list."""
        ...
