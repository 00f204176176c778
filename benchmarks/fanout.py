"""One seat map, a thousand viewers: CPU time per delivery in a live process, and its delay.

Floor: a bare ASGI function on the same Daphne that sends the same frames. It receives prebuilt
frames, so the product's coalescing, its encoding and its subscription all count against it.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks import hall
from benchmarks.result import Effort, Result, Round, of_rounds
from benchmarks.viewers import Audience, Watch, client_frame, open_socket
from ops.runner import readiness
from ops.runner.services import live_socket
from ops.stores.errors import NotReady
from ops.stores.process_guard import POLL_SECONDS, ProcessGroup, Program
from seating.live import publisher

READY_SECONDS = 60.0
ROOT = Path(__file__).resolve().parent.parent
PRODUCT = "cinema_project.asgi:application"
FLOOR = "benchmarks.floors.fanout:application"
RATES = (5, 50)  # seat changes a second
FRAMES_PER_SECOND = 10
WINDOW_MS = 100.0
SETTLE_SECONDS = 1.0  # until the last frame has arrived
CPU_GOAL = P99_GOAL = 1.3
MEMORY_GOAL_KB = 32.0
FIRST_VIEWERS = 50  # whatever a process loads only once is loaded after these


@dataclass(frozen=True)
class Size:
    viewers: int = 1_000
    seconds: float = 8.0
    rounds: int = 3


WHOLE = Size()
QUICK = Size(viewers=100, seconds=2.0, rounds=1)


@dataclass(frozen=True)
class Taken:
    cpu_us: float  # a delivery's
    p99_ms: float
    lost: int
    client_share: float


Pair = tuple[Taken, Taken]  # ours, and the floor's


class Hall:
    """A Daphne with its audience. ``publish`` sends a batch of (seat, status, version)."""

    def __init__(self, pid: int, audience: Audience, publish: Callable[[Any], None]) -> None:
        self.pid, self.audience, self.publish = pid, audience, publish
        self.version = itertools.count(1)
        self.kb_per_viewer = 0.0

    def fill(self, viewers: int, *, greeted: bool) -> None:
        first = min(FIRST_VIEWERS, viewers // 2)
        self.audience.grow(first, greeted=greeted)
        time.sleep(SETTLE_SECONDS)
        before = resident_kb(self.pid)
        self.audience.grow(viewers - first, greeted=greeted)
        self.kb_per_viewer = (resident_kb(self.pid) - before) / (viewers - first)

    def take(self, seats: list[int], rate: int, seconds: float, *, batch: int) -> Taken:
        """``batch`` changes at a time, ``rate`` per second in total, evenly spaced."""
        published: list[int] = []
        seat_ids = itertools.cycle(seats)

        def act() -> None:
            changes = [(next(seat_ids), "held", next(self.version)) for _ in range(batch)]
            at = time.perf_counter()
            self.audience.published_at |= {version: at for *_seat, version in changes}
            published.extend(version for *_seat, version in changes)
            self.publish(changes)

        for viewer in self.audience.viewers.values():
            viewer.versions = viewer.changes = 0
        cpu = processor_seconds(self.pid)
        steps = int(seconds * rate / batch)
        actions: Iterator[tuple[float, Callable[[], None]]] = iter(
            [(number * batch / rate, act) for number in range(steps)]
        )
        seen = self.audience.watch(seconds + SETTLE_SECONDS, actions)
        cpu = processor_seconds(self.pid) - cpu
        return Taken(
            cpu_us=cpu / max(1, seen.frames) * 1e6,
            p99_ms=_percentile(seen, 99),
            lost=sum(
                max(len(published) - viewer.changes, int(viewer.versions != sum(published)))
                for viewer in self.audience.viewers.values()
            ),
            client_share=seen.client_seconds / (seconds + SETTLE_SECONDS),
        )


def fanout(logs: Path, effort: Effort) -> list[Result]:
    """One Daphne as shipped, 1,000 viewers of one showtime, 5 and 50 seat changes per second,
    combined into at most 10 frames per second: a live process's CPU time per delivery, the
    99th percentile of the delay from a change's publication to a viewer (less the 100 ms in which
    changes are combined), and the memory per viewer. The floor is a bare ASGI function on
    the same Daphne that sends the same frames, prebuilt; Layar is below it because
    a frame is encoded once and written directly to each connection (`seating/live/transports.py`).
    A change that does not reach every viewer is a failure.
    """
    size = QUICK if effort.is_trial else WHOLE
    [showtime] = hall.open_hall(1)
    seats = hall.seats_of(showtime)
    taken: dict[int, list[Pair]] = {rate: [] for rate in RATES}
    with ExitStack() as running:
        ours = running.enter_context(_product(showtime.pk, logs))
        floor = running.enter_context(_floor(logs))
        ours.fill(size.viewers, greeted=True)
        floor.fill(size.viewers, greeted=False)
        for number, rate in itertools.product(range(size.rounds), RATES):
            taken[rate].append(_pair(ours, floor, seats, rate, size, floor_first=bool(number % 2)))
    return [
        *itertools.chain(*(_results(rate, pairs) for rate, pairs in taken.items())),
        of_rounds(
            "fanout_memory",
            MEMORY_GOAL_KB,
            [Round(round(ours.kb_per_viewer, 1))],
            "kB/viewer",
            has_floor=False,
            is_at_most=True,
            facts={"the bare function's": f"{floor.kb_per_viewer:.1f} kB"},
        ),
    ]


def _pair(
    ours: Hall, floor: Hall, seats: list[int], rate: int, size: Size, *, floor_first: bool
) -> Pair:
    batch = max(1, rate // FRAMES_PER_SECOND)
    if floor_first:
        least = floor.take(seats, rate, size.seconds, batch=batch)
        return ours.take(seats, rate, size.seconds, batch=1), least
    mine = ours.take(seats, rate, size.seconds, batch=1)
    return mine, floor.take(seats, rate, size.seconds, batch=batch)


def _results(rate: int, pairs: list[Pair]) -> list[Result]:
    lost = sum(ours.lost for ours, _floor in pairs)
    return [
        of_rounds(
            f"fanout_cpu_{rate}",
            CPU_GOAL,
            [_round(ours.cpu_us, floor.cpu_us, ours, floor) for ours, floor in pairs],
            "µs/delivery",
            is_at_most=True,
            facts={"changes lost": str(lost)},
            failures=[f"{lost} changes lost"] if lost else [],
        ),
        of_rounds(
            f"fanout_p99_{rate}",
            P99_GOAL,
            [
                _round(max(0.0, ours.p99_ms - WINDOW_MS), floor.p99_ms, ours, floor)
                for ours, floor in pairs
            ],
            "ms",
            is_at_most=True,
        ),
    ]


def _round(value: float, floor: float, ours: Taken, least: Taken) -> Round:
    share = max(ours.client_share, least.client_share)
    return Round(round(value, 2), round(floor, 2), round(ours.p99_ms, 2), round(share, 3))


def _percentile(seen: Watch, percent: float) -> float:
    ordered = sorted(seen.latencies_ms)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


@contextmanager
def _product(showtime_id: int, logs: Path) -> Iterator[Hall]:
    with live_server(PRODUCT, logs) as (pid, port):
        audience = Audience(port, f"/ws/showtimes/{showtime_id}/seats/")
        try:
            yield Hall(
                pid, audience, lambda changes: publisher._publish(showtime_id, tuple(changes))
            )
        finally:
            audience.close()


@contextmanager
def _floor(logs: Path) -> Iterator[Hall]:
    with live_server(FLOOR, logs) as (pid, port):
        audience = Audience(port, "/")
        teller = open_socket(port, "/tell")
        try:
            yield Hall(
                pid,
                audience,
                lambda changes: teller.sendall(
                    client_frame(orjson.dumps({"type": "delta", "seats": changes}))
                ),
            )
        finally:
            teller.close()
            audience.close()


@contextmanager
def live_server(target: str, logs: Path) -> Iterator[tuple[int, int]]:
    """(process id, port) of ``target`` on Daphne, started as ``bin/run`` starts it."""
    listening = live_socket(0, "127.0.0.1")
    port, descriptor = listening.getsockname()[1], listening.fileno()
    guard = ProcessGroup()
    try:
        child = guard.start(
            Program(
                name=target,
                command=[
                    *(sys.executable, "-m", "daphne", "--fd", str(descriptor)),
                    *("--application-close-timeout", "2", "--verbosity", "0"),
                    *("--no-server-name", target),
                ],
                log=logs / f"{target.partition(':')[0]}.log",
                environment={**os.environ, "PYTHONPATH": str(ROOT)},
                rank=10,
                folder=ROOT,
                inherited=(descriptor,),
            )
        )
        deadline = time.monotonic() + READY_SECONDS
        while missing := readiness.missing_response(port):
            child.check()
            if time.monotonic() > deadline:
                raise NotReady(f"{target}: {missing}", child.program.log)
            time.sleep(POLL_SECONDS)
        try:
            yield child.process.pid, port
        finally:
            guard.stop(child)
    finally:
        guard.close()
        listening.close()


def resident_kb(pid: int) -> float:
    fields = (Path("/proc") / str(pid) / "statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


def processor_seconds(pid: int) -> float:
    fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
