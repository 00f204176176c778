"""How we speak HTTP with a payment provider: bounded in time, in tries and in connections.

Whatever is asked here must be safe to ask again: reading is, and everything that changes something
carries an idempotency key.
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
    """Kept open for the life of the process: a new TLS context a call costs more than the call."""
    return httpx.Client(
        timeout=httpx.Timeout(ANSWER_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
        trust_env=False,
    )


def ask(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    again_on: Collection[int] = (),
    **request: Any,
) -> httpx.Response:
    """The provider's answer, good or bad; a timeout, a 5xx, a 429 or ``again_on`` is tried again.

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
        if status < 500 and status != TOO_MANY_REQUESTS and status not in again_on:
            return response
        failure = f"HTTP {status}"
    raise ProviderUnavailable(failure)


def document(response: httpx.Response) -> dict[str, Any]:
    """The JSON object in an answer. Raises ProviderUnavailable when there is none."""
    try:
        found = response.json()
    except ValueError as error:
        raise ProviderUnavailable(f"HTTP {response.status_code} without JSON") from error
    if not isinstance(found, dict):
        raise ProviderUnavailable("the answer makes no sense")
    return found


def failure_code(text: object) -> str:
    """A provider's word for what went wrong, cut to what we keep."""
    return str(text)[:FAILURE_CODE_MAX]
