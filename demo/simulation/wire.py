"""What a browser and a phone have in common: requests, their times, and refusals."""

from __future__ import annotations

import re
from typing import Any

import httpx

from demo.simulation.tally import Tally

TIMEOUT_SECONDS = 30.0
CONNECTIONS_MAX = 200
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
CHOICES_WITH_A_BUTTON = ("pay", "decline", "cancel")


class Refused(Exception):
    """The server said no, with a reason that is its business to give."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Broken(Exception):
    """The server answered what it never should."""


def shared_transport() -> httpx.AsyncHTTPTransport:
    limits = httpx.Limits(max_connections=CONNECTIONS_MAX, keepalive_expiry=20)
    return httpx.AsyncHTTPTransport(limits=limits)


class Wire:
    """One person's requests: their cookies, over connections that all share."""

    def __init__(self, site: str, transport: httpx.AsyncHTTPTransport, tally: Tally) -> None:
        self.site, self.tally = site, tally
        self.client = httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS)

    async def ask(self, step: str, method: str, address: str, **parts: Any) -> httpx.Response:
        url = address if "://" in address else self.site + address
        with self.tally.timing(step):
            answer = await self.client.request(method, url, **parts)
        if answer.status_code >= 500 and answer.status_code != 503:
            raise Broken(f"{step}: {answer.status_code} {url}")
        if answer.status_code >= 400:
            raise Refused(_code(answer))
        return answer

    async def decide_at_bank(self, page: str, choice: str) -> str:
        """Press a button of the payment page; returns where it leads."""
        shown = await self.ask("payment page", "GET", page)
        if TOKEN.search(shown.text) is None:
            raise Refused("payment_time_over")
        token = token_of(shown)
        is_button = choice in CHOICES_WITH_A_BUTTON
        fields = {"csrfmiddlewaretoken": token, "choice": choice if is_button else "test"}
        fields |= {"test_case": choice}
        answer = await self.ask("pay", "POST", page, data=fields, headers={"Referer": page})
        return str(answer.headers.get("Location", ""))


def token_of(answer: httpx.Response) -> str:
    found = TOKEN.search(answer.text)
    if found is None:
        raise Broken(f"no form on {answer.url}")
    return found[1]


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return str(answer.status_code)
