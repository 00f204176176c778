"""Interface of simulated visitors: the steps of a visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from demo.simulation.plan import SeatPlan


@dataclass(frozen=True)
class HeldSeats:
    id: str
    seat_ids: list[int]
    seconds_left: float


@dataclass(frozen=True)
class Order:
    code: str
    payment_page: str


class Visitor(Protocol):
    """A browser on the site or an app on the API. Every step may raise RequestRefused."""

    async def browse(self) -> list[int]:
        """Browse the catalogue; returns ids of showtimes."""

    async def open_map(self, showtime: int) -> SeatPlan: ...

    def feed_address(self, showtime: int) -> str: ...

    async def hold(self, showtime: int, seat_ids: list[int]) -> HeldSeats: ...

    async def release(self, showtime: int, held: HeldSeats) -> None: ...

    async def has_seats(self, showtime: int, held: HeldSeats) -> bool: ...

    async def order(self, showtime: int, held: HeldSeats) -> Order: ...

    async def decide(self, order: Order, choice: str) -> None:
        """Submit a choice on the payment page and return to the site."""

    async def status(self, order: Order) -> str: ...

    async def abandon(self, order: Order) -> None:
        """Abandon an unpaid booking."""

    async def cancel(self, order: Order) -> None: ...


def parse_hold(document: dict[str, Any], number: str) -> HeldSeats:
    """Parse a hold of site or API; the remaining time is computed from the server's clock."""
    ends, now = (datetime.fromisoformat(document[key]) for key in ("expires_at", "server_time"))
    seats = [seat["id"] for seat in document["seats"]]
    return HeldSeats(number, seats, (ends - now).total_seconds())
