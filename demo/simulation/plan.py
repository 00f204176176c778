"""A visitor's view of a showtime's seats, updated by the feed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

FREE = "available"


@dataclass(slots=True)
class Seat:
    id: int
    status: str
    version: int

    @property
    def is_free(self) -> bool:
        return self.status == FREE


@dataclass
class SeatPlan:
    """Seats in map order."""

    seats: dict[int, Seat] = field(default_factory=dict)

    def apply(self, updates: Iterable[tuple[int, str, int]]) -> int:
        """Apply updates with a newer version than known; returns their number."""
        applied = 0
        for seat_id, status, version in updates:
            seat = self.seats.get(seat_id)
            if seat is None:
                self.seats[seat_id] = Seat(seat_id, status, version)
            elif version > seat.version:
                seat.status, seat.version = status, version
                applied += 1
        return applied
