"""Textual view of the hall: sections, their rows, and groups of free seats that fit a party."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from seating.best_seats.gaps import new_single_seats
from seating.best_seats.hall import Block, HallSeat
from seating.best_seats.party import Availability, Party
from seating.models import SeatCategory

GROUPS_OF_ROW_MAX = 12
MIDDLE_COLUMNS = 2  # columns from the focal column within which a group is in the middle


@dataclass(frozen=True)
class Group:
    """Free seats side by side that fit the party, with their properties for display."""

    seats: tuple[HallSeat, ...]
    price_rupiah: int
    is_middle: bool
    is_at_aisle: bool
    leaves_single: bool
    categories: tuple[str, ...]

    @property
    def label(self) -> str:
        first, last = self.seats[0].label, self.seats[-1].label
        return first if first == last else f"{first}–{last}"


@dataclass(frozen=True)
class RowChoice:
    label: str
    free: int
    groups: tuple[Group, ...]
    is_step_free: bool

    @property
    def cheapest(self) -> Group | None:
        return min(self.groups, key=lambda group: group.price_rupiah, default=None)


@dataclass(frozen=True)
class Section:
    """Rows without a walkway between them, nearest the screen first; ``number`` counts from 1."""

    number: int
    rows: tuple[RowChoice, ...]

    @property
    def free(self) -> int:
        return sum(row.free for row in self.rows)

    @property
    def groups(self) -> int:
        return sum(len(row.groups) for row in self.rows)

    @property
    def label(self) -> str:
        first, last = self.rows[0].label, self.rows[-1].label
        return first if first == last else f"{first}–{last}"

    @property
    def cheapest(self) -> Group | None:
        found = (row.cheapest for row in self.rows if row.cheapest is not None)
        return min(found, key=lambda group: group.price_rupiah, default=None)


def sections(availability: Availability, size: int) -> list[Section]:
    """The whole hall for a party of ``size``."""
    found: list[list[list[HallSeat]]] = []
    for row in availability.hall.rows:
        if not found or row[0].line > found[-1][-1][0].line + 1:
            found.append([])
        found[-1].append(row)
    groups = _groups_by_line(availability, size)
    return [
        Section(number, tuple(_row(availability, row, groups.get(row[0].line, [])) for row in rows))
        for number, rows in enumerate(found, 1)
    ]


def _row(availability: Availability, row: list[HallSeat], groups: list[Group]) -> RowChoice:
    return RowChoice(
        label=row[0].row,
        free=sum(seat.id in availability.free for seat in row),
        groups=tuple(groups[:GROUPS_OF_ROW_MAX]),
        is_step_free=row[0].line in availability.hall.step_free_lines,
    )


def _groups_by_line(availability: Availability, size: int) -> dict[int, list[Group]]:
    """The best groups of each row first."""
    parties = [Party(size), Party(size, wheelchairs=1)]
    pool = availability.ordinary_free()
    found: dict[int, list[Group]] = {}
    for block in availability.hall.blocks(size):
        if any(
            block.wheelchairs == party.wheelchairs
            and all(availability.suits(seat, party) for seat in block.seats)
            for party in parties
        ):
            found.setdefault(block.line, []).append(_group(availability, block, pool))
    return found


def _group(availability: Availability, block: Block, pool: frozenset[int]) -> Group:
    hall = availability.hall
    apart = abs(block.middle.double_column - hall.focal.double_column)
    ends = (block.seats[0], block.seats[-1])
    return Group(
        seats=block.seats,
        price_rupiah=sum(availability.prices.get(seat, 0) for seat in block.ids),
        is_middle=apart <= 2 * MIDDLE_COLUMNS,
        is_at_aisle=any(len(hall.neighbours[seat.id]) < 2 for seat in ends),
        leaves_single=bool(new_single_seats(hall, pool, block.ids)),
        categories=_noted(block.seats),
    )


def _noted(seats: Iterable[HallSeat]) -> tuple[str, ...]:
    """Categories other than the regular one, each once, in the order of the seats."""
    unusual = (seat.category for seat in seats if seat.category != SeatCategory.REGULAR)
    return tuple(dict.fromkeys(unusual))
