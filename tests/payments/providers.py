"""The same interface to each provider's fake, for tests that run against every provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.test import Client

from bookings.models import Payment
from tests.payments.fakes.midtrans import FakeMidtrans
from tests.payments.fakes.server import FakeBank
from tests.payments.fakes.stripe import FakeStripe, signature


@dataclass(frozen=True)
class WebhookRequest:
    """A webhook request to our endpoint."""

    url: str
    body: bytes
    headers: dict[str, str]

    def send(self) -> int:
        response = Client().post(
            self.url, self.body, content_type="application/json", headers=self.headers
        )
        return int(response.status_code)


class ProviderDriver(Protocol):
    name: str

    @property
    def bank(self) -> FakeBank: ...

    def pay(self, payment: Payment, amount_rupiah: int = 0, currency: str = "IDR") -> None: ...

    def webhook(self, payment: Payment) -> WebhookRequest:
        """The webhook for the present state."""
        ...

    def forged_webhook(self, payment: Payment) -> WebhookRequest: ...

    def is_closed(self, payment: Payment) -> bool: ...

    def refunded_rupiah(self, payment: Payment) -> int: ...


@dataclass
class MidtransDriver:
    bank: FakeMidtrans
    name: str = "midtrans"

    def pay(self, payment: Payment, amount_rupiah: int = 0, currency: str = "IDR") -> None:
        amount = amount_rupiah or payment.amount_rupiah
        self.bank.pay(str(payment.pk), gross_amount=f"{amount}.00", currency=currency)

    def webhook(self, payment: Payment) -> WebhookRequest:
        return WebhookRequest("/webhooks/midtrans/", self.bank.notification(str(payment.pk)), {})

    def forged_webhook(self, payment: Payment) -> WebhookRequest:
        body = self.bank.notification(str(payment.pk), signature_key="0" * 128)
        return WebhookRequest("/webhooks/midtrans/", body, {})

    def is_closed(self, payment: Payment) -> bool:
        return payment.redirect_url.rpartition("/")[2] in self.bank.cancelled

    def refunded_rupiah(self, payment: Payment) -> int:
        return int(float(self.bank.orders[str(payment.pk)].get("refund_amount", "0")))


@dataclass
class StripeDriver:
    bank: FakeStripe
    name: str = "stripe"

    def pay(self, payment: Payment, amount_rupiah: int = 0, currency: str = "IDR") -> None:
        amount = 100 * (amount_rupiah or payment.amount_rupiah)
        self.bank.pay(payment.reference or "", amount, currency.lower())

    def webhook(self, payment: Payment) -> WebhookRequest:
        event_id = f"evt_{self.bank.sessions[payment.reference or '']['payment_status']}"
        body = self.bank.event(payment.reference or "", event_id=event_id)
        return WebhookRequest("/webhooks/stripe/", body, {"Stripe-Signature": signature(body)})

    def forged_webhook(self, payment: Payment) -> WebhookRequest:
        body = self.bank.event(payment.reference or "")
        return WebhookRequest(
            "/webhooks/stripe/", body, {"Stripe-Signature": signature(body, secret="no")}
        )

    def is_closed(self, payment: Payment) -> bool:
        return str(self.bank.sessions[payment.reference or ""]["status"]) == "expired"

    def refunded_rupiah(self, payment: Payment) -> int:
        made = [each for each in self.bank.refunds if each["status"] != "failed"]
        return int(sum(each["amount"] for each in made)) // 100
