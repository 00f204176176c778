"""Hall for the choice of seats: rows, runs of adjacent seats, and the focal point.

Everything here is computed once per layout: a layout never changes. Distances are integers. One
row counts as much as ROW_IN_COLUMNS seats sideways.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from seating.best_seats.rules import SeatingRules
from seating.models import SeatCategory

ROW_IN_COLUMNS = 2
FOCAL_DEPTH = (2, 3)  # the default focal row: two thirds of the way back
ORDINARY = frozenset((SeatCategory.REGULAR, SeatCategory.PREMIERE, SeatCategory.COUPLE))


@dataclass(frozen=True)
class HallSeat:
    id: int
    row: str
    number: int
    line: int
    column: int
    category: str
    other_half_id: int | None = None  # of a couple seat

    @property
    def label(self) -> str:
        return f"{self.row}{self.number}"

    @property
    def is_ordinary(self) -> bool:
        """Neither a wheelchair space nor a companion place."""
        return self.category in ORDINARY


@dataclass(frozen=True)
class Point:
    """A place of the hall; ``double_column`` is twice the column, so that middles are whole."""

    line: int
    double_column: int


@dataclass(frozen=True)
class Block:
    """Adjacent seats for a party, with the properties that follow from the layout alone."""

    seats: tuple[HallSeat, ...]

    @cached_property
    def ids(self) -> tuple[int, ...]:
        return tuple(seat.id for seat in self.seats)

    @cached_property
    def wheelchairs(self) -> int:
        return sum(seat.category == SeatCategory.WHEELCHAIR for seat in self.seats)

    @property
    def is_mixed(self) -> bool:
        return len({seat.category for seat in self.seats}) > 1

    @property
    def line(self) -> int:
        return self.seats[0].line

    @property
    def middle(self) -> Point:
        return Point(self.line, self.seats[0].column + self.seats[-1].column)

    def distance_to(self, point: Point) -> int:
        """Squared distance: four times the rows, twice the columns."""
        lines = 2 * ROW_IN_COLUMNS * (self.line - point.line)
        return lines**2 + (self.middle.double_column - point.double_column) ** 2


@dataclass(eq=False)  # compared and hashed by identity: one per layout
class Hall:
    """``seats``: nearest the screen first, then from the left."""

    seats: Sequence[HallSeat]
    rules: SeatingRules = field(default_factory=SeatingRules)
    _blocks: dict[tuple[int, bool], tuple[Block, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def by_id(self) -> dict[int, HallSeat]:
        return {seat.id: seat for seat in self.seats}

    @cached_property
    def rows(self) -> list[list[HallSeat]]:
        return [list(seats) for _line, seats in groupby(self.seats, key=lambda seat: seat.line)]

    @cached_property
    def runs(self) -> list[list[HallSeat]]:
        """Seats that stand side by side, without an aisle between."""
        return [run for row in self.rows for run in _runs(row)]

    @cached_property
    def neighbours(self) -> dict[int, tuple[int, ...]]:
        """Of each seat the ids of those directly beside it."""
        beside: dict[int, tuple[int, ...]] = {}
        for run in self.runs:
            ids = [seat.id for seat in run]
            for at, seat_id in enumerate(ids):
                beside[seat_id] = tuple(ids[max(0, at - 1) : at] + ids[at + 1 : at + 2])
        return beside

    @cached_property
    def step_free_lines(self) -> frozenset[int]:
        """The rows that a wheelchair reaches: with a space for one, or named by the layout."""
        return frozenset(
            seat.line
            for seat in self.seats
            if seat.category == SeatCategory.WHEELCHAIR or seat.row in self.rules.step_free_rows
        )

    @cached_property
    def focal(self) -> Point:
        """The point to which the best seats are closest."""
        if self.rules.focal is not None:
            row, number = self.rules.focal
            for seat in self.seats:
                if (seat.row, seat.number) == (row, number):
                    return Point(seat.line, 2 * seat.column)
        lines = sorted({seat.line for seat in self.seats})
        columns = [seat.column for seat in self.seats]
        share, of = FOCAL_DEPTH
        return Point(lines[(len(lines) - 1) * share // of], min(columns) + max(columns))

    def blocks(self, size: int, *, across_aisles: bool = False) -> tuple[Block, ...]:
        """Every block of ``size`` seats in a row, couples whole, the best first.

        Best: of one category, then closest to the focal point, then farthest from the screen,
        then from the left. ``across_aisles``: those alone that an aisle divides.
        """
        if (size, across_aisles) not in self._blocks:
            lists = self.rows if across_aisles else self.runs
            found = (block for seats in lists for block in _windows(seats, size))
            wanted = [block for block in found if _is_divided(block) == across_aisles]
            self._blocks[size, across_aisles] = tuple(sorted(wanted, key=self.rank))
        return self._blocks[size, across_aisles]

    def rank(self, block: Block) -> tuple[bool, int, int, int]:
        return (
            block.is_mixed,
            block.distance_to(self.focal),
            -block.line,
            block.seats[0].column,
        )


def _runs(row: Iterable[HallSeat]) -> Iterable[list[HallSeat]]:
    run: list[HallSeat] = []
    for seat in row:
        if run and seat.column != run[-1].column + 1:
            yield run
            run = []
        run.append(seat)
    if run:
        yield run


def _windows(seats: Sequence[HallSeat], size: int) -> Iterable[Block]:
    for first in range(len(seats) - size + 1):
        block = Block(tuple(seats[first : first + size]))
        if has_whole_couples(block.seats):
            yield block


def has_whole_couples(seats: Sequence[HallSeat]) -> bool:
    ids = {seat.id for seat in seats}
    return all(seat.other_half_id is None or seat.other_half_id in ids for seat in seats)


def _is_divided(block: Block) -> bool:
    return block.seats[-1].column - block.seats[0].column != len(block.seats) - 1
