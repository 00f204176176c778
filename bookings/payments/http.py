"""HTTP client for payment providers with bounded time, attempts and connections.

Every request must be repeatable: a read, or a write with an idempotency key.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from django.conf import settings

from bookings.payments.base import ProviderUnavailable
from core.outage import CircuitBreaker

CONNECT_TIMEOUT_SECONDS = 1.0
ANSWER_TIMEOUT_SECONDS = 4.0
ATTEMPTS_MAX = 3
BACKOFF_SECONDS = 0.1  # doubled for each further attempt, with jitter
RETRY_UNTIL_SECONDS = 5.0  # no further attempt after that
CONNECTIONS_MAX = 20
SLOT_WAIT_SECONDS = 1.0
TIMED_OUT_CALLS_MAX = 2  # in a row, then the circuit breaker opens
BREAKER_PAUSE_SECONDS = 10.0
TOO_MANY_REQUESTS = 429
FAILURE_CODE_MAX = 60  # what the column holds


class ProviderClient(httpx.Client):
    """HTTP client of one provider, with a circuit breaker for one that hangs."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(**options)
        self.breaker = CircuitBreaker(f"payment provider {name}", BREAKER_PAUSE_SECONDS)
        self.timed_out_calls = 0  # in a row

    def note_timeout(self, error: Exception) -> None:
        self.timed_out_calls += 1
        if self.timed_out_calls >= TIMED_OUT_CALLS_MAX:
            self.breaker.trip(error)

    def note_response(self) -> None:
        self.timed_out_calls = 0


class WaitingThreads:
    """Limits the threads of this process that wait for any provider."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Raises ProviderUnavailable if none is free within SLOT_WAIT_SECONDS."""
        with self._changed:
            if not self._changed.wait_for(self._is_free, SLOT_WAIT_SECONDS):
                raise ProviderUnavailable("too many threads wait for providers")
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify()

    def _is_free(self) -> bool:
        return self._count < settings.PROVIDER_THREADS_MAX


_WAITING = WaitingThreads()


def open_client(name: str) -> ProviderClient:
    """Client to be kept for the life of the process: a TLS context per call is expensive."""
    return ProviderClient(
        name,
        timeout=httpx.Timeout(ANSWER_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
        trust_env=False,
    )


def send(
    client: ProviderClient,
    method: str,
    url: str,
    *,
    retry_on: Collection[int] = (),
    **request: Any,
) -> httpx.Response:
    """Send a request; a timeout, a 5xx, a 429 or a status of ``retry_on`` is retried.

    Raises ProviderUnavailable after ATTEMPTS_MAX or RETRY_UNTIL_SECONDS, at once while the
    provider hangs (circuit breaker), and if too many threads of this process wait for providers.
    """
    if client.breaker.is_open():
        raise ProviderUnavailable("circuit breaker open")
    with _WAITING.slot():
        return _send_with_retries(client, method, url, retry_on, request)


def _send_with_retries(
    client: ProviderClient,
    method: str,
    url: str,
    retry_on: Collection[int],
    request: dict[str, Any],
) -> httpx.Response:
    failure, timeout = "", None
    began = time.monotonic()
    for attempt in range(ATTEMPTS_MAX):
        if attempt and time.monotonic() - began > RETRY_UNTIL_SECONDS:
            break
        if attempt:
            pause_seconds = BACKOFF_SECONDS * 2 ** (attempt - 1)
            time.sleep(pause_seconds * random.uniform(0.5, 1.5))  # noqa: S311 (jitter)
        try:
            response = client.request(method, url, **request)
        except httpx.HTTPError as error:
            failure = type(error).__name__
            timeout = error if isinstance(error, httpx.TimeoutException) else None
            continue
        client.note_response()
        timeout = None
        status = response.status_code
        if status < 500 and status != TOO_MANY_REQUESTS and status not in retry_on:
            return response
        failure = f"HTTP {status}"
    if timeout is not None:
        client.note_timeout(timeout)
    raise ProviderUnavailable(failure)


def document(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of a response. Raises ProviderUnavailable if there is none."""
    try:
        body = response.json()
    except ValueError as error:
        raise ProviderUnavailable(f"HTTP {response.status_code} without JSON") from error
    if not isinstance(body, dict):
        raise ProviderUnavailable("malformed response")
    return body


def failure_code(text: object) -> str:
    """A provider's failure code, cut to the length of the column."""
    return str(text)[:FAILURE_CODE_MAX]
