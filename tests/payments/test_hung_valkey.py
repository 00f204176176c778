"""Payments while Valkey hangs: they neither wait for it one after another nor stop the site."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from bookings.models import Booking, BookingStatus, Payment
from ops.stores.ports_and_secrets import LOOPBACK, choose_port
from ops.stores.process_guard import ProcessGroup
from ops.stores.valkey import Valkey
from sandbox_bank.charges import ChargeOrder, choose, open_charge
from sandbox_bank.models import Scenario
from sandbox_bank.signing import webhook_headers
from tests.bookings.fixtures import book_violations
from tests.concurrency import servers
from tests.factories import make_booking, make_showtime

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

PAYMENTS = 16
# Of each process the first command to Valkey waits half a second and the first task a fifth; then
# both are left alone for a while. One payment that waited as long as a worker does takes longer
# than all of them may.
SECONDS_MAX = 25.0
WARM_UP_REQUESTS = 8
DELIVERIES_MAX, DELIVERY_PAUSE_SECONDS = 240, 0.5


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """Its URL and its process."""
    group = ProcessGroup()
    valkey = Valkey(tmp_path, choose_port(), "a-password", ephemeral=True)
    child = valkey.start(group)
    yield valkey.url, child.process.pid
    os.kill(child.process.pid, signal.SIGCONT)
    group.stop(child)
    group.close()


def paid_at_the_bank(booking: Booking) -> Payment:
    """A payment of ours that is pending, although the bank has the money."""
    payment = booking.payments.get()
    order = ChargeOrder(
        merchant="Layar",
        merchant_reference=str(payment.pk),
        description="a ticket",
        amount=payment.amount_rupiah,
        currency=payment.currency,
        return_url="http://shop.example/",
        expires_at=payment.expires_at,
    )
    charge, _is_new = open_charge(order, idempotency_key=str(payment.pk), at=timezone.now())
    choose(charge.reference, Scenario.PAY, delay_seconds=0, at=timezone.now())
    payment.reference = charge.reference
    payment.save(update_fields=["reference"])
    return payment


def ask(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, float]:
    """The status, and when it came."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=120)
    connection.request(method, path, body, {"Host": "localhost", **(headers or {})})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, time.monotonic()


def notify(port: int, payment: Payment) -> tuple[int, float]:
    """Send the bank's webhook about a successful ``payment``, again after each 503."""
    event_id = f"evt_{payment.pk}"
    body = json.dumps({"event_id": event_id, "reference": payment.reference}).encode()
    headers = webhook_headers(event_id, body, at=timezone.now())
    for _delivery in range(DELIVERIES_MAX):
        answer = ask(port, "POST", "/webhooks/sandbox/", body, headers)
        if answer[0] != 503:
            return answer
        time.sleep(DELIVERY_PAUSE_SECONDS)
    raise AssertionError(f"answered 503 to each of {DELIVERIES_MAX} deliveries")


def test_sixteen_payments_are_confirmed_while_valkey_hangs(
    tmp_path: Path, bank: str, valkey: tuple[str, int], settings: Any
) -> None:
    showtime = make_showtime(rows="AB", seats_per_row=10)
    payments = [paid_at_the_bank(make_booking(showtime, 1)) for _ in range(PAYMENTS)]
    seat_map = f"/api/v1/showtimes/{showtime.pk}/seats"
    valkey_url, valkey_process = valkey
    environment = {
        "REDIS_URL": valkey_url,
        "SANDBOX_API_URL": f"{bank}/sandbox/api",
        "SANDBOX_WEBHOOK_SECRET": settings.SANDBOX_WEBHOOK_SECRET,
    }
    with (
        servers.web_server(tmp_path, **environment) as port,
        ThreadPoolExecutor(PAYMENTS + 1) as clients,
    ):
        for _request in range(WARM_UP_REQUESTS):
            assert ask(port, "GET", seat_map)[0] == 200
        os.kill(valkey_process, signal.SIGSTOP)
        began = time.monotonic()
        notified = [clients.submit(notify, port, payment) for payment in payments]
        others = [ask(port, "GET", path) for path in (seat_map, "/api/v1/movies", "/healthz")]
        answers = [*others, *(answer.result() for answer in notified)]

    assert {status for status, _at in answers} == {200}
    assert max(at for _status, at in answers) - began < SECONDS_MAX
    assert set(Booking.objects.values_list("status", flat=True)) == {BookingStatus.CONFIRMED}
    assert book_violations() == []
