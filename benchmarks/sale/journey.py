"""One sale of two seats, step by step, as a browser performs it."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import orjson
from django.conf import settings

from benchmarks.result import WrongAnswers
from benchmarks.sale.browser import Browser, path_of
from benchmarks.sale.installation import Installation
from benchmarks.viewers import open_socket

CONTACT = {"name": "Siti Rahma", "phone": "081234567890", "kept_email": "", "voucher": ""}
WEBHOOK = "/webhooks/sandbox/"
_TOTAL = re.compile(rb'name="expected_total_rupiah" value="(\d+)"')
_REFERENCE = re.compile(r"/pay/([^/]+)/")


@dataclass(frozen=True)
class Wanted:
    showtime_id: int
    seat_ids: tuple[int, int]


Sizes = dict[str, int]


def sale(
    servers: Installation,
    wanted: Wanted,
    sizes: Sizes | None = None,
    browser: Browser | None = None,
) -> Iterator[str]:
    """Yields the name of each step after it; notes the ``sizes`` of pages.

    Raises WrongAnswers if the sale fails. The bank is not part of Layar: its page and decision are
    two requests to a fake.
    """
    browser = browser or Browser(servers.web_port)
    sizes = {} if sizes is None else sizes
    yield from _choose(browser, servers, wanted, sizes)
    payment_page = _order(browser, wanted, sizes)
    yield "order"
    browser.get(path_of(payment_page), port=servers.bank_port)
    back = browser.post_form(path_of(payment_page), {"choice": "pay"}, port=servers.bank_port)
    yield "bank"
    yield from _return(browser, path_of(back.location), sizes)
    [reference] = _REFERENCE.findall(payment_page)
    body, headers = webhook(reference)
    browser.post_signed(WEBHOOK, body, headers)
    browser.close()
    yield "webhook"


def _choose(browser: Browser, servers: Installation, wanted: Wanted, sizes: Sizes) -> Iterator[str]:
    for step, path in {"home": "/", "schedule": "/schedule/"}.items():
        sizes[step] = len(browser.get(path).body)
        yield step
    seat_map = _seat_map(wanted)
    sizes["seat map page"] = len(browser.get(seat_map).body)
    yield "seat map page"
    with closing(open_socket(servers.live_port, f"/ws{seat_map}seats/")):
        yield "socket"
        yield from _tap(browser, wanted, sizes)
    page = browser.get(f"{seat_map}checkout/")
    sizes["checkout page"], sizes["total"] = len(page.body), _total_of(page.body)
    yield "checkout page"


def _tap(browser: Browser, wanted: Wanted, sizes: Sizes) -> Iterator[str]:
    for number, seat_id in enumerate(wanted.seat_ids, start=1):
        hold = f"{_seat_map(wanted)}hold/"
        taken = browser.post_json(hold, {"seats": [seat_id]}, expected=201)
        sizes["tap"] = len(taken.body)
        yield f"tap {number}"


def _order(browser: Browser, wanted: Wanted, sizes: Sizes) -> str:
    """The address of the bank's page."""
    types = {f"seat_{seat_id}": "adult" for seat_id in wanted.seat_ids}
    fields = {
        **CONTACT,
        **types,
        "email": f"{uuid.uuid4().hex}@example.com",
        "expected_total_rupiah": str(sizes["total"]),
        "provider": "sandbox",
        "action": "pay",
    }
    return browser.post_form(f"{_seat_map(wanted)}checkout/", fields).location


def _return(browser: Browser, address: str, sizes: Sizes) -> Iterator[str]:
    checked = browser.get(address, expected=302)
    confirmed = browser.get(checked.location, expected=302)
    yield "return"
    page = browser.get(confirmed.location)
    sizes["confirmation page"] = len(page.body)
    if b'data-booking-status="confirmed"' not in page.body:
        raise WrongAnswers(f"not confirmed: {page.body[:500]!r}")
    yield "confirmation page"
    browser.get(confirmed.location)  # static/js/offline.js
    yield "copy for offline use"


def _seat_map(wanted: Wanted) -> str:
    return f"/showtimes/{wanted.showtime_id}/"


def _total_of(checkout_page: bytes) -> int:
    found = _TOTAL.search(checkout_page)
    if found is None:
        raise WrongAnswers("the checkout page names no total")
    return int(found[1])


def webhook(reference: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers, signed as by the sandbox bank."""
    body = orjson.dumps({"event_id": uuid.uuid4().hex, "reference": reference})
    at = str(int(time.time()))
    secret = settings.SANDBOX_WEBHOOK_SECRET.encode()
    mac = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/json",
        "Sandbox-Timestamp": at,
        "Sandbox-Signature": f"v1={mac}",
    }
