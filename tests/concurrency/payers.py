"""One process of the last race: a payment that came late wants its seat back, like the others."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

from tests.concurrency import racers

# Long enough for all to have read; short of lock_timeout, for with locks on nobody else can.
PAUSE_SECONDS = 1.5


@dataclass(frozen=True)
class Paid:
    """The provider's word that ``payment_id`` succeeded."""

    payment_id: UUID
    reference: str
    amount_rupiah: int
    locks: bool


def settle(paid: Paid) -> None:
    from django.utils import timezone

    from bookings.payments.base import ProviderReport
    from bookings.settlement import settle as settlement_settle
    from seating.holds import locking as holds_locking

    report = ProviderReport(
        paid.reference, "succeeded", paid.amount_rupiah, "IDR", str(paid.payment_id)
    )
    with ExitStack() as stack:
        if not paid.locks:
            stack.enter_context(racers.locks_off())
        stack.enter_context(racers.pausing_after(holds_locking, "lock_by_id", PAUSE_SECONDS))
        settlement_settle.settle(payment_id=paid.payment_id, report=report, at=timezone.now())


@dataclass(frozen=True)
class Tap:
    """A visitor of its own who wants these seats."""

    showtime_id: int
    seat_ids: tuple[int, ...]
    locks: bool


def tap_by_steps(tap: Tap) -> tuple[int, ...]:
    """The seats that the visitor was told are theirs; nothing is done in one statement."""
    from seating.holds import fast_path as holds_fast_path
    from seating.holds import locking as holds_locking

    with ExitStack() as stack:
        if not tap.locks:
            stack.enter_context(racers.locks_off())
        stack.enter_context(racers.put(holds_fast_path, "take_free", lambda *_arguments: None))
        stack.enter_context(racers.pausing_after(holds_locking, "lock_takeable", PAUSE_SECONDS))
        return _told(tap)


def tap_at_once(tap: Tap) -> tuple[int, ...]:
    """The same in one statement; without locks it reads, and writes as soon as it may."""
    from seating.holds import fast_path as holds_fast_path

    unlocked = holds_fast_path.TAKE_FREE.replace("FOR NO KEY UPDATE OF showtime_seat NOWAIT", "")
    if unlocked == holds_fast_path.TAKE_FREE:
        raise ValueError("there is no lock to leave out")
    statement = holds_fast_path.TAKE_FREE if tap.locks else unlocked
    with racers.put(holds_fast_path, "TAKE_FREE", statement):
        return _told(tap)


def _told(tap: Tap) -> tuple[int, ...]:
    from uuid import uuid4

    from seating.errors import SeatTaken
    from seating.holds import transitions

    try:
        held = transitions.hold_seats(
            showtime_id=tap.showtime_id, visitor=f"web:{uuid4()}", seat_ids=tap.seat_ids
        )
    except SeatTaken:
        return ()
    return tuple(seat.seat_id for seat in held.seats)
