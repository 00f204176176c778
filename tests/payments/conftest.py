"""The sandbox bank on a real port, its provider, and the other providers' fakes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from bookings.models import Booking, Payment
from bookings.payments import http
from bookings.payments.sandbox.provider import SandboxProvider
from bookings.settlement.start_payment import start_payment
from sandbox_bank.charges import ChargeOrder, open_charge
from sandbox_bank.models import Charge
from tests.bookings.fixtures import SITI, book_violations, hold_of, order_of, seat_ids
from tests.factories import make_showtime
from tests.payments.fakes import midtrans as midtrans_site
from tests.payments.fakes import stripe as stripe_site
from tests.payments.fakes.midtrans import FakeMidtrans
from tests.payments.fakes.server import running
from tests.payments.fakes.stripe import FakeStripe
from tests.payments.providers import MidtransDriver, ProviderDriver, StripeDriver

RETURN_URL = "http://shop.example/bookings/ABC/return/"
AMOUNT_RUPIAH = 106_000


def new_order(visitor: str = SITI) -> Booking:
    """A pending booking of two seats."""
    showtime = make_showtime()
    return order_of(hold_of(showtime, seat_ids(showtime)[:2], visitor), visitor=visitor)


def started(driver: ProviderDriver, booking: Booking | None = None) -> Payment:
    """A payment whose page is open at the provider, by default of a new booking."""
    return start_payment(
        booking_id=(booking or new_order()).pk,
        provider=driver.name,
        return_url=RETURN_URL,
        at=timezone.now(),
    )


@pytest.fixture
def order(db: None) -> Booking:
    return new_order()


@pytest.fixture
def consistent_books(db: None) -> Iterator[None]:
    """Asserts after the test that money, seats, tickets and ledger agree."""
    yield
    assert book_violations() == []


@pytest.fixture
def _secret(settings: Any) -> None:
    settings.SANDBOX_WEBHOOK_SECRET = "a secret that two companies share"


@pytest.fixture
def bank(live_server: LiveServer, settings: Any, _secret: None) -> str:
    """URL of the running bank."""
    settings.SITE_URL = live_server.url
    settings.SANDBOX_API_URL = f"{live_server.url}/sandbox/api"
    return str(live_server.url)


@pytest.fixture
def provider(bank: str) -> Iterator[SandboxProvider]:
    provider = SandboxProvider()
    yield provider
    # A connection that is kept open keeps a thread of the server, and its database session.
    provider._http.close()


@pytest.fixture
def payment() -> Payment:
    """An unsaved payment."""
    return Payment(
        provider="sandbox",
        amount_rupiah=AMOUNT_RUPIAH,
        currency="IDR",
        expires_at=timezone.now() + timedelta(minutes=5),
    )


@pytest.fixture
def charge(db: None, payment: Payment, _secret: None) -> Charge:
    """The payment's charge at the bank."""
    order = ChargeOrder(
        merchant="Layar",
        merchant_reference=str(payment.pk),
        description="2 tickets",
        amount=AMOUNT_RUPIAH,
        currency="IDR",
        return_url=RETURN_URL,
        expires_at=payment.expires_at,
    )
    charge, _is_new = open_charge(order, idempotency_key=str(payment.pk), at=timezone.now())
    return charge


@pytest.fixture
def _short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Timeouts short enough for a test."""
    monkeypatch.setattr(http, "ANSWER_TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(http, "BACKOFF_SECONDS", 0.001)


@pytest.fixture
def midtrans(settings: Any, _short_timeouts: None) -> Iterator[FakeMidtrans]:
    settings.MIDTRANS_SERVER_KEY = midtrans_site.SERVER_KEY
    with running(FakeMidtrans()) as fake:
        settings.MIDTRANS_SNAP_URL = f"{fake.url}/snap/v1"
        settings.MIDTRANS_API_URL = f"{fake.url}/v2"
        yield fake


@pytest.fixture
def stripe(settings: Any, _short_timeouts: None) -> Iterator[FakeStripe]:
    settings.STRIPE_SECRET_KEY = stripe_site.SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRETS = [stripe_site.WEBHOOK_SECRET]
    with running(FakeStripe()) as fake:
        settings.STRIPE_API_URL = f"{fake.url}/v1"
        yield fake


@pytest.fixture(params=["midtrans", "stripe"])
def driver(request: pytest.FixtureRequest) -> ProviderDriver:
    """Parametrized over the real providers."""
    fake = request.getfixturevalue(request.param)
    return MidtransDriver(fake) if isinstance(fake, FakeMidtrans) else StripeDriver(fake)
