"""One run: customers and open maps, a fault, recovery, verdict."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from tests.cluster.maps import OpenMap
from tests.faults import judge
from tests.faults.bystander import Bystander
from tests.faults.customers import BUYERS, Buyer, Customers, GaveUp, Observations
from tests.faults.fault import Fault, Repair
from tests.faults.installation import HOLD_SECONDS, Installation

SEEDS = 2  # runs of each fault by default
RECOVERED_SECONDS_MAX = 60.0  # limits for every fault
GIVEN_UP_SECONDS = 90.0
BEFORE_SECONDS = (1.5, 3.0)
AFTER_SECONDS = 2.5
SHOWTIMES, MAPS_EACH = 2, 2
FREE_SEATS_MIN = 40
PROBE_PATIENCE_SECONDS = 4.0
WELL = {"database": True, "cache": True}


@dataclass
class Outcome:
    fault: str
    seed: int
    # Seconds from the end of the fault to each sign of recovery.
    recovered: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    slowest_seconds: float = 0.0
    took_seconds: float = 0.0
    customers: int = BUYERS
    hold_seconds: int = HOLD_SECONDS

    def judge_times(self) -> None:
        for sign, seconds in self.recovered.items():
            if seconds > RECOVERED_SECONDS_MAX:
                self.wrong.append(f"{sign}: after {seconds:g} s")


class Probe(threading.Thread):
    """A new customer who retries until tickets are issued; then one who abandons a hold."""

    def __init__(self, site: Installation, showtime_id: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.site, self.showtime_id, self.seed = site, showtime_id, seed
        self.observations = Observations()
        self.code = self.forgotten = ""
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.wait(judge.POLL_SECONDS) and not self.forgotten:
            buyer = Buyer(
                self.site.port, self.observations, random.Random(self.seed), PROBE_PATIENCE_SECONDS
            )
            try:
                if not self.code:
                    hold = buyer.hold(self.showtime_id)
                    code = buyer.buy(hold, "pay") if hold else ""
                    self.code = code if code in self.observations.confirmed else ""
                elif hold := buyer.hold(self.showtime_id):
                    _end_now(hold["id"])
                    self.forgotten = hold["id"]
            except GaveUp as reason:
                self.observations.gave_up.append(str(reason))
            finally:
                buyer.disconnect()

    def reasons(self) -> str:
        """Why there are no tickets yet."""
        seen = self.observations
        failures = ", ".join(f"{name} {count}" for name, count in seen.failures.items())
        return f"{len(seen.holds)} holds, {failures or 'no failures'}; {list(seen.gave_up)[-3:]}"

    def has_message(self) -> bool:
        from notifications.models import Message

        messages = Message.objects.filter(booking__code=self.code) if self.code else None
        return messages is not None and messages.exists() and not _waiting(messages)

    def is_swept(self) -> bool:
        from seating.models import Hold

        if not self.forgotten:
            return False
        return Hold.objects.filter(pk=self.forgotten, ended_at__isnull=False).exists()


def _waiting(messages: Any) -> bool:
    return bool(messages.filter(status="waiting").exists())


def _end_now(hold_id: str) -> None:
    """Expires a hold without waiting."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE seating_hold SET expires_at = statement_timestamp() WHERE id = %s", [hold_id]
        )
        cursor.execute(
            "UPDATE seating_showtimeseat SET held_until = (SELECT expires_at FROM seating_hold"
            " WHERE id = %s) WHERE hold_id = %s",
            [hold_id, hold_id],
        )
    connection.close()


def halls() -> Iterator[list[int]]:
    """Showtimes for consecutive runs, the latest first, repeated for ever."""
    from django.db.models import Count, Q
    from django.utils import timezone

    from movies.models import Showtime

    at = timezone.now()
    free = Count("seats", filter=Q(seats__status="available"))
    rows = Showtime.objects.on_sale(at).annotate(free=free).filter(free__gte=FREE_SEATS_MIN)
    ids = list(rows.order_by("-starts_at", "pk").values_list("pk", flat=True))
    while True:
        for at_ in range(0, len(ids) - SHOWTIMES + 1, SHOWTIMES):
            yield ids[at_ : at_ + SHOWTIMES]


