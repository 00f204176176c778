"""Against localstripe, an independent stateful fake of Stripe.

It has payment intents, charges, refunds and signed webhooks, but no Checkout Sessions and no
idempotency keys; those are provided by our own fake, which forwards everything else to it.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bookings.models import Payment, Refund
from bookings.payments.base import BadSignature, RefundReport, WebhookEvent
from bookings.payments.stripe.provider import StripeProvider
from tests.payments.conftest import AMOUNT_RUPIAH, RETURN_URL
from tests.payments.fakes.server import FakeResponse, RecordedRequest, running
from tests.payments.fakes.stripe import SECRET_KEY, WEBHOOK_SECRET, FakeStripe

START = """
import sys
from aiohttp import web
from localstripe.server import app
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""
START_SECONDS_MAX = 20


@pytest.fixture(scope="module")
def localstripe() -> Iterator[httpx.Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", START, str(port)])
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{port}", auth=(SECRET_KEY, ""), trust_env=False
    )
    try:
        _wait_for(client)
        yield client
    finally:
        client.close()
        server.terminate()
        server.wait()


def _wait_for(client: httpx.Client) -> None:
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < give_up_at:
        try:
            client.get("/v1/charges")
            return
        except httpx.ConnectError:
            time.sleep(0.05)
    raise TimeoutError("localstripe does not start")


@dataclass
class StripeBesideLocalstripe(FakeStripe):
    """Our fake's sessions with localstripe's payment intents and refunds."""

    client: httpx.Client | None = None

    def pay(self, session_id: str, amount: int | None = None, currency: str = "idr") -> None:
        session = self.sessions[session_id]
        form = {"amount": amount or session["amount_total"], "currency": currency}
        intent = self._pass_on(
            "POST",
            "/v1/payment_intents",
            form | {"payment_method": "pm_card_visa", "confirm": "true"},
        )
        session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent["id"]}

    def _route(self, request: RecordedRequest) -> FakeResponse:
        if request.path == "/v1/refunds":
            path = (
                f"{request.path}?{httpx.QueryParams(request.query)}"
                if request.query
                else request.path
            )
            return FakeResponse(200, self._pass_on(request.method, path, request.form))
        return super()._route(request)

    def _with_intent(self, session: dict[str, Any], expand: bool) -> dict[str, Any]:
        intent = session["payment_intent"]
        if not (expand and intent):
            return session
        path = f"/v1/payment_intents/{intent}?expand[]=latest_charge"
        return session | {"payment_intent": self._pass_on("GET", path)}

    def _pass_on(self, method: str, path: str, form: dict[str, Any] | None = None) -> Any:
        assert self.client is not None
        response = self.client.request(method, path, data=form or None)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def bank(localstripe: httpx.Client, stripe: FakeStripe, settings: Any) -> Iterator[FakeStripe]:
    with running(StripeBesideLocalstripe(client=localstripe)) as beside:
        settings.STRIPE_API_URL = f"{beside.url}/v1"
        yield beside


@pytest.fixture
def paid(bank: FakeStripe, payment: Payment) -> Payment:
    payment.created_at = timezone.now()
    created = StripeProvider().create(payment, description="", return_url=RETURN_URL)
    payment.reference = created.reference
    bank.pay(created.reference)
    return payment


def test_partial_refunds_are_found_and_made_once(paid: Payment, bank: FakeStripe) -> None:
    provider, reference = StripeProvider(), paid.reference or ""
    part = Refund(payment=paid, amount_rupiah=6000, reason="late")
    rest = Refund(payment=paid, amount_rupiah=AMOUNT_RUPIAH - 6000, reason="late")

    answers = []
    for refund in (part, part, rest, rest):
        bank.stored_responses.clear()  # without idempotency keys
        answers.append(provider.refund(refund, reference=reference))

    report = provider.fetch(reference)
    assert answers == [RefundReport("refunded")] * 4
    assert (report.status, report.amount_rupiah, report.currency, report.refunded_rupiah) == (
        "succeeded",
        AMOUNT_RUPIAH,
        "IDR",
        AMOUNT_RUPIAH,
    )


def test_webhook_signed_by_localstripe_is_accepted(
    localstripe: httpx.Client, httpserver: HTTPServer, stripe: FakeStripe
) -> None:
    came: list[tuple[dict[str, str], bytes]] = []

    def take(request: Request) -> Response:
        came.append((dict(request.headers), request.get_data()))
        return Response(status=200)

    httpserver.expect_request("/webhooks/stripe/").respond_with_handler(take)
    localstripe.post(
        "/_config/webhooks/ours",
        json={
            "url": httpserver.url_for("/webhooks/stripe/"),
            "secret": WEBHOOK_SECRET,
            "events": ["customer.created"],
        },
    ).raise_for_status()
    customer = localstripe.post("/v1/customers", data={"description": "nobody"}).json()

    give_up_at = time.monotonic() + START_SECONDS_MAX
    while not came and time.monotonic() < give_up_at:
        time.sleep(0.05)

    [(headers, body)] = came
    event = StripeProvider().verify_webhook(headers, body)
    assert event == WebhookEvent(event.event_id, customer["id"])
    with pytest.raises(BadSignature):
        StripeProvider().verify_webhook(headers, body + b" ")
