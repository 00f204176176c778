"""A showtime's seats as a moviegoer sees them, kept up by the feed."""

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
    """In the order in which the seats stand."""

    seats: dict[int, Seat] = field(default_factory=dict)

    def hear(self, told: Iterable[tuple[int, str, int]]) -> int:
        """Newer versions count, older and repeated ones do not; returns how many counted."""
        heard = 0
        for seat_id, status, version in told:
            seat = self.seats.get(seat_id)
            if seat is None:
                self.seats[seat_id] = Seat(seat_id, status, version)
            elif version > seat.version:
                seat.status, seat.version = status, version
                heard += 1
        return heard
