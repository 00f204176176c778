"""The statements of the busiest transitions: starting a hold, sealing it, selling its seats.

Each is the only write path of its transition. It locks in the order of docs/locking.md, decides by
the database's clock and changes all of its seats or nothing; ``seating.holds.diagnosis`` then reads
why nothing was changed. After a statement that may wait for a lock, a second one reads the seats: a
statement's snapshot is as old as its start.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction

from core.db.prepared import execute_prepared, pg_array
from seating.holds.types import HeldSeat, HeldSeats
from seating.live import publisher
from seating.models import SeatStatus

START = """
WITH wanted AS (
    SELECT showtime_seat.id, showtime_seat.seat_id, showtime_seat.price_rupiah,
           seat.row || seat.number AS label, seat.category, seat.partner_id
    FROM seating_showtimeseat AS showtime_seat
    JOIN seating_seat AS seat ON seat.id = showtime_seat.seat_id
    JOIN movies_showtime AS showtime ON showtime.id = showtime_seat.showtime_id
    WHERE showtime_seat.showtime_id = %(showtime_id)s
      AND showtime_seat.seat_id = ANY (%(seat_ids)s::bigint[])
      AND (
          showtime_seat.status = 'available'
          OR (showtime_seat.status = 'held'
              AND showtime_seat.held_until <= statement_timestamp())
      )
      AND showtime.cancelled_at IS NULL
      AND showtime.sale_opens_at <= statement_timestamp()
      AND showtime.sale_closes_at > statement_timestamp()
    ORDER BY showtime_seat.seat_id
    FOR NO KEY UPDATE OF showtime_seat NOWAIT
), hold AS (
    INSERT INTO seating_hold (id, showtime_id, visitor, created_at, expires_at, "end")
    SELECT %(hold_id)s, %(showtime_id)s, %(visitor)s, statement_timestamp(),
           statement_timestamp() + make_interval(secs => %(hold_seconds)s), ''
    WHERE (SELECT count(*) FROM wanted) = cardinality(%(seat_ids)s::bigint[])
      AND NOT EXISTS (
          SELECT FROM wanted
          WHERE (category = 'couple' AND partner_id <> ALL (%(seat_ids)s::bigint[]))
             OR (category = 'companion' AND NOT %(takes_companions)s::boolean)
      )
    ON CONFLICT (visitor, showtime_id) WHERE ended_at IS NULL DO NOTHING
    RETURNING id, created_at, expires_at
), taken AS (
    UPDATE seating_showtimeseat AS showtime_seat
    SET status = 'held', hold_id = hold.id, held_until = hold.expires_at,
        version = showtime_seat.version + 1
    FROM hold, wanted
    WHERE showtime_seat.id = wanted.id
    RETURNING showtime_seat.id, showtime_seat.version
)
SELECT wanted.id, wanted.seat_id, wanted.label, wanted.category, wanted.price_rupiah,
       taken.version, hold.created_at, hold.expires_at
FROM taken JOIN wanted ON wanted.id = taken.id CROSS JOIN hold
ORDER BY wanted.seat_id
"""

SEAL = """
UPDATE seating_hold SET sealed_at = statement_timestamp()
WHERE id = %(hold_id)s AND visitor = %(visitor)s AND ended_at IS NULL AND sealed_at IS NULL
  AND expires_at > statement_timestamp()
RETURNING showtime_id, expires_at, sealed_at
"""
LOCK_SEATS_OF_HOLD = """
SELECT showtime_seat.id, showtime_seat.seat_id, seat.row || seat.number, seat.category,
       showtime_seat.price_rupiah
FROM seating_showtimeseat AS showtime_seat JOIN seating_seat AS seat ON seat.id = seat_id
WHERE showtime_seat.showtime_id = %(showtime_id)s AND showtime_seat.status = 'held'
  AND showtime_seat.hold_id = %(hold_id)s
