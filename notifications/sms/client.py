"""HTTP client for gateways: maps responses to permanent and temporary failures.

Only a fault of the message itself is permanent. Faults of the configuration (credentials, balance,
address) and of the network are retried: an operator has hours to correct them before the message is
given up.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx

from notifications.errors import GatewayFailed, Undeliverable

CONNECT_TIMEOUT_SECONDS = 5.0
ANSWER_TIMEOUT_SECONDS = 15.0
ANSWER_BYTES_MAX = 64 * 1024
# Credentials, payment, permission, URL, timeout, conflict, rate: not the message's fault.
OURS_TO_MEND = frozenset({401, 402, 403, 404, 405, 407, 408, 409, 425, 429})


def send_request(method: str, url: str, **request: Any) -> httpx.Response:
    """Send one request. Raises GatewayFailed if no response came in time.

    After a timeout it is unknown whether the message was sent. Delivery is at least once, so it is
    sent again and the customer may get two.
    """
    timeout = httpx.Timeout(ANSWER_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS)
    try:
        return _client().request(method, url, timeout=timeout, **request)
    except httpx.HTTPError as error:
        raise GatewayFailed(type(error).__name__) from None


@cache
def _client() -> httpx.Client:
    """Kept by the process: reading the certificates takes longer than a message.

    No connection is kept: one that the gateway had closed would delay a message.
    """
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(limits=limits, follow_redirects=False)


def check(response: httpx.Response) -> None:
    """Raise Undeliverable or GatewayFailed unless the gateway accepted the message."""
    if response.is_success:
        return
    code = f"http_{response.status_code}"
    if response.is_client_error and response.status_code not in OURS_TO_MEND:
        raise Undeliverable(code)
    raise GatewayFailed(code)


def json_of(response: httpx.Response) -> Any:
    """The JSON body; None if there is none, which is no failure after a success."""
    if len(response.content) > ANSWER_BYTES_MAX:
        return None
    try:
        return response.json()
    except ValueError:
        return None
