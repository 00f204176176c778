"""bin/soak: sells for a long time under five hundred open maps, and watches for growth.

Passes if no service's memory grew by more than GROWTH_MAX after the warm-up, no connections to
PostgreSQL or Valkey accumulated, no server error occurred, no viewer was disconnected, and every
invariant holds at the end.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks.machine import describe_computer
from benchmarks.moviegoers import Crowd
from benchmarks.product import NotRunning, Product, running_product
from benchmarks.viewers import Audience, ViewerLost

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "performance" / "soak.md"
GROWTH_MAX = 0.05
WARM_UP_SHARE, WARM_UP_SECONDS_MIN = 0.2, 60.0
SAMPLE_SECONDS = 5.0
SHOWN_EVERY_SAMPLES = 4
SHOWTIMES = 20
HOLD_SECONDS = 30  # so that many holds expire
CONNECTIONS_SPARE = 3  # a task that happened to run during the sample
CHURN_PER_SECOND = 1  # viewers that disconnect, and as many that connect
JUDGED = ("web", "live", "worker", "beat", "sandbox bank")


@dataclass(frozen=True)
class Sample:
    at_seconds: float
    rss_mb: dict[str, float]
    connections: dict[str, int]
    counted: dict[str, int]


@dataclass
class Verdict:
    growth: dict[str, float] = field(default_factory=dict)
    connections: dict[str, tuple[int, int]] = field(default_factory=dict)  # early, late
    failures: list[str] = field(default_factory=list)


def main() -> int:
    arguments = _parser().parse_args()
    seconds = arguments.minutes * 60
    print(f"starting Layar on ephemeral stores; then {arguments.minutes:g} minutes", flush=True)
    with running_product(hold_seconds=HOLD_SECONDS) as product:
        samples, lost, problems = _sell(product, seconds, arguments)
        invariants = product.manage("check_invariants", "--json")
    verdict = _judge(samples, seconds)
    counted = samples[-1].counted
    if invariants.returncode:
        verdict.failures.append(f"invariants: {invariants.stdout[-500:]}{invariants.stderr[-500:]}")
    if lost:
        verdict.failures.append(f"{lost} viewers lost")
    bad = {name: counted.get(name, 0) for name in ("errors", "server errors")}
    verdict.failures += [f"{count} {name}" for name, count in bad.items() if count]
    if not counted.get("sales"):
        verdict.failures.append("nothing was sold")
    report = {
        "minutes": arguments.minutes,
        "viewers": arguments.viewers,
        "machine": describe_computer(),
        "counted": counted,
        "problems": problems,
        **asdict(verdict),
        "samples": [asdict(sample) for sample in samples],
    }
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    page = _document(report, samples)
    if arguments.write_docs:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(page)
    print(page)
    for problem in problems:
        print(problem)
    print("passed" if not verdict.failures else f"FAILED: {'; '.join(verdict.failures)}")
    return bool(verdict.failures)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--visits-per-second", type=float, default=4.0)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    parser.add_argument("--write-docs", action="store_true", help="bring its page up to this run")
    return parser


def _sell(
    product: Product, seconds: float, arguments: argparse.Namespace
) -> tuple[list[Sample], int, list[str]]:
    showtimes = showtimes_of(product)
    crowd = Crowd(
        f"http://localhost:{product.port}",
        showtimes,
        buyers=8,
        per_second=arguments.visits_per_second,
        seed=1,
    )
    audience = Audience(product.live_port, "")
    for number in range(arguments.viewers):
        audience.grow(1, path=feed_of(showtimes[number % len(showtimes)]))
    lost = 0
    crowd.start()
    try:
        monitor = _Watching(product, crowd, audience, showtimes)
        try:
            audience.watch(seconds, monitor.actions(seconds))
        except ViewerLost as loss:  # one is enough to fail
            lost = 1
            crowd.note("viewers lost", str(loss))
    finally:
        crowd.stop()
        audience.close()
    return monitor.samples, lost, list(crowd.problems)


class _Watching:
    """Takes samples while the audience is served; replaces one viewer per second."""

    def __init__(
        self, product: Product, crowd: Crowd, audience: Audience, showtimes: list[int]
    ) -> None:
        self.product, self.crowd = product, crowd
        self.audience, self.showtimes = audience, showtimes
        self.began = time.monotonic()
        self.samples: list[Sample] = []

    def actions(self, seconds: float) -> Iterator[tuple[float, Callable[[], Any]]]:
        for second in range(int(seconds)):
            yield second, self.churn
            if second % SAMPLE_SECONDS == 0:
                yield second, self.sample

    def churn(self) -> None:
        for _number in range(CHURN_PER_SECOND):
            if self.audience.viewers:
                self.audience.leave_one()
                number = int(time.monotonic())
                self.audience.grow(1, path=feed_of(self.showtimes[number % len(self.showtimes)]))

    def sample(self) -> None:
        self.product.check()
        memory = self.product.memory()
        taken = Sample(
            round(time.monotonic() - self.began, 1),
            {name: memory[name].rss_mb for name in JUDGED if name in memory},
            self.product.connections(),
            dict(self.crowd.counted),
        )
        self.samples.append(taken)
        if len(self.samples) % SHOWN_EVERY_SAMPLES == 1:
            print(_line(taken), flush=True)


def _line(sample: Sample) -> str:
    memory = " ".join(f"{name} {mb:.0f}" for name, mb in sample.rss_mb.items())
    clients = " ".join(f"{name} {count}" for name, count in sample.connections.items())
    counted = {name: sample.counted.get(name, 0) for name in ("holds", "sales", "cancellations")}
    sold = " ".join(f"{name} {count}" for name, count in counted.items())
    return f"{sample.at_seconds:6.0f} s | {sold} | MB: {memory} | clients: {clients}"


def feed_of(showtime_id: int) -> str:
    return f"/ws/showtimes/{showtime_id}/seats/"


def showtimes_of(product: Product) -> list[int]:
    """The latest showtimes, so that none starts meanwhile and all can be cancelled."""
    with psycopg.connect(product.environment["DATABASE_URL"]) as database:
        rows = database.execute(
            "SELECT id FROM movies_showtime WHERE cancelled_at IS NULL"
            " ORDER BY starts_at DESC LIMIT %s",
            [SHOWTIMES],
        ).fetchall()
    if not rows:
        raise NotRunning("no showtimes")
    return [row[0] for row in rows]


def _judge(samples: list[Sample], seconds: float) -> Verdict:
    """Compares the first quarter after the warm-up with the last one."""
    warm = max(seconds * WARM_UP_SHARE, min(WARM_UP_SECONDS_MIN, seconds / 2))
    judged = [sample for sample in samples if sample.at_seconds >= warm]
    quarter = max(1, len(judged) // 4)
    early, late = judged[:quarter], judged[-quarter:]
    verdict = Verdict()
    for name in JUDGED:
        before = median(sample.rss_mb.get(name, 0.0) for sample in early)
        after = median(sample.rss_mb.get(name, 0.0) for sample in late)
        if not before:
            verdict.failures.append(f"{name} did not run")
            continue
        verdict.growth[name] = round(after / before - 1, 4)
        if verdict.growth[name] > GROWTH_MAX:
            verdict.failures.append(f"{name} grew by {verdict.growth[name]:.1%}")
    for store in ("postgres", "valkey"):
        first = max(sample.connections[store] for sample in early)
        last = int(median(sample.connections[store] for sample in late))
        verdict.connections[store] = (first, last)
        if last > first + CONNECTIONS_SPARE:
            verdict.failures.append(f"connections to {store} grew from {first} to {last}")
    return verdict


def _document(report: dict[str, Any], samples: list[Sample]) -> str:
    last, growth = samples[-1], report["growth"]
    lines = [
        "# A long run",
        "",
        "Written by `bin/soak --write-docs`. All of Layar on one machine with ephemeral stores:",
        f"{report['minutes']:g} minutes of visits that hold, buy, fail to pay, abandon and cancel,",
        f"under {report['viewers']} open seat maps, of which one per second is replaced.",
        "Growth compares the medians of the first quarter after the warm-up and of the last one.",
        "",
        "| Service | resident at the end | growth |",
        "|---|---:|---:|",
        *(f"| {name} | {last.rss_mb[name]:.0f} MB | {growth[name]:+.1%} |" for name in growth),
        "",
        "| Store | clients early | clients late |",
        "|---|---:|---:|",
        *(f"| {name} | {a} | {b} |" for name, (a, b) in report["connections"].items()),
        "",
        "| Event | count |",
        "|---|---:|",
        *(f"| {name} | {count:,} |" for name, count in sorted(report["counted"].items())),
        "",
        *(f"- {name}: {value}" for name, value in report["machine"].items()),
        *(f"- not met: {failure}" for failure in report["failures"]),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
