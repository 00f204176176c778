"""HTTP client of simulated visitors: requests, their timing and error responses."""

from __future__ import annotations

import re
from typing import Any

import httpx

from demo.simulation.statistics import Statistics

TIMEOUT_SECONDS = 30.0
CONNECTIONS_MAX = 200
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
CHOICES_WITH_A_BUTTON = ("pay", "decline", "cancel")


class RequestRefused(Exception):
    """An expected refusal (4xx or 503) with its error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnexpectedResponse(Exception):
    """A response that is a fault of the server."""


def shared_transport() -> httpx.AsyncHTTPTransport:
    limits = httpx.Limits(max_connections=CONNECTIONS_MAX, keepalive_expiry=20)
    return httpx.AsyncHTTPTransport(limits=limits)


class SiteClient:
    """HTTP client with one visitor's cookies over a shared connection pool."""

    def __init__(
        self, site: str, transport: httpx.AsyncHTTPTransport, statistics: Statistics
    ) -> None:
        self.site, self.statistics = site, statistics
        self.http = httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS)

    async def request(self, step: str, method: str, address: str, **parts: Any) -> httpx.Response:
        url = address if "://" in address else self.site + address
        with self.statistics.timing(step):
            response = await self.http.request(method, url, **parts)
        if response.status_code >= 500 and response.status_code != 503:
            raise UnexpectedResponse(f"{step}: {response.status_code} {url}")
        if response.status_code >= 400:
            raise RequestRefused(_code(response))
        return response

    async def decide_at_bank(self, page: str, choice: str) -> str:
        """Submit a choice on the payment page; returns the URL of the redirect."""
        shown = await self.request("payment page", "GET", page)
        if TOKEN.search(shown.text) is None:
            raise RequestRefused("payment_time_over")
        token = csrf_token(shown)
        is_button = choice in CHOICES_WITH_A_BUTTON
        fields = {"csrfmiddlewaretoken": token, "choice": choice if is_button else "test"}
        fields |= {"test_case": choice}
        response = await self.request("pay", "POST", page, data=fields, headers={"Referer": page})
        return str(response.headers.get("Location", ""))


def csrf_token(response: httpx.Response) -> str:
    found = TOKEN.search(response.text)
    if found is None:
        raise UnexpectedResponse(f"no form on {response.url}")
    return found[1]


def _code(response: httpx.Response) -> str:
    try:
        return str(response.json()["code"])
    except (ValueError, KeyError, TypeError):
        return str(response.status_code)
