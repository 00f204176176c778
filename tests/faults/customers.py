"""Simulated customers who hold, pay, fail to pay, abandon and cancel, and record the responses.

Without a response they retry with the same idempotency key, as a browser or an app does.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ops.stores.ports_and_secrets import LOOPBACK
from tests.cluster.buyers import FORM

TIMEOUT_SECONDS = 10.0
PATIENCE_SECONDS = 20.0  # how long one asks again for one answer
IN_PROGRESS_SECONDS = 3.0  # an order cut short blocks its key for a minute; nobody waits for that
CONFIRMED_SECONDS = 60.0
LATE_SECONDS = 25.0  # how long after the order's end its payment may still come
PAUSE_SECONDS = 0.25
BUYERS = 6
BUYER_PAUSE_SECONDS = 0.3
PARTY_MAX = 3
STOP_SECONDS = 120.0
# Relative frequencies of what follows a hold and the payment page; share of cancelled bookings.
AFTER_HOLD = {"order": 78, "release": 8, "forget": 14}
AT_THE_BANK = {"pay": 66, "webhook_twice": 10, "decline": 8, "cancel": 6, "forget": 10}
TEST_CASES = ("webhook_twice",)
PAYING = ("pay", *TEST_CASES)
CANCELLED_SHARE = 0.12


class GaveUp(Exception):
    """A customer stopped: refused, or without a response for too long."""


@dataclass
class Observations:
    """Responses that must stay true whatever happens."""

    holds: list[str] = field(default_factory=list)  # ids
    orders: dict[str, str] = field(default_factory=dict)  # code → token
    paid: set[str] = field(default_factory=set)  # codes of bookings paid on the bank's page
    confirmed: dict[str, set[int]] = field(default_factory=dict)  # code → seats
    cancelled: set[str] = field(default_factory=set)  # codes
    cancelling: set[str] = field(default_factory=set)  # requested, perhaps without a response
    counted: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)  # 5xx and broken connections
    gave_up: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    slowest_seconds: float = 0.0


class Customers:
    """``buyers`` concurrent customers until stopped; visits depend on ``seed``."""

    def __init__(self, port: int, showtimes: list[int], *, seed: int, buyers: int = BUYERS) -> None:
        self.port, self.showtimes = port, showtimes
        self.observations = Observations()
        self.is_over = threading.Event()
        self.threads = [
            threading.Thread(target=self._buy_on, args=(random.Random(seed * 1000 + number),))
            for number in range(buyers)
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> bool:
        """Lets every buyer finish. Returns whether all did in time."""
        self.is_over.set()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)

    def _buy_on(self, chance: random.Random) -> None:
        while not self.is_over.wait(BUYER_PAUSE_SECONDS * chance.uniform(0.5, 1.5)):
            buyer = Buyer(self.port, self.observations, chance)
            try:
                buyer.visit(chance.choice(self.showtimes))
            except GaveUp as reason:
                self.observations.counted["gave up"] += 1
                self.observations.gave_up.append(str(reason))
            finally:
                buyer.disconnect()


class Buyer:
    """One customer from the seat map to the ticket."""

    def __init__(
        self,
        port: int,
        observations: Observations,
        chance: random.Random,
        retry_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.port, self.observations, self.chance = port, observations, chance
        self.retry_seconds = retry_seconds
        self.visitor = {"X-Visitor": uuid.uuid4().hex}
        self.connection: http.client.HTTPConnection | None = None

    def visit(self, showtime_id: int) -> None:
        hold = self.hold(showtime_id)
        if hold is None:
            return
        [after] = self.chance.choices(list(AFTER_HOLD), list(AFTER_HOLD.values()))
        self.observations.counted[f"hold: {after}"] += 1
        if after == "release":
            self.ask("DELETE", f"/api/v1/holds/{hold['id']}", b"", self.visitor)
        if after != "order":
            return
        [choice] = self.chance.choices(list(AT_THE_BANK), list(AT_THE_BANK.values()))
        code = self.buy(hold, choice)
        if code in self.observations.confirmed and self.chance.random() < CANCELLED_SHARE:
            self.cancel(code)

    def hold(self, showtime_id: int) -> dict[str, Any] | None:
        seats = self.get(f"/api/v1/showtimes/{showtime_id}/seats", {})
        free = [
            seat["id"]
            for seat in seats
            if seat["status"] == "available" and seat["category"] != "couple"
        ]
        if not free:
            self.observations.counted["sold out"] += 1
            return None
        first = self.chance.randrange(len(free))
        wanted = free[first : first + self.chance.randint(1, PARTY_MAX)]
        status, content = self.ask(
            *("POST", f"/api/v1/showtimes/{showtime_id}/holds"),
            *(json.dumps({"seats": wanted}).encode(), self.visitor),
        )
        if status == 409:
            self.observations.counted["seat taken"] += 1
            return None
        if status not in (200, 201):
            raise GaveUp(f"hold: {status} {content[:200]!r}")
        hold: dict[str, Any] = json.loads(content)
        self.observations.holds.append(hold["id"])
        return hold

    def buy(self, hold: dict[str, Any], choice: str) -> str:
        order = {
            "hold": hold["id"],
            "tickets": [{"seat": seat["id"], "ticket_type": "adult"} for seat in hold["seats"]],
            "age_confirmed": True,
            "contact": {"name": "Siti", "email": "siti@example.com"},
        }
        booking = self.post("/api/v1/bookings", order, self.visitor)
        code: str = booking["code"]
        self.observations.orders[code] = booking["access_token"]
        token = {"X-Booking-Token": booking["access_token"]}
        payment = self.post(f"/api/v1/bookings/{code}/payments", {"provider": "sandbox"}, token)
        self.observations.counted[f"bank: {choice}"] += 1
        if choice != "forget":
            self._decide(urlsplit(payment["redirect_url"]).path, choice)
        if choice in PAYING:
            self.observations.paid.add(code)
            self._wait_for_tickets(code, token, {seat["id"] for seat in hold["seats"]})
        return code

    def _decide(self, page: str, choice: str) -> None:
        fields = f"choice=test&test_case={choice}" if choice in TEST_CASES else f"choice={choice}"
        status, content = self.ask("POST", page, fields.encode(), FORM)
        if status != 303:
            raise GaveUp(f"the bank: {status} {content[:200]!r}")

    def _wait_for_tickets(self, code: str, token: dict[str, str], seats: set[int]) -> None:
        deadline = time.monotonic() + CONFIRMED_SECONDS
        expired_at = None
        while (at := time.monotonic()) < deadline:
            status = self.get(f"/api/v1/bookings/{code}", token)["status"]
            if status == "confirmed":
                self.observations.confirmed[code] = seats
                return
            if status == "expired":  # the payment may still arrive and get the seats
                expired_at = expired_at or at
            if status != "pending" and at - (expired_at or 0.0) > LATE_SECONDS:
                self.observations.counted[f"paid, then {status}"] += 1  # refunded: judge.py
                return
            time.sleep(PAUSE_SECONDS)
        raise GaveUp(f"{code} was paid and not confirmed in {CONFIRMED_SECONDS:.0f} s")

    def cancel(self, code: str) -> None:
        self.observations.cancelling.add(code)
        token = {"X-Booking-Token": self.observations.orders[code]}
        path = f"/api/v1/bookings/{code}/cancellation"
        refund_rupiah = self.get(path, token)["refund_rupiah"]
        wanted = {"tickets": "all", "expected_refund_rupiah": refund_rupiah}
        self.post(path, wanted, token)
        self.observations.cancelled.add(code)

    def post(self, path: str, document: dict[str, Any], headers: dict[str, str]) -> Any:
        key = {"Idempotency-Key": uuid.uuid4().hex}
        status, content = self.ask("POST", path, json.dumps(document).encode(), headers | key)
        if status not in (200, 201):
            raise GaveUp(f"{path}: {status} {content[:200]!r}")
        return json.loads(content)

    def get(self, path: str, headers: dict[str, str]) -> Any:
        status, content = self.ask("GET", path, b"", headers)
        if status != 200:
            raise GaveUp(f"{path}: {status} {content[:200]!r}")
        return json.loads(content)

    def ask(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Returns the first response that is no server failure; records every failure."""
        json_type = {"Content-Type": "application/json"} if body else {}
        began = time.monotonic()
        while True:
            asked_at = time.monotonic()
            try:
                status, content = self._once(method, path, body, json_type | headers)
            except (OSError, http.client.HTTPException) as error:
                self.disconnect()
                self.observations.failures[type(error).__name__] += 1
            else:
                answered = time.monotonic() - asked_at
                self.observations.slowest_seconds = max(self.observations.slowest_seconds, answered)
                is_in_progress = b"idempotency_in_progress" in content
                if status < 500 and not is_in_progress:
                    return status, content
                if is_in_progress and time.monotonic() - began > IN_PROGRESS_SECONDS:
                    raise GaveUp(f"{path}: cut short")
                self.observations.failures[str(status)] += 1
            if time.monotonic() - began > self.retry_seconds:
                raise GaveUp(f"{method} {path}: no answer")
            time.sleep(PAUSE_SECONDS)

    def _once(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection(
                LOOPBACK, self.port, timeout=TIMEOUT_SECONDS
            )
        self.connection.request(method, path, body or None, headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def disconnect(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None