def take(site: Installation, fault: Fault, seed: int, showtimes: list[int]) -> Outcome:
    from django.db import connection

    began, chance = time.monotonic(), random.Random(f"{fault.name} {seed}")
    outcome = Outcome(fault.name, seed)
    customers = Customers(site.port, showtimes, seed=seed)
    with ExitStack() as stack:
        maps = [
            (showtime, stack.enter_context(OpenMap(site.live_port, showtime)))
            for showtime in showtimes
            for _ in range(MAPS_EACH)
        ]
        if judge.wait_for(lambda: site.health() == WELL, GIVEN_UP_SECONDS) is None:
            outcome.wrong.append("it was not well before the fault")
            return outcome
        customers.start()
        time.sleep(chance.uniform(*BEFORE_SECONDS))
        repair = _inject(fault, site, chance, outcome)
        if not fault.repaired_at_end:
            outcome.wrong += repair()
        connection.close()  # the fault may have affected it, too
        probe = Probe(site, showtimes[0], seed)
        probe.start()
        recovery = _Recovery(site, customers, probe, maps)
        outcome.recovered = recovery.watch()
        outcome.wrong += recovery.wrong
        if fault.repaired_at_end:
            outcome.wrong += repair()
            judge.wait_for(lambda: site.health() == WELL, GIVEN_UP_SECONDS)
        connection.close()
        for observations in (customers.observations, probe.observations):
            outcome.wrong += judge.violations(site.port, observations)
    outcome.judge_times()
    outcome.wrong = list(dict.fromkeys(outcome.wrong))
    _count(outcome, customers.observations)
    outcome.took_seconds = round(time.monotonic() - began, 1)
    return outcome


def _inject(fault: Fault, site: Installation, chance: random.Random, outcome: Outcome) -> Repair:
    """Injects the fault and waits for its duration, while a bystander requests pages that must
    respond."""
    bystander = Bystander(site.port)
    if fault.pages_answer:
        bystander.start()
    repair = fault.inject(site, chance)
    time.sleep(fault.lasts_seconds)
    if fault.pages_answer:
        outcome.wrong += bystander.stop()
    return repair


def _count(outcome: Outcome, observations: Observations) -> None:
    outcome.counts = {
        "holds": len(observations.holds),
        "orders": len(observations.orders),
        "paid": len(observations.paid),
        "confirmed": len(observations.confirmed),
        "cancelled": len(observations.cancelled),
        **dict(sorted(observations.counted.items())),
    }
    outcome.failures = dict(observations.failures)
    outcome.slowest_seconds = round(observations.slowest_seconds, 2)


class _Recovery:
    """Measures recovery from the end of the fault, or of its duration if it stays."""

    def __init__(
        self,
        site: Installation,
        customers: Customers,
        probe: Probe,
        maps: list[tuple[int, OpenMap]],
    ) -> None:
        self.site, self.customers, self.probe, self.maps = site, customers, probe, maps
        self.wrong: list[str] = []
        self.since = time.monotonic()
        self.found: dict[str, float] = {}

    def watch(self) -> dict[str, float]:
        """Seconds to each sign of recovery; missing ones are reported as wrong."""
        self._until({"ready": lambda: self.site.health() == WELL}, AFTER_SECONDS)
        time.sleep(max(0.0, AFTER_SECONDS - (time.monotonic() - self.since)))
        stopping = threading.Thread(target=self._stop_customers)
        stopping.start()
        self._until(
            {
                "ready": lambda: self.site.health() == WELL,
                "new booking": lambda: bool(self.probe.code),
                "message sent": self.probe.has_message,
                "hold swept": self.probe.is_swept,
            },
            GIVEN_UP_SECONDS,
        )
        self.probe.is_over.set()
        stopping.join()
        self.probe.join()
        if not self.probe.code:
            self.wrong.append(f"the new customer: {self.probe.reasons()}")
        showtimes = list(dict.fromkeys(showtime for showtime, _ in self.maps))
        self._until(
            {
                "nothing overdue": judge.background_is_idle,
                "money settled": lambda: not judge.unmatched_charges(),
                "maps right": lambda: judge.maps_are_current(self.maps),
                "API right": lambda: judge.api_is_current(self.site.port, showtimes),
            },
            GIVEN_UP_SECONDS,
        )
        return self.found

    def _stop_customers(self) -> None:
        if not self.customers.stop():
            self.wrong.append("customers hang")

    def _until(self, signs: dict[str, Any], seconds: float) -> None:
        """Records when each of ``signs`` is first seen; reports those that are not."""
        deadline = time.monotonic() + seconds
        missing = [name for name in signs if name not in self.found]
        while missing and time.monotonic() < deadline:
            for name in tuple(missing):
                if self._is_seen(signs[name]):
                    self.found[name] = round(time.monotonic() - self.since, 1)
                    missing.remove(name)
            time.sleep(judge.POLL_SECONDS)
        if seconds == GIVEN_UP_SECONDS:
            self.wrong += [f"{name}: not within {seconds:g} s" for name in missing]

    def _is_seen(self, sign: Any) -> bool:
        from django.db import DatabaseError, connection

        try:
            return bool(sign())
        except DatabaseError:
            connection.close()
            return False
