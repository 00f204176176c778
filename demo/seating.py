"""Seats of a showtime for the demo's buyers, and the choice of the best free ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from movies.models import Showtime
from seating.models import SeatCategory, SeatStatus, ShowtimeSeat

# Buyers prefer the middle of the rows two thirds back, with some variation.
BEST_ROW_SHARE = 0.67
ROW_WEIGHT = 2.0
PREFERENCE_SPREAD = 4.0


@dataclass(frozen=True, slots=True)
class SeatOption:
    showtime_seat_id: int
    price_rupiah: int
    line: int
    column: int
    category: str
    is_first_of_pair: bool


@dataclass
class ShowtimeSeating:
    showtime: Showtime
    seats: list[SeatOption] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    unavailable: set[int] = field(default_factory=set)

    @property
    def sold_share(self) -> float:
        return len(self.taken) / len(self.seats)

    def take(self, seats: Sequence[SeatOption]) -> None:
        self.taken |= {seat.showtime_seat_id for seat in seats}

    def adjacent_free_seats(self, party: int, chance: random.Random) -> list[SeatOption]:
        """Return ``party`` adjacent free seats near the middle, or none. Couple seats are not
        split."""
        runs = [run for run in self._runs(party) if self._fits(run)]
        if not runs:
            return []
        best_line = max(seat.line for seat in self.seats) * BEST_ROW_SHARE
        middle = max(seat.column for seat in self.seats) / 2

        def distance(run: list[SeatOption]) -> float:
            across = abs((run[0].column + run[-1].column) / 2 - middle)
            back = abs(run[0].line - best_line)
            return across + ROW_WEIGHT * back + chance.uniform(0, PREFERENCE_SPREAD)

        return min(runs, key=distance)

    def _runs(self, party: int) -> list[list[SeatOption]]:
        return [self.seats[start : start + party] for start in range(len(self.seats) - party + 1)]

    def _fits(self, run: list[SeatOption]) -> bool:
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


def seatings_of(showtimes: Sequence[Showtime]) -> list[ShowtimeSeating]:
    """Read the seats of these showtimes, without wheelchair and companion seats."""
    seatings = {showtime.pk: ShowtimeSeating(showtime) for showtime in showtimes}
    rows = (
        ShowtimeSeat.objects.filter(showtime__in=seatings)
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
        seating = seatings[showtime_id]
        is_first = partner_id is not None and partner_id > seat_id
        seating.seats.append(SeatOption(pk, price, line, column, category, is_first))
        if status != SeatStatus.AVAILABLE:
            seating.unavailable.add(pk)
    return list(seatings.values())
