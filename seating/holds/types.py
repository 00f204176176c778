"""Types of a hold as its owner sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.conf import settings

from seating.models import SeatCategory


@dataclass(frozen=True)
class HeldSeat:
    showtime_seat_id: int
    seat_id: int
    label: str
    category: str
    price_rupiah: int


@dataclass(frozen=True)
class Selection:
    """Unit of release: a seat, or both halves of a couple seat."""

    seats: tuple[HeldSeat, ...]

    @property
    def seat_id(self) -> int:
        """The seat that represents the selection in a request."""
        return self.seats[0].seat_id

    @property
    def label(self) -> str:
        return " + ".join(seat.label for seat in self.seats)

    @property
    def category(self) -> str:
        return self.seats[0].category

    @property
    def price_rupiah(self) -> int:
        return sum(seat.price_rupiah for seat in self.seats)


@dataclass(frozen=True)
class HeldSeats:
    """A live hold as its owner sees it; ``server_time`` lets a client count down correctly."""

    hold_id: UUID
    showtime_id: int
    seats: tuple[HeldSeat, ...]
    expires_at: datetime
    server_time: datetime
    is_sealed: bool
    # Whether its owner can still ask for more time.
    is_extendable: bool = field(default=False, compare=False)
    # Number of seats taken by the transition that returned this.
    taken: int = field(default=0, compare=False)

    @property
    def seats_rupiah(self) -> int:
        return sum(seat.price_rupiah for seat in self.seats)

    @property
    def selections(self) -> list[Selection]:
        """The units of release. A hold has both halves of a couple seat or none, and the halves
        are adjacent in its list."""
        selections: list[Selection] = []
        for category, members in groupby(self.seats, key=lambda seat: seat.category):
            seats = tuple(members)
            size = 2 if category == SeatCategory.COUPLE else 1
            selections += [Selection(seats[at : at + size]) for at in range(0, len(seats), size)]
        return selections

    @property
    def fee_rupiah(self) -> int:
        """The service fee of all seats."""
        return settings.SERVICE_FEE_RUPIAH * len(self.seats)

    @property
    def total_rupiah(self) -> int:
        """The seats at full price, fee included."""
        return self.seats_rupiah + self.fee_rupiah

    @property
    def seat_documents(self) -> list[dict[str, int | str]]:
        """The seats as sent to the API and the site's scripts."""
        return [
            {
                "id": seat.seat_id,
                "label": seat.label,
                "category": seat.category,
                "price_rupiah": seat.price_rupiah,
            }
            for seat in self.seats
        ]
