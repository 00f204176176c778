"""How full a showtime is, counted from the statuses of its seats.

The same counts as those of ``seating.seatmap.counts``, for one showtime whose statuses are at hand:
the seat map, its statuses and the live feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from movies.catalogue.availability import Occupancy
from seating.models import SeatCategory, SeatStatus

ACCESSIBLE = frozenset((SeatCategory.WHEELCHAIR, SeatCategory.COMPANION))
# A seat as one character, so that runs are found by splitting strings.
FREE, TAKEN, BLOCKED = ".", "x", " "
CHARACTERS = {SeatStatus.AVAILABLE: FREE, SeatStatus.BLOCKED: BLOCKED}
CHARACTER_OF = {str(status): CHARACTERS.get(status, TAKEN) for status in SeatStatus}


@dataclass(frozen=True, slots=True)
class SeatRuns:
    """Seats of a layout: ordinary ones in rows of neighbours, and the accessible ones."""

    ordinary: tuple[tuple[int, ...], ...]
    accessible: tuple[int, ...]

    @property
    def longest(self) -> int:
        return max(map(len, self.ordinary), default=1)

    @classmethod
    def of(cls, seats: Iterable[tuple[int, int, int, str]]) -> SeatRuns:
        """``seats``: id, line, column and category of each, in reading order."""
        runs: list[list[int]] = []
        accessible: list[int] = []
        neighbour: tuple[int, int] | None = None
        for seat_id, line, column, category in seats:
            if category in ACCESSIBLE:
                accessible.append(seat_id)
                continue
            if (line, column) != neighbour:
                runs.append([])
            runs[-1].append(seat_id)
            neighbour = (line, column + 1)
        return cls(tuple(map(tuple, runs)), tuple(accessible))


def count(runs: SeatRuns, statuses: Mapping[int, str]) -> Occupancy:
    """``statuses``: of each seat; a seat without one is blocked."""
    character = {seat_id: CHARACTER_OF[status] for seat_id, status in statuses.items()}
    ordinary = BLOCKED.join(
        ["".join([character.get(seat_id, BLOCKED) for seat_id in run]) for run in runs.ordinary]
    )
    accessible = sum([character.get(seat_id) == FREE for seat_id in runs.accessible])
    free_runs = ordinary.replace(TAKEN, BLOCKED).split()
    return Occupancy(
        sellable=len(ordinary) - ordinary.count(BLOCKED) + accessible,
        free=ordinary.count(FREE) or accessible,
        together=max(map(len, free_runs), default=min(accessible, 1)),
        together_max=runs.longest,
    )
