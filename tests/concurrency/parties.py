"""One process of the race for the best seats; see ``tests.concurrency.racers``."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import dataclass, field
from uuid import uuid4

from tests.concurrency.racers import put

SIZES = (1, 2, 2, 2, 3, 4)
LOCK = "FOR NO KEY UPDATE OF showtime_seat SKIP LOCKED"


@dataclass(frozen=True)
class Parties:
    seed: int
    process: int
    showtime_id: int
    attempts: int


@dataclass
class Seated:
    """Size and seats of each party that got seats, and all refusals."""

    groups: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    refused: int = 0
    unexpected: list[str] = field(default_factory=list)


def seat_parties(plan: Parties) -> Seated:
    from core.errors import Refused
    from seating.best_seats.party import Party
    from seating.holds import best

    chance = random.Random(f"{plan.seed}/{plan.process}")
    report = Seated()
    for _attempt in range(plan.attempts):
        size = chance.choice(SIZES)
        try:
            found = best.hold_best(
                showtime_id=plan.showtime_id, visitor=f"web:{uuid4()}", party=Party(size)
            )
        except Refused:
            report.refused += 1
        except Exception as error:
            report.unexpected.append(repr(error))
        else:
            report.groups.append((size, tuple(seat.seat_id for seat in found.held.seats)))
    return report


@dataclass(frozen=True)
class SameBlock:
    """A visitor of its own who is offered this one block."""

    showtime_id: int
    seat_ids: tuple[int, ...]
    locks: bool
    visitor: str


def take_block(plan: SameBlock) -> tuple[int, ...]:
    """The seats that the visitor then holds."""
    from seating.holds import best_statement

    with ExitStack() as stack:
        if not plan.locks:
            unlocked = best_statement.START_BEST.replace(LOCK, "")
            stack.enter_context(put(best_statement, "START_BEST", unlocked))
        attempt = best_statement.start_best_hold(plan.showtime_id, plan.visitor, [plan.seat_ids])
    return tuple(seat.seat_id for seat in attempt.held.seats) if attempt.held else ()
