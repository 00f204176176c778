"""The steps of a moviegoer, whatever they hold in their hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from demo.simulation.plan import SeatPlan


@dataclass(frozen=True)
class Held:
    id: str
    seat_ids: list[int]
    seconds_left: float


@dataclass(frozen=True)
class Order:
    code: str
    payment_page: str


class Person(Protocol):
    """A browser on the site, or an app on the API. Every step may raise ``Refused``."""

    async def browse(self) -> list[int]:
        """Look around; returns showtimes that may be opened."""

    async def open_map(self, showtime: int) -> SeatPlan: ...

    def feed_address(self, showtime: int) -> str: ...

    async def hold(self, showtime: int, seat_ids: list[int]) -> Held: ...

    async def release(self, showtime: int, held: Held) -> None: ...

    async def has_seats(self, showtime: int, held: Held) -> bool: ...

    async def order(self, showtime: int, held: Held) -> Order: ...

    async def decide(self, order: Order, choice: str) -> None:
        """Press a button at the bank and come back."""

    async def status(self, order: Order) -> str: ...

    async def give_back(self, order: Order) -> None:
        """Give an unpaid order up."""

    async def cancel(self, order: Order) -> None: ...


def held_of(document: dict[str, Any], number: str) -> Held:
    """A hold as site and API tell it; the countdown is the server's own."""
    ends, now = (datetime.fromisoformat(document[key]) for key in ("expires_at", "server_time"))
    seats = [seat["id"] for seat in document["seats"]]
    return Held(number, seats, (ends - now).total_seconds())
