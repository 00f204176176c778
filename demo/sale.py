"""One sale of the demo's history, before it becomes rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from accounts.models import User
from bookings.models import TicketType, Voucher
from demo.house import HouseSeat
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
    seats: tuple[HouseSeat, ...]
    ticket_types: tuple[TicketType, ...]
    buyer: Buyer
    began_at: datetime
    outcome: Outcome
    voucher: Voucher | None
    came: bool

    @property
    def is_paid(self) -> bool:
        return self.outcome in (Outcome.PAID, Outcome.REFUNDED)
