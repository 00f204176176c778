"""A provider that hangs must not take the threads of a web process."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from bookings.payments import http
from bookings.payments.base import ProviderUnavailable
from bookings.payments.midtrans.provider import MidtransProvider
from tests.payments.fakes.midtrans import FakeMidtrans
from tests.payments.fakes.server import Fault

HANGING: list[Fault | None] = ["slow"] * http.ATTEMPTS_MAX


def fetch_fails(provider: MidtransProvider) -> str:
    with pytest.raises(ProviderUnavailable) as refusal:
        provider.fetch("an-order")
    return str(refusal.value)


def test_provider_that_hangs_is_left_alone_for_a_while(
    midtrans: FakeMidtrans, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = MidtransProvider()
    midtrans.faults = [*HANGING, *HANGING]

    timed_out = [fetch_fails(provider) for _call in range(http.TIMED_OUT_CALLS_MAX)]
    requests = len(midtrans.requests)
    during = fetch_fails(provider)

    assert timed_out == ["ReadTimeout"] * http.TIMED_OUT_CALLS_MAX
    assert (during, len(midtrans.requests)) == ("circuit breaker open", requests)
    provider._http.breaker.reset()
    assert provider.fetch("an-order") is None


def test_provider_that_answers_in_between_is_not_left_alone(midtrans: FakeMidtrans) -> None:
    provider = MidtransProvider()
    midtrans.faults = [*HANGING, None, *HANGING]

    fetch_fails(provider)
    provider.fetch("an-order")
    fetch_fails(provider)

    assert provider.fetch("an-order") is None


def test_no_attempt_begins_after_the_time_for_retries(
    midtrans: FakeMidtrans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "RETRY_UNTIL_SECONDS", 0.1)
    midtrans.faults = [*HANGING]

    assert fetch_fails(MidtransProvider()) == "ReadTimeout"

    assert len(midtrans.requests) == 1


def test_threads_beyond_the_limit_do_not_wait_for_a_hanging_provider(
    midtrans: FakeMidtrans, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PROVIDER_THREADS_MAX = 1
    monkeypatch.setattr(http, "ANSWER_TIMEOUT_SECONDS", 5.0)
    monkeypatch.setattr(http, "SLOT_WAIT_SECONDS", 0.05)
    monkeypatch.setattr("tests.payments.fakes.server.SLOW_SECONDS", 1.0)
    first, second = MidtransProvider(), MidtransProvider()
    midtrans.faults = ["slow"]
    waiting = threading.Thread(target=first.fetch, args=("an-order",))
    waiting.start()
    deadline = time.monotonic() + 10
    while not midtrans.requests and time.monotonic() < deadline:
        time.sleep(0.01)

    refused = fetch_fails(second)
    waiting.join()

    assert refused == "too many threads wait for providers"
    assert second.fetch("an-order") is None
