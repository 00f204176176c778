"""One sale of the demo's history, not yet stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from accounts.models import User
from bookings.models import TicketType, Voucher
from demo.seating import SeatOption
from movies.models import Showtime


class Outcome(Enum):
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Buyer:
    name: str
    email: str
    phone: str
    language: str
    user: User | None


@dataclass(frozen=True, slots=True)
class Sale:
    showtime: Showtime
    seats: tuple[SeatOption, ...]
    ticket_types: tuple[TicketType, ...]
    buyer: Buyer
    began_at: datetime
    outcome: Outcome
    voucher: Voucher | None
    was_admitted: bool

    @property
    def is_paid(self) -> bool:
        return self.outcome in (Outcome.PAID, Outcome.REFUNDED)
