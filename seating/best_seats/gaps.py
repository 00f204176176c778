"""Single seats: a free ordinary seat with no free ordinary seat beside it. Couple seats do not
count.

The rule for a buyer who chooses by hand: a choice that leaves a new single seat is answered with
the nearest block of the same size, categories and prices that leaves none, in the same row or in
one beside it. There is no advice, and the rule does not apply,

- where no such block is free,
- where at most NEAR_SOLD_OUT_PERCENT of the seats are free,
- from GAP_RULE_ENDS_MINUTES before the start,
- where the layout switches the rule off.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from seating.best_seats.hall import Block, Hall, HallSeat, Point
from seating.best_seats.party import Availability
from seating.best_seats.rules import GapRule

NEAR_SOLD_OUT_PERCENT = 10
GAP_RULE_ENDS_MINUTES = 60
ALTERNATIVE_LINES_MAX = 1


@dataclass(frozen=True)
class GapAdvice:
    """``left``: the seats that would become single. ``instead``: seats that leave none."""

    left: tuple[HallSeat, ...]
    instead: tuple[HallSeat, ...]
    is_required: bool


def single_seats(hall: Hall, pool: Collection[int]) -> set[int]:
    """The seats of ``pool`` that have no neighbour in it."""
    return {seat for seat in pool if not any(near in pool for near in hall.neighbours[seat])}


def new_single_seats(hall: Hall, pool: Collection[int], taken: Collection[int]) -> set[int]:
    """The seats that become single when ``taken`` leave ``pool``, the free ordinary seats."""
    beside = {near for seat in taken if seat in pool for near in hall.neighbours[seat]}
    return {
        seat
        for seat in beside
        if seat in pool
        and seat not in taken
        and not any(near in pool and near not in taken for near in hall.neighbours[seat])
    }


def gap_advice(
    availability: Availability, mine: Collection[int], *, minutes_left: float
) -> GapAdvice | None:
    """Advice for the holder of ``mine``; None where the rule does not apply."""
    hall = availability.hall
    if hall.rules.gap_rule is GapRule.OFF or minutes_left <= GAP_RULE_ENDS_MINUTES or not mine:
        return None
    pool = availability.ordinary_free() | {
        seat for seat in mine if seat in hall.by_id and hall.by_id[seat].is_ordinary
    }
    if 100 * len(pool - set(mine)) <= NEAR_SOLD_OUT_PERCENT * len(hall.seats):
        return None
    left = new_single_seats(hall, pool, mine)
    if not left:
        return None
    block = _nearest_without_gap(replace(availability, free=pool), mine)
    if block is None:
        return None
    return GapAdvice(
        left=tuple(sorted((hall.by_id[seat] for seat in left), key=lambda seat: seat.id)),
        instead=block.seats,
        is_required=hall.rules.gap_rule is GapRule.REQUIRE,
    )


def _nearest_without_gap(availability: Availability, mine: Collection[int]) -> Block | None:
    hall = availability.hall
    seats = [hall.by_id[seat] for seat in mine]
    lines = [seat.line for seat in seats]
    middle = middle_of(seats)
    candidates = (
        block
        for block in hall.blocks(len(seats))
        if all(seat in availability.free for seat in block.ids)
        and min(abs(block.line - line) for line in lines) <= ALTERNATIVE_LINES_MAX
        and is_equivalent(block.seats, seats, availability)
        and not new_single_seats(hall, availability.free, block.ids)
    )
    return min(candidates, key=lambda block: (block.distance_to(middle), block.ids), default=None)


def middle_of(seats: Collection[HallSeat]) -> Point:
    """The middle of some seats, rounded to a row."""
    lines, columns = [seat.line for seat in seats], [seat.column for seat in seats]
    return Point(round(sum(lines) / len(lines)), round(2 * sum(columns) / len(columns)))


def is_equivalent(
    block: Collection[HallSeat], wanted: Collection[HallSeat], availability: Availability
) -> bool:
    """Whether both have the same categories and prices, seat for seat."""

    def kinds(seats: Collection[HallSeat]) -> list[tuple[str, int]]:
        return sorted((seat.category, availability.prices.get(seat.id, 0)) for seat in seats)

    return kinds(block) == kinds(wanted)
