"""A measured figure with its floor; both are measured alternately in several rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from benchmarks.load import Load, NothingMeasured

OK_STATUSES = {200, 201}


class WrongAnswers(Exception):
    """A server returned an unexpected response."""


@dataclass(frozen=True)
class Effort:
    """Duration and number of rounds of a benchmark."""

    rounds: int = 5
    hold_showtimes: int = 30  # of 200 seats each
    read_seconds: float = 3.0
    is_trial: bool = False


WHOLE = Effort()
# To see that a bench works, no more.
QUICK = Effort(rounds=1, hold_showtimes=3, read_seconds=0.5, is_trial=True)


@dataclass(frozen=True)
class Round:
    """``floor`` is None only where a bench has none. Raises NothingMeasured without a result."""

    value: float
    floor: float | None = None
    p99_ms: float | None = None
    client_share: float | None = None

    def __post_init__(self) -> None:
        if self.value < 0 or (self.floor is not None and self.floor <= 0):
            raise NothingMeasured(f"an empty round: {self}")

    @property
    def ratio(self) -> float:
        return self.value if self.floor is None else self.value / self.floor


@dataclass(frozen=True)
class Result:
    """``ratio`` is the median of the rounds' own ratios: noise of the machine affects both sides.

    Without a floor the goal applies to ``value``. ``is_at_most``: less is better. ``failures``:
    violated conditions; one is enough to miss the goal.
    """

    name: str
    value: float
    unit: str
    floor: float | None
    ratio: float | None
    goal: float
    met: bool
    rounds: list[Round]
    is_at_most: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def of_rounds(
    name: str,
    goal: float,
    rounds: list[Round],
    unit: str,
    *,
    has_floor: bool = True,
    is_at_most: bool = False,
    facts: dict[str, str] | None = None,
    failures: list[str] | None = None,
) -> Result:
    """The medians of rounds. Raises NothingMeasured without rounds or with unexpected floors."""
    floors = [one.floor for one in rounds if one.floor is not None]
    if not rounds or len(floors) != (len(rounds) if has_floor else 0):
        raise NothingMeasured(f"{name}: {len(rounds)} rounds, {len(floors)} floors")
    if not is_at_most and not all(one.value for one in rounds):
        raise NothingMeasured(f"{name}: an empty round in {rounds}")
    ratio = median(one.ratio for one in rounds)
    is_near = ratio <= goal if is_at_most else ratio >= goal
    return Result(
        name=name,
        value=median(one.value for one in rounds),
        unit=unit,
        floor=median(floors) if floors else None,
        ratio=round(ratio, 3) if floors else None,
        goal=goal,
        met=is_near and not failures,
        rounds=rounds,
        is_at_most=is_at_most,
        facts=facts or {},
        failures=failures or [],
    )


def measure(
    name: str,
    goal: float,
    value: Callable[[], Load],
    floor: Callable[[], Load],
    rounds: int,
    unit: str = "requests/s",
) -> Result:
    """Warm up both, then measure them alternately, each first in every other round."""
    checked(name, floor())
    checked(name, value())
    taken = []
    for number in range(rounds):
        if number % 2:
            ours, least = value(), floor()
        else:
            least, ours = floor(), value()
        taken.append(compared(checked(name, ours), checked(name, least)))
    return of_rounds(name, goal, taken, unit)


def compared(ours: Load, least: Load) -> Round:
    return Round(
        value=round(ours.per_second, 1),
        floor=round(least.per_second, 1),
        p99_ms=round(ours.percentile_ms(99), 2),
        client_share=round(max(ours.client_share, least.client_share), 3),
    )


def checked(name: str, load: Load) -> Load:
    if not load.answers or set(load.statuses) - OK_STATUSES:
        raise WrongAnswers(f"{name}: {dict(load.statuses)} {load.last_body[:500]!r}")
    return load
