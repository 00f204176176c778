"""Selling, reopening and blocking seats.

Called inside the caller's transaction, after it has locked its booking (docs/locking.md).
``sale`` is the owner's opaque id.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from seating.holds import locking, statements
from seating.models import TAKEABLE, SeatStatus, ShowtimeSeat


def sell_seats(
    *, showtime_seat_ids: Collection[int], hold_id: UUID | None, sale: UUID
) -> datetime | None:
    """Sell these seats to ``sale``, all or none, and end the hold that they were sold from.

    A seat can be sold when ``hold_id`` still has it, even past its time, or when it is free (a
    late payment, or the box office). Locks the hold, then the seats. Returns the database's time
    of the sale; None, with nothing changed, when one of the seats belongs to another.
    """
    locking.require_transaction()
    return statements.sell(showtime_seat_ids, hold_id, sale)


def reopen_sold(*, showtime_seat_ids: Collection[int], sale: UUID) -> int:
    """Return seats that ``sale`` owns to the stock; the caller voids their tickets with it."""
    locking.require_transaction()
    locked = locking.lock_by_id(showtime_seat_ids, Q(status=SeatStatus.SOLD, sale=sale))
    locking.mark_available(locked)
    return len(locked)


def exchange_sold(*, old_ids: Collection[int], new_ids: Collection[int], sale: UUID) -> bool:
    """Give ``sale`` the free seats ``new_ids`` for its seats ``old_ids``, which become available.

    Locks all of them in one statement. False, with nothing changed, when ``sale`` does not own one
    of the old seats or one of the new ones belongs to another.
    """
    locking.require_transaction()
    locked = locking.lock_for_exchange(old_ids, new_ids, sale)
    if len(locked) != len(old_ids) + len(new_ids):
        return False
    locking.mark_available([row for row in locked if row.pk in set(old_ids)])
    locking.mark_sold([row for row in locked if row.pk in set(new_ids)], sale)
    return True


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
