"""A showtime's house as its first visitors find it: rows of seats, and the best free ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from movies.models import Showtime
from seating.models import SeatCategory, SeatStatus, ShowtimeSeat

# People come for the middle of the rows two thirds back, not all of them for the very best seat.
BEST_ROW_SHARE = 0.67
ROW_WEIGHT = 2.0
TASTE_SPREAD = 4.0


@dataclass(frozen=True, slots=True)
class HouseSeat:
    showtime_seat_id: int
    price_rupiah: int
    line: int
    column: int
    category: str
    is_first_of_pair: bool


@dataclass
class House:
    showtime: Showtime
    seats: list[HouseSeat] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    unavailable: set[int] = field(default_factory=set)

    @property
    def sold_share(self) -> float:
        return len(self.taken) / len(self.seats)

    def take(self, seats: Sequence[HouseSeat]) -> None:
        self.taken |= {seat.showtime_seat_id for seat in seats}

    def free_run(self, party: int, chance: random.Random) -> list[HouseSeat]:
        """``party`` free seats side by side, near the middle; couple seats stay whole. May be
        empty."""
        runs = [run for run in self._runs(party) if self._fits(run)]
        if not runs:
            return []
        best_line = max(seat.line for seat in self.seats) * BEST_ROW_SHARE
        middle = max(seat.column for seat in self.seats) / 2

        def distance(run: list[HouseSeat]) -> float:
            across = abs((run[0].column + run[-1].column) / 2 - middle)
            back = abs(run[0].line - best_line)
            return across + ROW_WEIGHT * back + chance.uniform(0, TASTE_SPREAD)

        return min(runs, key=distance)

    def _runs(self, party: int) -> list[list[HouseSeat]]:
        return [self.seats[start : start + party] for start in range(len(self.seats) - party + 1)]

    def _fits(self, run: list[HouseSeat]) -> bool:
        first, last = run[0], run[-1]
        if first.line != last.line or last.column - first.column != len(run) - 1:
            return False
        if any(
            seat.showtime_seat_id in self.taken or seat.showtime_seat_id in self.unavailable
            for seat in run
        ):
            return False
        couples = [seat for seat in run if seat.category == SeatCategory.COUPLE]
        if not couples:
            return True
        return len(couples) == len(run) and len(run) % 2 == 0 and first.is_first_of_pair


def houses_of(showtimes: Sequence[Showtime]) -> list[House]:
    """The houses of these showtimes; seats for wheelchairs and companions are left alone."""
    houses = {showtime.pk: House(showtime) for showtime in showtimes}
    rows = (
        ShowtimeSeat.objects.filter(showtime__in=houses)
        .exclude(seat__category__in=[SeatCategory.WHEELCHAIR, SeatCategory.COMPANION])
        .order_by("showtime_id", "seat__line", "seat__column")
        .values_list(
            "showtime_id",
            "pk",
            "price_rupiah",
            "seat__line",
            "seat__column",
            "seat__category",
            "seat_id",
            "seat__partner_id",
            "status",
        )
    )
    for showtime_id, pk, price, line, column, category, seat_id, partner_id, status in rows:
        house = houses[showtime_id]
        is_first = partner_id is not None and partner_id > seat_id
        house.seats.append(HouseSeat(pk, price, line, column, category, is_first))
        if status != SeatStatus.AVAILABLE:
            house.unavailable.add(pk)
    return list(houses.values())
