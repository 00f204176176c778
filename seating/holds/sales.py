"""What becomes of held seats once money is known: sold, open again, or out of sale.

Called by the floors above inside their own transactions, after they have locked their booking
(docs/locking.md). ``sale`` is the owner's opaque id.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from movies.models import Showtime
from movies.signals import showtime_cancelled
from seating.holds import locking
from seating.models import TAKEABLE, SeatStatus, ShowtimeSeat


def sell_seats(*, showtime_seat_ids: Collection[int], hold_id: UUID | None, sale: UUID) -> bool:
    """Sell these seats to ``sale``, all or none; False when one of them is somebody else's.

    A seat goes when ``hold_id`` still has it, even past its time, or when it is free to anybody
    (a payment that came late, or the box office).
    """
    _require_transaction()
    sellable = TAKEABLE | Q(status=SeatStatus.HELD, hold_id=hold_id) if hold_id else TAKEABLE
    locked = locking.lock_by_id(showtime_seat_ids, sellable)
    if len(locked) != len(showtime_seat_ids):
        return False
    locking.mark_sold(locked, sale)
    return True


def reopen_sold(*, showtime_seat_ids: Collection[int], sale: UUID) -> int:
    """Return seats that ``sale`` owns to the stock; the caller voids their tickets with it."""
    _require_transaction()
    locked = locking.lock_by_id(showtime_seat_ids, Q(status=SeatStatus.SOLD, sale=sale))
    locking.mark_available(locked)
    return len(locked)


@transaction.atomic
def block_seats(*, showtime_seat_ids: Collection[int]) -> int:
    """Take free seats out of sale; returns how many were free."""
    locked = locking.lock_by_id(showtime_seat_ids, TAKEABLE)
    locking.mark_blocked(locked)
    return len(locked)


@transaction.atomic
def unblock_seats(*, showtime_seat_ids: Collection[int]) -> int:
    locked = locking.lock_by_id(showtime_seat_ids, Q(status=SeatStatus.BLOCKED))
    locking.mark_available(locked)
    return len(locked)


def block_showtime(showtime_id: int) -> int:
    """Take every free seat of a showtime out of sale; returns how many were free."""
    every = ShowtimeSeat.objects.filter(showtime=showtime_id).values_list("pk", flat=True)
    return block_seats(showtime_seat_ids=list(every))


def close_showtime(sender: Any, *, showtime: Showtime, **_extra: Any) -> None:
    """Nobody can take a free seat of a cancelled showtime, not even one who asked before."""
    block_showtime(showtime.pk)


def connect() -> None:
    showtime_cancelled.connect(close_showtime, dispatch_uid="seating.close_showtime")


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("selling seats needs the caller's transaction")
