"""Held seats as their owner sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class HeldSeat:
    showtime_seat_id: int
    seat_id: int
    label: str
    category: str
    price_rupiah: int


@dataclass(frozen=True)
class HeldSeats:
    """A live hold as its owner sees it; ``server_time`` lets a client count down rightly."""

    hold_id: UUID
    showtime_id: int
    seats: tuple[HeldSeat, ...]
    expires_at: datetime
    server_time: datetime
    is_sealed: bool
    # How many of them the transition took that returned this.
    taken: int = field(default=0, compare=False)

    @property
    def total_rupiah(self) -> int:
        return sum(seat.price_rupiah for seat in self.seats)

    @property
    def seat_documents(self) -> list[dict[str, int | str]]:
        """The seats as the API and the site's own scripts get them."""
        return [
            {
                "id": seat.seat_id,
                "label": seat.label,
                "category": seat.category,
                "price_rupiah": seat.price_rupiah,
            }
            for seat in self.seats
        ]
