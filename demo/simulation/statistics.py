"""Counts of visit outcomes and response times of each step."""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

TIMINGS_MAX = 20_000  # the latest of each step
FAULTS_MAX = 20
# The order of the summary; refusals and faults follow.
SUMMARY_COUNTS = (
    "visits",
    "maps opened",
    "seats heard changing",
    "holds",
    "lost races",
    "orders",
    "paid",
    "failed",
    "abandoned",
    "expired",
    "cancelled",
)


@dataclass
class Statistics:
    counts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    faults: deque[str] = field(default_factory=lambda: deque(maxlen=FAULTS_MAX))
    fault_count: int = 0
    seconds: dict[str, deque[float]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=TIMINGS_MAX))
    )

    def fault(self, words: str) -> None:
        self.fault_count += 1
        self.faults.append(words)

    @contextmanager
    def timing(self, step: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[step].append(time.perf_counter() - began)

    def line(self) -> str:
        """Progress line."""
        shown = ("visits", "holds", "lost races", "orders", "paid", "failed", "expired")
        updates = [f"{name} {self.counts[name]}" for name in shown]
        updates += [f"refused {self.refusals.total()}"] if self.refusals else []
        updates += [f"faults {self.fault_count}"] if self.fault_count else []
        return " · ".join(updates)

    def summary(self) -> list[str]:
        rows = [(name, self.counts[name]) for name in SUMMARY_COUNTS]
        rows += [(f"refused: {code}", count) for code, count in self.refusals.most_common()]
        rows += [("faults", self.fault_count)] if self.fault_count else []
        lines = ["", *(f"{name:<28}{count:>8,}" for name, count in rows)]
        lines += ["", "how the visits ended"]
        lines += [f"  {name:<26}{count:>8,}" for name, count in self.outcomes.most_common()]
        lines += ["", f"{'step':<28}{'requests':>8}{'p50 ms':>10}{'p99 ms':>10}"]
        for step, taken in sorted(self.seconds.items()):
            p50, p99 = (percentile(taken, share) * 1_000 for share in (0.50, 0.99))
            lines.append(f"{step:<28}{len(taken):>8,}{p50:>10.1f}{p99:>10.1f}")
        return [*lines, *(f"fault: {words}" for words in self.faults)]


def percentile(values: deque[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
