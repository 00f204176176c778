"""A measured figure beside its floor, and how the two are taken: in turns, several rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmarks.load import Load

OK_STATUSES = {200, 201}


class WrongAnswers(Exception):
    """A server answered something else than the work that was asked of it."""


@dataclass(frozen=True)
class Round:
    value: float
    floor: float
    p99_ms: float
    client_share: float


@dataclass(frozen=True)
class Result:
    """``ratio`` is the median of the rounds' own ratios: noise of the machine hits both sides."""

    name: str
    value: float
    unit: str
    floor: float
    ratio: float
    goal: float
    met: bool
    rounds: list[Round]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measure(
    name: str,
    goal: float,
    value: Callable[[], Load],
    floor: Callable[[], Load],
    rounds: int,
    unit: str = "requests/s",
) -> Result:
    """Warm up both, then take them in turns, each first in every other round."""
    checked(name, floor())
    checked(name, value())
    taken = []
    for number in range(rounds):
        if number % 2:
            ours, least = value(), floor()
        else:
            least, ours = floor(), value()
        checked(name, least)
        checked(name, ours)
        taken.append(
            Round(
                value=round(ours.per_second, 1),
                floor=round(least.per_second, 1),
                p99_ms=round(ours.percentile_ms(99), 2),
                client_share=round(max(ours.client_share, least.client_share), 3),
            )
        )
    ratio = median(one.value / one.floor for one in taken)
    return Result(
        name=name,
        value=median(one.value for one in taken),
        unit=unit,
        floor=median(one.floor for one in taken),
        ratio=round(ratio, 3),
        goal=goal,
        met=ratio >= goal,
        rounds=taken,
    )


def checked(name: str, load: Load) -> Load:
    if not load.answers or set(load.statuses) - OK_STATUSES:
        raise WrongAnswers(f"{name}: {dict(load.statuses)} {load.last_body[:500]!r}")
    return load