ORDER BY showtime_seat.seat_id
FOR NO KEY UPDATE OF showtime_seat
"""

LOCK_HOLD = """
SELECT id FROM seating_hold WHERE id = %(hold_id)s FOR NO KEY UPDATE
"""
SELL = """
WITH sellable AS (
    SELECT id FROM seating_showtimeseat
    WHERE id = ANY (%(showtime_seat_ids)s::bigint[])
      AND (
          status = 'available'
          OR (status = 'held'
              AND (held_until <= statement_timestamp() OR hold_id = %(hold_id)s::uuid))
      )
    ORDER BY seat_id
    FOR NO KEY UPDATE
), sold AS (
    UPDATE seating_showtimeseat AS showtime_seat
    SET status = 'sold', hold_id = NULL, held_until = NULL, sale = %(sale)s,
        version = showtime_seat.version + 1
    FROM sellable
    WHERE showtime_seat.id = sellable.id
      AND (SELECT count(*) FROM sellable) = cardinality(%(showtime_seat_ids)s::bigint[])
    RETURNING showtime_seat.showtime_id, showtime_seat.seat_id, showtime_seat.version
)
SELECT showtime_id, seat_id, version, statement_timestamp() FROM sold
"""
END_AS_SOLD = """
WITH ended AS (
    UPDATE seating_hold SET ended_at = %(at)s, "end" = 'sold'
    WHERE id = %(hold_id)s AND ended_at IS NULL
    RETURNING id, showtime_id
), left_over AS (
    SELECT showtime_seat.id
    FROM seating_showtimeseat AS showtime_seat
    JOIN ended ON ended.showtime_id = showtime_seat.showtime_id
    WHERE showtime_seat.status = 'held' AND showtime_seat.hold_id = ended.id
    ORDER BY showtime_seat.seat_id
    FOR NO KEY UPDATE OF showtime_seat
)
UPDATE seating_showtimeseat AS showtime_seat
SET status = 'available', hold_id = NULL, held_until = NULL, version = showtime_seat.version + 1
FROM left_over WHERE showtime_seat.id = left_over.id
RETURNING showtime_seat.showtime_id, showtime_seat.seat_id, showtime_seat.version
"""


def start_hold(
    showtime_id: int, visitor: str, seat_ids: Sequence[int], *, takes_companions: bool = False
) -> HeldSeats | None:
    """A new hold on exactly these free seats; None when nothing was changed.

    ``takes_companions``: the caller has checked that it may have companion places.
    Locks the seats (NOWAIT). Raises OperationalError for a seat that is locked now.
    """
    hold_id = uuid4()
    values = {
        "showtime_id": showtime_id,
        "visitor": visitor,
        "seat_ids": pg_array(seat_ids),
        "hold_id": hold_id,
        "hold_seconds": settings.HOLD_SECONDS,
        "takes_companions": takes_companions,
    }
    # Alone it is a transaction; inside another one a savepoint keeps its failure from aborting that
    # one.
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        taken = [
            (HeldSeat(*seat), version, now, expires_at)
            for *seat, version, now, expires_at in execute_prepared(START, values)
        ]
    if not taken:
        return None
    publisher.announce(
        showtime_id, [(seat.seat_id, SeatStatus.HELD.value, version) for seat, version, *_ in taken]
    )
    _seat, _version, now, expires_at = taken[0]
    return HeldSeats(
        hold_id=hold_id,
        showtime_id=showtime_id,
        seats=tuple(seat for seat, *_ in taken),
        expires_at=expires_at,
        server_time=now,
        is_sealed=False,
        is_extendable=True,
        taken=len(taken),
    )


def seal(hold_id: UUID, visitor: str) -> HeldSeats | None:
    """Seal a live, open hold of this visitor in the caller's transaction; None when it is not live
    and open.

    Locks the hold, then its seats.
    """
    values = {"hold_id": hold_id, "visitor": visitor}
    for showtime_id, expires_at, now in execute_prepared(SEAL, values):
        seats = execute_prepared(LOCK_SEATS_OF_HOLD, values | {"showtime_id": showtime_id})
        return HeldSeats(
            hold_id=hold_id,
            showtime_id=showtime_id,
            seats=tuple(HeldSeat(*seat) for seat in seats),
            expires_at=expires_at,
            server_time=now,
            is_sealed=True,
        )
    return None


def sell(showtime_seat_ids: Collection[int], hold_id: UUID | None, sale: UUID) -> datetime | None:
    """Sell seats that are free or held by ``hold_id``, all or none, and end that hold.

    Locks the hold, then the seats by id. Releases the other seats of the hold. Returns the
    database's time of the sale; None when nothing was changed.
    """
    values = {"showtime_seat_ids": pg_array(showtime_seat_ids), "hold_id": hold_id, "sale": sale}
    if hold_id is not None:
        execute_prepared(LOCK_HOLD, values)
    sold = execute_prepared(SELL, values)
    if not sold:
        return None
    *_first, sold_at = sold[0]
    _announce(SeatStatus.SOLD, [row[:3] for row in sold])
    if hold_id is not None:
        _announce(
            SeatStatus.AVAILABLE,
            execute_prepared(END_AS_SOLD, {"hold_id": hold_id, "at": sold_at}),
        )
    return sold_at  # type: ignore[no-any-return]


def _announce(status: SeatStatus, rows: Sequence[tuple[Any, ...]]) -> None:
    """``rows``: (showtime, seat, version), of one showtime."""
    if rows:
        changes = [(seat_id, status.value, version) for _showtime, seat_id, version in rows]
        publisher.announce(rows[0][0], changes)
