"""Moviegoers over HTTP: they hold, change seats, pay, fail to pay, abandon, and cancel."""

from __future__ import annotations

import random
import re
import threading
import time
import uuid
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

import httpx

TIMEOUT_SECONDS = 30.0
PARTY_MAX = 4
CONFIRMED_SECONDS_MAX = 20.0
POLL_SECONDS = 0.5
TICKETS_KEPT_MAX = 5  # by each buyer; then the oldest order is cancelled, and its seats return
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
# Relative frequencies of what follows a hold, then of what follows the payment page.
AFTER_HOLD = {"order": 70, "release": 15, "forget": 15}
AT_THE_BANK = {"pay": 76, "webhook_dropped": 4, "decline": 10, "cancel": 5, "forget": 5}
SIMPLE_CHOICES = ("pay", "decline", "cancel")


@dataclass(frozen=True)
class Order:
    code: str
    token: str


class Crowd:
    """``buyers`` threads that together start ``per_second`` visits, and the counts of their
    outcomes."""

    def __init__(
        self, site: str, showtimes: list[int], *, buyers: int, per_second: float, seed: int
    ) -> None:
        self.site, self.showtimes = site, showtimes
        self.pause_seconds = buyers / per_second
        self.counted: Counter[str] = Counter()
        self.problems: deque[str] = deque(maxlen=20)
        self.lock = threading.Lock()
        self.is_over = threading.Event()
        self.threads = [
            threading.Thread(target=self._buy_on, args=(random.Random(seed + number),))
            for number in range(buyers)
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def note(self, what: str, problem: str = "") -> None:
        with self.lock:
            self.counted[what] += 1
            if problem:
                self.problems.append(f"{what}: {problem}")

    def _buy_on(self, chance: random.Random) -> None:
        kept: deque[Order] = deque()
        with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
            buyer = _Buyer(self, client, chance)
            while not self.is_over.wait(self.pause_seconds * chance.uniform(0.5, 1.5)):
                try:
                    order = buyer.visit()
                    if order is not None:
                        kept.append(order)
                    if len(kept) > TICKETS_KEPT_MAX:
                        buyer.cancel(kept.popleft())
                except (httpx.HTTPError, KeyError, ValueError) as error:
                    self.note("errors", repr(error))


class _Buyer:
    def __init__(self, crowd: Crowd, client: httpx.Client, chance: random.Random) -> None:
        self.crowd, self.client, self.chance = crowd, client, chance

    def visit(self) -> Order | None:
        """One complete visit. Returns a confirmed booking."""
        showtime, visitor = self.chance.choice(self.crowd.showtimes), uuid.uuid4().hex
        seats = self._ask("GET", f"showtimes/{showtime}/seats", visitor)
        free = [seat["id"] for seat in seats if seat["status"] == "available"]
        if not free:
            self.crowd.note("sold out")
            return None
        first = self.chance.randrange(len(free))
        wanted = free[first : first + self.chance.randint(1, PARTY_MAX)]
        hold = self._ask("POST", f"showtimes/{showtime}/holds", visitor, {"seats": wanted})
        if hold is None:
            return None
        self.crowd.note("holds")
        [after] = self.chance.choices(list(AFTER_HOLD), list(AFTER_HOLD.values()))
        if after == "order":
            return self._order(hold, visitor)
        if after == "release":
            self._ask("DELETE", f"holds/{hold['id']}", visitor)
        self.crowd.note(f"{after}s")
        return None

    def _order(self, hold: dict[str, Any], visitor: str) -> Order | None:
        booking = self._ask(
            "POST",
            "bookings",
            visitor,
            {
                "hold": hold["id"],
                "tickets": [{"seat": seat["id"], "ticket_type": "adult"} for seat in hold["seats"]],
                "age_confirmed": True,
                "contact": {"name": "Siti", "email": f"{visitor[:8]}@example.com"},
            },
        )
        if booking is None:
            return None
        order = Order(booking["code"], booking["access_token"])
        payment = self._ask(
            "POST", f"bookings/{order.code}/payments", visitor, {"provider": "sandbox"}, order
        )
        if payment is None:
            return None
        [choice] = self.chance.choices(list(AT_THE_BANK), list(AT_THE_BANK.values()))
        self.crowd.note(f"bank: {choice}")
        if choice == "forget":
            return None
        self._decide(payment["redirect_url"], choice)
        return order if choice == "pay" and self._is_confirmed(order, visitor) else None

    def _decide(self, page: str, choice: str) -> None:
        self.client.cookies.clear()  # a new visitor each time
        token = CSRF.search(self.client.get(page).text)
        fields = {"choice": choice if choice in SIMPLE_CHOICES else "test", "test_case": choice}
        fields["csrfmiddlewaretoken"] = token[1] if token else ""
        answer = self.client.post(page, data=fields)
        if answer.status_code != 303:
            self.crowd.note("errors", f"bank {answer.status_code}")

    def _is_confirmed(self, order: Order, visitor: str) -> bool:
        deadline = time.monotonic() + CONFIRMED_SECONDS_MAX
        while time.monotonic() < deadline:
            booking = self._ask("GET", f"bookings/{order.code}", visitor, order=order)
            if booking is not None and booking["status"] == "confirmed":
                self.crowd.note("sales")
                return True
            time.sleep(POLL_SECONDS)
        self.crowd.note("not confirmed in time", order.code)
        return False

    def cancel(self, order: Order) -> None:
        address = f"bookings/{order.code}/cancellation"
        offer = self._ask("GET", address, "", order=order)
        refund_rupiah = offer["refund_rupiah"] if offer else 0
        wanted = {"tickets": "all", "expected_refund_rupiah": refund_rupiah}
        done = self._ask("POST", address, "", wanted, order)
        self.crowd.note("cancellations" if done is not None else "cancellations refused")

    def _ask(
        self,
        method: str,
        path: str,
        visitor: str,
        body: dict[str, Any] | None = None,
        order: Order | None = None,
    ) -> Any:
        """The response's document; empty for a refusal, which is counted."""
        headers = {"X-Visitor": visitor} if visitor else {}
        headers |= {"X-Booking-Token": order.token} if order else {}
        answer = self.client.request(
            method, f"{self.crowd.site}/api/v1/{path}", json=body, headers=headers
        )
        if answer.status_code >= 500:
            self.crowd.note("server errors", f"{answer.status_code} {path} {answer.text[:200]}")
        elif answer.status_code >= 400:
            self.crowd.note(f"refused: {answer.json().get('code', answer.status_code)}")
        else:
            return answer.json() if answer.content else {}
        return None
