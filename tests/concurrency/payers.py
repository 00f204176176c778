"""One process of the race of late payments for the same seat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from uuid import UUID

from tests.concurrency import racers

# Long enough for all to have read, shorter than lock_timeout: with locks no other process can read.
PAUSE_SECONDS = 1.5


@dataclass(frozen=True)
class Paid:
    """A provider's report that ``payment_id`` succeeded."""

    payment_id: UUID
    reference: str
    amount_rupiah: int
    locks: bool


def settle(paid: Paid) -> None:
    from django.utils import timezone

    from bookings.payments.base import ProviderReport
    from bookings.settlement import settle as settlement_settle

    report = ProviderReport(
        paid.reference, "succeeded", paid.amount_rupiah, "IDR", str(paid.payment_id)
    )
    with ExitStack() as stack:
        if not paid.locks:
            stack.enter_context(racers.locks_off())
            stack.enter_context(_without_lock("SELL", "FOR NO KEY UPDATE"))
        settlement_settle.settle(payment_id=paid.payment_id, report=report, at=timezone.now())


@contextmanager
def _without_lock(statement: str, lock: str) -> Iterator[None]:
    """Negative control: removes the lock from a statement."""
    from seating.holds import statements

    locking: str = getattr(statements, statement)
    if lock not in locking:
        raise ValueError("the statement has no lock to remove")
    with racers.put(statements, statement, locking.replace(lock, "")):
        yield


@dataclass(frozen=True)
class Tap:
    """A visitor who requests these seats."""

    showtime_id: int
    seat_ids: tuple[int, ...]
    locks: bool
    visitor: str


def add_to_hold(tap: Tap) -> tuple[int, ...]:
    """The seats returned to a visitor who already has a hold."""
    from seating.holds import locking

    with ExitStack() as stack:
        if not tap.locks:
            stack.enter_context(racers.locks_off())
        stack.enter_context(racers.pausing_after(locking, "lock_takeable", PAUSE_SECONDS))
        return _hold(tap)


def start_hold(tap: Tap) -> tuple[int, ...]:
    """The seats returned to a visitor without a hold."""
    with ExitStack() as stack:
        if not tap.locks:
            stack.enter_context(_without_lock("START", "FOR NO KEY UPDATE OF showtime_seat NOWAIT"))
        return _hold(tap)


def _hold(tap: Tap) -> tuple[int, ...]:
    from seating.errors import SeatTaken
    from seating.holds import transitions

    try:
        held = transitions.hold_seats(
            showtime_id=tap.showtime_id, visitor=tap.visitor, seat_ids=tap.seat_ids
        )
    except SeatTaken:
        return ()
    return tuple(seat.seat_id for seat in held.seats)
