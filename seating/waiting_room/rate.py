"""How many visitors a waiting room admits: pure functions.

The rate follows the visitors who came in and held seats lately: twice as many, so that it grows
while they do; between a quarter of the room's limit and the limit.
"""

from __future__ import annotations

from dataclasses import dataclass

from seating.waiting_room.limits import CALLED_AT_ONCE_MAX, CREDIT_SECONDS

GROWTH = 2
FLOOR_DIVISOR = 4
MINUTE_SECONDS = 60


@dataclass(frozen=True)
class Occupancy:
    """``inside``: called and not over, except who came in long ago and never held seats;
    ``choosing``: those called lately without seats.
    ``holds_per_minute``: visitors who came in and held their first seats, as measured lately.
    ``free_seats``: None where the room is not for certain showtimes."""

    inside: int
    choosing: int
    holds_per_minute: float
    free_seats: int | None


def rate_per_minute(per_minute_max: int, holds_per_minute: float) -> float:
    """The admissions per minute that the measured rate of holds allows."""
    return min(per_minute_max, max(per_minute_max / FLOOR_DIVISOR, GROWTH * holds_per_minute))


def grown_credit(credit: float, per_minute: float, elapsed_seconds: float) -> float:
    """The admissions that are due; at most those of CREDIT_SECONDS, and one."""
    most = max(1.0, per_minute * CREDIT_SECONDS / MINUTE_SECONDS)
    return min(most, credit + per_minute * max(0.0, elapsed_seconds) / MINUTE_SECONDS)


def admissions(credit: float, inside_max: int, occupancy: Occupancy) -> int:
    """How many may be called now: by the credit, the places inside, and the free seats."""
    room = inside_max - occupancy.inside
    if occupancy.free_seats is not None:
        room = min(room, occupancy.free_seats - occupancy.choosing)
    return max(0, min(int(credit), room, CALLED_AT_ONCE_MAX))
