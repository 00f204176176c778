"""The common sealing of a hold, and its sale, in two statements each.

They say what ``seating.holds.transitions`` and ``seating.holds.sales`` say step by step: the hold
is locked, then its seats by id, on the database's clock. Two statements and not one, because what
a statement reads is as old as its beginning: whoever waited for the hold's lock must look at its
seats anew. Where there is nothing to do so plainly they do nothing, and the steps find out why.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from core.db.prepared import execute_prepared
from seating.holds.types import HeldSeat, HeldSeats
from seating.live import publisher
from seating.models import SeatStatus

SEAL = """
UPDATE seating_hold SET sealed_at = statement_timestamp()
WHERE id = %(hold_id)s AND visitor = %(visitor)s AND ended_at IS NULL AND sealed_at IS NULL
  AND expires_at > statement_timestamp()
RETURNING showtime_id, expires_at, sealed_at
"""
LOCK_SEATS = """
SELECT showtime_seat.id, showtime_seat.seat_id, seat.row || seat.number, seat.category,
       showtime_seat.price_rupiah
FROM seating_showtimeseat AS showtime_seat JOIN seating_seat AS seat ON seat.id = seat_id
WHERE showtime_seat.showtime_id = %(showtime_id)s AND showtime_seat.status = 'held'
  AND showtime_seat.hold_id = %(hold_id)s
ORDER BY showtime_seat.seat_id
FOR NO KEY UPDATE OF showtime_seat
"""

END_AS_SOLD = """
UPDATE seating_hold SET ended_at = statement_timestamp(), "end" = 'sold'
WHERE id = %(hold_id)s AND ended_at IS NULL
RETURNING showtime_id, ended_at
"""
SELL_SEATS = """
WITH held AS (
    SELECT id, seat_id FROM seating_showtimeseat
    WHERE showtime_id = %(showtime_id)s AND status = 'held' AND hold_id = %(hold_id)s
    ORDER BY seat_id
    FOR NO KEY UPDATE
)
UPDATE seating_showtimeseat AS showtime_seat
SET status = 'sold', hold_id = NULL, held_until = NULL, sale = %(sale)s,
    version = showtime_seat.version + 1
FROM held WHERE showtime_seat.id = held.id
RETURNING showtime_seat.id, showtime_seat.seat_id, showtime_seat.version
"""


class Sold(NamedTuple):
    """Every seat that the hold had, and the database's clock when it ended."""

    showtime_seat_ids: frozenset[int]
    now: datetime


def seal_plainly(hold_id: UUID, visitor: str) -> HeldSeats | None:
    """Seal a live, open hold of this visitor in the caller's transaction, its seats locked."""
    values = {"hold_id": hold_id, "visitor": visitor}
    for showtime_id, expires_at, now in execute_prepared(SEAL, values):
        seats = execute_prepared(LOCK_SEATS, values | {"showtime_id": showtime_id})
        return HeldSeats(
            hold_id=hold_id,
            showtime_id=showtime_id,
            seats=tuple(HeldSeat(*seat) for seat in seats),
            expires_at=expires_at,
            server_time=now,
            is_sealed=True,
        )
    return None


def sell_plainly(hold_id: UUID, sale: UUID) -> Sold | None:
    """End an open hold and sell all of its seats to ``sale``, in the caller's transaction.

    The caller compares them with what it wants to sell, and undoes it all if they differ.
    """
    values = {"hold_id": hold_id, "sale": sale}
    for showtime_id, now in execute_prepared(END_AS_SOLD, values):
        sold = execute_prepared(SELL_SEATS, values | {"showtime_id": showtime_id})
        publisher.announce(
            showtime_id,
            [(seat_id, SeatStatus.SOLD.value, version) for _id, seat_id, version in sold],
        )
        return Sold(frozenset(pk for pk, _seat, _version in sold), now)
    return None
