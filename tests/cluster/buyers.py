"""Simulated buyers who purchase through nginx and record every response."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 90.0
ATTEMPTS_MAX = 40
PAUSE_SECONDS = 0.25
CONFIRM_SECONDS = 240.0
CLOSE_SECONDS = 300.0
IN_PROGRESS_SECONDS = 3.0
# CSRF only compares the form's token with the cookie's, so any matching pair works.
FORM = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Cookie": f"csrftoken={'a' * 32}",
    "X-CSRFToken": "a" * 32,
}


class GaveUp(Exception):
    """A buyer could not pay."""


class CutShort(Exception):
    """The server died while creating an order, and its key stayed locked."""


@dataclass
class Ledger:
    """Results seen by buyers. ``failures``: 5xx responses and broken connections."""

    paid: list[str] = field(default_factory=list)  # booking codes
    answers: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0
    gave_up: list[str] = field(default_factory=list)
    cut_short: list[str] = field(default_factory=list)


@dataclass
class Shop:
    """Seats, each for one buyer.

    ``seats``: showtime id and seat id; the last are sold first. ``pause_seconds``: pause of a
    buyer between two purchases.
    """

    port: int
    seats: list[tuple[int, int]]
    pause_seconds: float = 0.0
    ledger: Ledger = field(default_factory=Ledger)
    closed: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    threads: list[threading.Thread] = field(default_factory=list)

    def open(self, customers: int) -> None:
        self.threads = [Customer(self) for _ in range(customers)]
        for customer in self.threads:
            customer.start()

    def close(self) -> Ledger:
        """Lets all buyers finish their purchases."""
        self.closed.set()
        for customer in self.threads:
            customer.join(CLOSE_SECONDS)
        return self.ledger

    def next_seat(self) -> tuple[int, int] | None:
        with self.lock:
            return self.seats.pop() if self.seats and not self.closed.is_set() else None


class Customer(threading.Thread):
    """Buys one ticket after another, retrying as a browser does when there is no response."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(daemon=True)
        self.shop = shop
        self.connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        while (seat := self.shop.next_seat()) is not None:
            try:
                self.buy(*seat)
            except GaveUp as error:
                self.shop.ledger.gave_up.append(str(error))
            except CutShort as error:
                self.shop.ledger.cut_short.append(str(error))
            self.shop.closed.wait(self.shop.pause_seconds)

    def buy(self, showtime_id: int, seat_id: int) -> None:
        visitor = {"X-Visitor": uuid.uuid4().hex}
        hold = self.post(f"/api/v1/showtimes/{showtime_id}/holds", {"seats": [seat_id]}, visitor)
        order = {
            "hold": hold["id"],
            "tickets": [{"seat": seat_id, "ticket_type": "adult"}],
            "age_confirmed": True,
            "contact": {"name": "Siti", "email": "siti@example.com"},
        }
        key = {"Idempotency-Key": uuid.uuid4().hex}
        booking = self.post("/api/v1/bookings", order, visitor | key)
        token = {"X-Booking-Token": booking["access_token"]}
        key = {"Idempotency-Key": uuid.uuid4().hex}
        path = f"/api/v1/bookings/{booking['code']}"
        payment = self.post(f"{path}/payments", {"provider": "sandbox"}, token | key)
        page = urlsplit(payment["redirect_url"]).path
        status, content = self.ask("POST", page, b"choice=pay", FORM)
        if status != 303:
            raise GaveUp(f"the bank answers {status} {content[:300]!r}")
        deadline = time.monotonic() + CONFIRM_SECONDS
        while self.get(path, token)["status"] != "confirmed":
            if time.monotonic() > deadline:
                raise GaveUp(f"{booking['code']} was paid and not confirmed")
            time.sleep(PAUSE_SECONDS)
        self.shop.ledger.paid.append(booking["code"])

    def post(self, path: str, document: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        json_type = {"Content-Type": "application/json"}
        return self.answer("POST", path, json.dumps(document).encode(), headers | json_type)

    def get(self, path: str, headers: dict[str, str]) -> dict[str, Any]:
        return self.answer("GET", path, b"", headers)

    def answer(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> dict[str, Any]:
        status, content = self.ask(method, path, body, headers)
        if status not in (200, 201):
            raise GaveUp(f"{method} {path}: {status} {content[:300]!r}")
        document: dict[str, Any] = json.loads(content)
        return document

    def ask(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Returns the first response that is no server failure; records every failure."""
        ledger = self.shop.ledger
        first_at = time.monotonic()
        for _ in range(ATTEMPTS_MAX):
            began = time.monotonic()
            try:
                status, content = self.once(method, path, body, headers)
            except (OSError, http.client.HTTPException) as error:
                self.disconnect()
                ledger.failures.append(f"{method} {path}: {error!r}")
            else:
                ledger.answers[status] += 1
                ledger.slowest_seconds = max(ledger.slowest_seconds, time.monotonic() - began)
                is_in_progress = b"idempotency_in_progress" in content
                if status < 500 and not is_in_progress:
                    return status, content
                if status >= 500:
                    ledger.failures.append(f"{method} {path}: {status}")
                elif began - first_at > IN_PROGRESS_SECONDS:
                    raise CutShort(path)
            time.sleep(PAUSE_SECONDS)
        raise GaveUp(f"{method} {path}: no answer")

    def once(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection(
                "localhost", self.shop.port, timeout=TIMEOUT_SECONDS
            )
        self.connection.request(method, path, body or None, headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def disconnect(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None
