"""Reference model in plain Python: the owner of each seat, compared with the database.

Each step changes the model and returns the name of the expected refusal, "" for none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from bookings.models import Booking, Payment, Voucher
from movies.models import Showtime
from seating.models import Hold

HOLD_SECONDS = 300
VOUCHER_USES_MAX = 2


@dataclass(eq=False)
class ModelHold:
    visitor: str
    ends_at: float
    id: UUID | None = None
    sealed: bool = False
    ended: bool = False


@dataclass(eq=False)
class ModelOrder:
    hold: ModelHold
    seats: frozenset[int]
    voucher: bool
    id: UUID | None = None
    status: str = "pending"
    live: set[int] = field(default_factory=set)  # the seats of its live tickets


@dataclass(eq=False)
class ModelPayment:
    order: ModelOrder
    amount: int
    id: UUID
    status: str = "pending"
    captured: int = 0
    due: int = 0
    refunded: int = 0
    applied: bool = False


Owner = ModelHold | ModelOrder | str | None


@dataclass
class Model:
    partner: dict[int, int]  # the other half of a couple seat
    owner: dict[int, Owner]  # None: available; "blocked"
    clock: float = 0
    holds: list[ModelHold] = field(default_factory=list)
    orders: list[ModelOrder] = field(default_factory=list)
    payments: list[ModelPayment] = field(default_factory=list)
    voucher_uses: int = 0

    # -------------------------------------------------------------- holds

    def latest(self, visitor: str) -> ModelHold | None:
        return next((hold for hold in reversed(self.holds) if hold.visitor == visitor), None)

    def is_live(self, hold: ModelHold) -> bool:
        return not hold.ended and hold.ends_at > self.clock

    def of(self, owner: Owner) -> set[int]:
        return {seat for seat, whose in self.owner.items() if whose is owner}

    def whole(self, seats: set[int]) -> set[int]:
        return seats | {self.partner[seat] for seat in seats if seat in self.partner}

    def is_takeable(self, seat: int, hold: ModelHold | None = None) -> bool:
        owner = self.owner[seat]
        if owner is None or (hold is not None and owner is hold):
            return True
        return isinstance(owner, ModelHold) and owner.ends_at <= self.clock

    def give(self, seats: set[int] | frozenset[int], owner: Owner) -> None:
        self.owner.update(dict.fromkeys(seats, owner))

    def end(self, hold: ModelHold) -> None:
        if not hold.ended:
            self.give(self.of(hold), None)
            hold.ended = True

    def tap(self, visitor: str, seats: set[int]) -> str:
        hold = self.latest(visitor)
        live = hold if hold is not None and self.is_live(hold) else None
        if live is not None and live.sealed:
            return "HoldSealed"
        if hold is not None and live is None:
            self.end(hold)  # as the sweep would, whether or not the seats can then be taken
        wanted = self.whole(seats)
        if not all(self.is_takeable(seat, live) for seat in wanted):
            return "SeatTaken"
        if live is None:
            live = ModelHold(visitor, self.clock + HOLD_SECONDS)
            self.holds.append(live)
        self.give(wanted, live)
        return ""

    def change(self, hold: ModelHold, seats: set[int]) -> str:
        if refusal := self._not_changeable(hold):
            return refusal
        wanted = self.whole(seats)
        if not all(self.is_takeable(seat, hold) for seat in wanted):
            return "SeatTaken"
        self.give(self.of(hold) - wanted, None)
        self.give(wanted, hold)
        return ""

    def release(self, hold: ModelHold, seats: set[int]) -> str:
        if refusal := self._not_changeable(hold):
            return refusal
        self.give(self.of(hold) & self.whole(seats), None)
        if not self.of(hold):
            self.end(hold)
        return ""

    def release_all(self, hold: ModelHold) -> str:
        if self.is_live(hold) and hold.sealed:
            return "HoldSealed"
        self.end(hold)
        return ""

    def _not_changeable(self, hold: ModelHold) -> str:
        if not self.is_live(hold):
            return "HoldExpired"
        return "HoldSealed" if hold.sealed else ""

    def sweep_holds(self) -> int:
        overdue = [hold for hold in self.holds if not hold.ended and hold.ends_at <= self.clock]
        for hold in overdue:
            self.end(hold)
        return len(overdue)

    def block(self, seats: set[int]) -> None:
        self.give({seat for seat in seats if self.is_takeable(seat)}, "blocked")

    def unblock(self, seats: set[int]) -> None:
        self.give({seat for seat in seats if self.owner[seat] == "blocked"}, None)

    # -------------------------------------------------------------- orders

    def order(self, hold: ModelHold, voucher: bool) -> str:
        if refusal := self._not_changeable(hold):
            return refusal
        if voucher and self.voucher_uses >= VOUCHER_USES_MAX:
            return "VoucherUsedUp"
        self.voucher_uses += voucher
        hold.sealed = True
        self.orders.append(ModelOrder(hold, frozenset(self.of(hold)), voucher))
        return ""

    def abandon(self, order: ModelOrder, *, keep_seats: bool) -> str:
        if order.status != "pending":
            return "BookingClosed"
        if keep_seats and self.is_live(order.hold):
            order.hold.sealed = False
        else:
            self.end(order.hold)
        self.voucher_uses -= order.voucher
        order.status = "cancelled"
        return ""

    def close(self, order: ModelOrder, status: str) -> None:
        if order.status == "pending":
            self.end(order.hold)
            self.voucher_uses -= order.voucher
            order.status = status

    def sweep_orders(self) -> int:
        overdue = [
            order
            for order in self.orders
            if order.status == "pending" and order.hold.ends_at <= self.clock
        ]
        for order in overdue:
            self.close(order, "expired")
        return len(overdue)

    def cancel(self, order: ModelOrder, seats: set[int], brings_rupiah: int) -> str:
        """``brings_rupiah``: the amount paid for the tickets of these seats."""
        if order.status not in ("confirmed", "partly_cancelled"):
            return "NotCancellable"
        if not seats or not seats <= order.live:
            return "TicketsMismatch"
        self.give(seats, None)
        order.live -= seats
        order.status = "partly_cancelled" if order.live else "cancelled"
        if not order.live:
            self.voucher_uses -= order.voucher
        paid = next(paid for paid in self.payments if paid.order is order and paid.applied)
        paid.due += brings_rupiah
        return ""

    # -------------------------------------------------------------- payments

    def succeed(self, payment: ModelPayment, captured: int) -> None:
        if payment.status == "succeeded":
            return
        payment.status, payment.captured = "succeeded", captured
        if captured == payment.amount and self._confirm(payment.order):
            payment.applied = True
            return
        self.close(payment.order, "failed")
        payment.due = captured

    def _confirm(self, order: ModelOrder) -> bool:
        if order.status in ("confirmed", "partly_cancelled", "cancelled"):
            return False
        again = order.voucher and order.status != "pending"
        if again and self.voucher_uses >= VOUCHER_USES_MAX:
            return False
        if not all(self.is_takeable(seat, order.hold) for seat in order.seats):
            return False
        self.give(order.seats, order)
        order.live = set(order.seats)
        self.end(order.hold)
        self.voucher_uses += again
        order.status = "confirmed"
        return True

    def fail(self, payment: ModelPayment, word: str) -> None:
        if payment.status != "pending":
            return
        payment.status = word
        others = [other.status for other in self.payments if other.order is payment.order]
        in_time = payment.order.hold.ends_at > self.clock
        if "pending" not in others and not in_time:
            self.close(payment.order, "expired" if word == "expired" else "failed")

    def refund(self) -> None:
        for payment in self.payments:
            payment.refunded = payment.due

    # -------------------------------------------------------------- expected facts

    def facts(self) -> dict[str, Any]:
        return {
            "seats": [self._seat(seat) for seat in sorted(self.owner)],
            "open holds": {hold.id for hold in self.holds if not hold.ended},
            "orders": {order.id: order.status for order in self.orders},
            "payments": {
                paid.id: (paid.status, paid.captured, paid.due, paid.refunded, paid.applied)
                for paid in self.payments
            },
            "voucher uses": self.voucher_uses,
        }

    def _seat(self, seat: int) -> tuple[str, UUID | None, UUID | None]:
        owner = self.owner[seat]
        if isinstance(owner, ModelHold):
            return ("held", owner.id, None)
        if isinstance(owner, ModelOrder):
            return ("sold", None, owner.id)
        return (owner or "available", None, None)


def pick(things: list[Any], number: int) -> Any:
    """One of the latest entries; the oldest if there are fewer."""
    return things[max(number, -len(things))]


def facts_in_the_database(showtime: Showtime) -> dict[str, Any]:
    """The same facts as ``Model.facts``, read from the rows."""
    seats = showtime.seats.order_by("seat_id")
    return {
        "seats": list(seats.values_list("status", "hold_id", "sale")),
        "open holds": set(Hold.objects.open().values_list("pk", flat=True)),
        "orders": dict(Booking.objects.values_list("pk", "status")),
        "payments": {
            paid.pk: (
                paid.status,
                paid.captured_rupiah,
                paid.refund_due_rupiah,
                paid.refunded_rupiah,
                paid.applied_at is not None,
            )
            for paid in Payment.objects.all()
        },
        "voucher uses": Voucher.objects.get().uses,
    }
