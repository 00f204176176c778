"""HTTP client for payment providers with bounded time, attempts and connections.

Every request must be repeatable: a read, or a write with an idempotency key.
"""

from __future__ import annotations

import random
import time
from collections.abc import Collection
from typing import Any

import httpx

from bookings.payments.base import ProviderUnavailable

CONNECT_TIMEOUT_SECONDS = 1.0
ANSWER_TIMEOUT_SECONDS = 4.0
ATTEMPTS_MAX = 3
BACKOFF_SECONDS = 0.1  # doubled for each further attempt, with jitter
CONNECTIONS_MAX = 20
TOO_MANY_REQUESTS = 429
FAILURE_CODE_MAX = 60  # what the column holds


def open_client() -> httpx.Client:
    """Client to be kept for the life of the process: a TLS context per call is expensive."""
    return httpx.Client(
        timeout=httpx.Timeout(ANSWER_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
        trust_env=False,
    )


def send(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    retry_on: Collection[int] = (),
    **request: Any,
) -> httpx.Response:
    """Send a request; a timeout, a 5xx, a 429 or a status of ``retry_on`` is retried.

    Raises ProviderUnavailable after ATTEMPTS_MAX.
    """
    failure = ""
    for attempt in range(ATTEMPTS_MAX):
        if attempt:
            pause_seconds = BACKOFF_SECONDS * 2 ** (attempt - 1)
            time.sleep(pause_seconds * random.uniform(0.5, 1.5))  # noqa: S311 (jitter)
        try:
            response = client.request(method, url, **request)
        except httpx.HTTPError as error:
            failure = type(error).__name__
            continue
        status = response.status_code
        if status < 500 and status != TOO_MANY_REQUESTS and status not in retry_on:
            return response
        failure = f"HTTP {status}"
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
