"""Many sales: one step at a time for its CPU time, or as fast as possible."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from benchmarks.load import NothingMeasured, ServerSilent
from benchmarks.sale.cpu import cpu_seconds
from benchmarks.sale.installation import Installation

BUYERS = 16
DELIVERED_SECONDS_MAX = 120.0
QUIET_SAMPLE_SECONDS, QUIET_CPU_SECONDS, QUIET_SAMPLES_MAX = 0.25, 0.03, 40
IDLE_SECONDS = 3.0
POLL_SECONDS = 0.02
Sale = Iterator[str]


@dataclass(frozen=True)
class CpuOfSale:
    """Milliseconds of a sale: step → service → CPU time."""

    steps: dict[str, dict[str, float]]

    @property
    def services(self) -> dict[str, float]:
        taken: Counter[str] = Counter()
        for step in self.steps.values():
            taken.update(step)
        return dict(taken)


@dataclass
class Speed:
    sales: int
    seconds: float
    client_share: float
    seconds_each: list[float] = field(repr=False)

    @property
    def per_second(self) -> float:
        return self.sales / self.seconds


def cpu_by_step(
    installation: Installation, sales: list[Sale], is_delivered: Callable[[], bool]
) -> CpuOfSale:
    """All sales do a step, then all do the next one: a step has the CPU time until it is quiet.

    The CPU time that the services use when idle, for example for beat, is subtracted.
    """
    processes, count = installation.processes, len(sales)
    wait_until_quiet(processes)
    idle = cpu_seconds(processes)
    time.sleep(IDLE_SECONDS)
    before, began = cpu_seconds(processes), time.monotonic()
    idle_share = {name: (before[name] - idle[name]) / IDLE_SECONDS for name in processes}
    steps: dict[str, dict[str, float]] = {}
    while names := {name for each in sales if (name := next(each, None))}:
        [step] = names
        if step == "return":  # the messages of a confirmed booking are sent meanwhile
            wait_for(is_delivered)
        wait_until_quiet(processes)
        now, after = time.monotonic(), cpu_seconds(processes)
        used = {
            name: after[name] - before[name] - idle_share[name] * (now - began)
            for name in processes
        }
        steps[step] = {name: max(0.0, taken) * 1_000 / count for name, taken in used.items()}
        before, began = after, now
    return CpuOfSale(steps)


def as_fast_as_possible(sales: list[Sale], is_delivered: Callable[[], bool]) -> Speed:
    """BUYERS at a time; the time ends when every message has been delivered."""
    waiting: SimpleQueue[Sale] = SimpleQueue()
    for each in sales:
        waiting.put(each)
    began, cpu_began = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(BUYERS) as pool:
        buyers = [pool.submit(_buy_all, waiting) for _each in range(BUYERS)]
    seconds_each = [seconds for buyer in buyers for seconds in buyer.result()]
    wait_for(is_delivered)
    took = time.perf_counter() - began
    if not seconds_each:
        raise NothingMeasured("no sales")
    return Speed(len(seconds_each), took, (time.process_time() - cpu_began) / took, seconds_each)


def _buy_all(waiting: SimpleQueue[Sale]) -> list[float]:
    """Perform sales until none is left; the seconds of each."""
    seconds_each = []
    with suppress(Empty):
        while True:
            sale, began = waiting.get_nowait(), time.perf_counter()
            for _step in sale:
                pass
            seconds_each.append(time.perf_counter() - began)
    return seconds_each


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DELIVERED_SECONDS_MAX
    while not condition():
        if time.monotonic() > deadline:
            raise ServerSilent("messages were not delivered in time")
        time.sleep(POLL_SECONDS)


def wait_until_quiet(processes: dict[str, int]) -> None:
    """Wait until the services use hardly any CPU time, at most about ten seconds."""
    before = sum(cpu_seconds(processes).values())
    for _sample in range(QUIET_SAMPLES_MAX):
        time.sleep(QUIET_SAMPLE_SECONDS)
        now = sum(cpu_seconds(processes).values())
        if now - before <= QUIET_CPU_SECONDS:
            return
        before = now
