"""The best seats for a party, in documented steps; pure functions.

The steps, each taken only when the one before finds nothing:

1. ``together``: side by side in one row, leaving no new single seat;
2. ``leaves_single``: side by side in one row;
3. ``across_aisle``: next to each other in one row, with an aisle between;
4. ``two_rows``: in two rows, one behind the other, nobody alone but the third of three;
5. ``apart``: the largest groups that are left, for a party that agreed to it.

Within a step, choices are ordered by ``Hall.rank``: one category, then closest to the focal point,
then farther from the screen, then from the left. Couple seats are taken whole. Wheelchair spaces
and companion places are for parties that name a wheelchair, and such a party gets exactly as many
wheelchair spaces as it named. A pair is never split: neither step 4 nor, unasked, step 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from seating.best_seats.gaps import is_equivalent, middle_of, new_single_seats
from seating.best_seats.hall import Block, HallSeat
from seating.best_seats.party import Availability, Party

PAIR = 2


class Step(StrEnum):
    TOGETHER = "together"
    LEAVES_SINGLE = "leaves_single"
    ACROSS_AISLE = "across_aisle"
    TWO_ROWS = "two_rows"
    APART = "apart"


@dataclass(frozen=True)
class Choice:
    """Seats for the whole party, in the order of their rows."""

    seats: tuple[HallSeat, ...]
    step: Step

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(seat.id for seat in self.seats)


def best_choices(availability: Availability, party: Party, most: int) -> list[Choice]:
    """At most ``most`` choices of the first step that has any, the best first."""
    together = _without_single(availability, party, most)
    if together:
        return together
    for step, found in (
        (Step.LEAVES_SINGLE, _blocks(availability, party, party.size)),
        (Step.ACROSS_AISLE, _blocks(availability, party, party.size, across_aisles=True)),
    ):
        choices = [Choice(block.seats, step) for block in islice(found, most)]
        if choices:
            return choices
    two_rows = list(islice(_in_two_rows(availability, party), most))
    if two_rows or not party.is_apart:
        return two_rows
    return _apart(availability, party)


def _without_single(availability: Availability, party: Party, most: int) -> list[Choice]:
    hall, pool = availability.hall, availability.ordinary_free()
    found = (
        Choice(block.seats, Step.TOGETHER)
        for block in _blocks(availability, party, party.size)
        if not new_single_seats(hall, pool, block.ids)
    )
    return list(islice(found, most))


def _blocks(
    availability: Availability, party: Party, size: int, *, across_aisles: bool = False
) -> Iterator[Block]:
    """Free blocks for the whole party, or for ``size`` of it, best first."""
    is_whole = size == party.size
    for block in availability.hall.blocks(size, across_aisles=across_aisles):
        if is_whole and block.wheelchairs != party.wheelchairs:
            continue
        if all(availability.suits(seat, party) for seat in block.seats):
            yield block


def _splits(size: int) -> Iterable[tuple[int, int]]:
    """Divisions of a party between two rows, the most even first."""
    if size == PAIR + 1:
        return [(PAIR, 1)]
    return [(size - small, small) for small in range(size // 2, PAIR - 1, -1)]


def _in_two_rows(availability: Availability, party: Party) -> Iterator[Choice]:
    """The larger group as close to the focal point as it can be, the smaller one as close to it
    as the first allows."""
    if party.size <= PAIR:
        return
    for large, small in _splits(party.size):
        others = list(_blocks(availability, party, small))
        for block in _blocks(availability, party, large):
            for other in others:
                seats = block.seats + other.seats
                if not _is_behind(block, other):
                    continue
                if block.wheelchairs + other.wheelchairs != party.wheelchairs:
                    continue
                yield Choice(_in_order(seats), Step.TWO_ROWS)
                break


def _is_behind(block: Block, other: Block) -> bool:
    """Whether it is in the row before or behind, with at least one seat in the same column."""
    return (
        abs(block.line - other.line) == 1
        and block.seats[0].column <= other.seats[-1].column
        and other.seats[0].column <= block.seats[-1].column
    )


def _apart(availability: Availability, party: Party) -> list[Choice]:
    """The largest groups first, each as close to the focal point as it can be."""
    chosen: list[HallSeat] = []
    wheelchairs, left = party.wheelchairs, party.size
    free = availability
    while left:
        for size in range(left, 0, -1):
            # Wheelchairs are placed with the first groups; later groups need ordinary seats.
            group = replace(party, size=left, wheelchairs=wheelchairs)
            block = next(
                (
                    block
                    for block in _blocks(free, group, size)
                    if block.wheelchairs <= wheelchairs
                    and left - size >= wheelchairs - block.wheelchairs
                ),
                None,
            )
            if block is not None:
                break
        else:
            return []
        chosen += block.seats
        wheelchairs, left = wheelchairs - block.wheelchairs, left - len(block.ids)
        free = replace(free, free=free.free - set(block.ids))
    return [Choice(_in_order(chosen), Step.APART)]


def _in_order(seats: Iterable[HallSeat]) -> tuple[HallSeat, ...]:
    return tuple(sorted(seats, key=lambda seat: (seat.line, seat.column)))


def nearest_equivalent(
    availability: Availability, wanted: Iterable[HallSeat], most: int
) -> list[Choice]:
    """Blocks of as many seats of the same categories and prices, nearest to ``wanted`` first.

    For a party that lost some of them. Blocks that leave a new single seat come last.
    """
    seats = list(wanted)
    hall, pool, middle = availability.hall, availability.ordinary_free(), middle_of(seats)
    found = [
        block
        for block in hall.blocks(len(seats))
        if all(seat in availability.free for seat in block.ids)
        and is_equivalent(block.seats, seats, availability)
    ]

    def rank(block: Block) -> tuple[bool, int, tuple[int, ...]]:
        leaves_single = bool(new_single_seats(hall, pool, block.ids))
        return leaves_single, block.distance_to(middle), block.ids

    return [
        Choice(block.seats, Step.LEAVES_SINGLE if rank(block)[0] else Step.TOGETHER)
        for block in sorted(found, key=rank)[:most]
    ]
