"""The common tap in one statement: no hold yet, every wanted seat free.

It says what ``seating.holds.transitions`` says step by step, with the same locks in the same order
and the same clock, as one transaction of one round trip. Whatever is not that plain (a hold to add
to, a seat in somebody's hands, a couple seat asked for by half) takes nothing here and is left to
the steps; a lock that somebody holds is raised as there.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction

from core.db.prepared import execute_prepared, pg_array
from seating.holds.types import HeldSeat, HeldSeats
from seating.live import publisher
from seating.models import SeatStatus

TAKE_FREE = """
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
          WHERE category = 'couple' AND partner_id <> ALL (%(seat_ids)s::bigint[])
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

WHOSE = """
SELECT showtime_seat.seat_id,
       showtime_seat.status = 'available'
       OR (showtime_seat.status = 'held' AND showtime_seat.held_until <= statement_timestamp())
FROM seating_showtimeseat AS showtime_seat
JOIN movies_showtime AS showtime ON showtime.id = showtime_seat.showtime_id
WHERE showtime_seat.showtime_id = %(showtime_id)s
  AND showtime_seat.seat_id = ANY (%(seat_ids)s::bigint[])
  AND showtime.cancelled_at IS NULL
  AND showtime.sale_opens_at <= statement_timestamp()
  AND showtime.sale_closes_at > statement_timestamp()
  AND NOT EXISTS (
      SELECT FROM seating_hold
      WHERE visitor = %(visitor)s AND showtime_id = %(showtime_id)s AND ended_at IS NULL
  )
"""


def try_hold_free_seats(
    showtime_id: int, visitor: str, seat_ids: Sequence[int]
) -> HeldSeats | None:
    """A new hold on exactly these seats, or None when nothing was taken.

    Raises OperationalError for a seat that is locked now.
    """
    hold_id = uuid4()
    values = {
        "showtime_id": showtime_id,
        "visitor": visitor,
        "seat_ids": pg_array(seat_ids),
        "hold_id": hold_id,
        "hold_seconds": settings.HOLD_SECONDS,
    }
    # Alone it is a transaction; inside another a failure must not spoil that one.
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        taken = [
            (HeldSeat(*seat), version, now, expires_at)
            for *seat, version, now, expires_at in execute_prepared(TAKE_FREE, values)
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
    )


def definitely_taken(showtime_id: int, visitor: str, seat_ids: Sequence[int]) -> list[int]:
    """Which of the seats somebody else has, where that is all there is to say.

    One read without a lock: the visitor has no hold of this showtime, it is on sale, all the seats
    are its seats, and these are held or sold by the database's clock. In a rush nearly every tap
    ends here. Empty when the steps must find out, or nothing is in the way any more.
    """
    values = {"showtime_id": showtime_id, "visitor": visitor, "seat_ids": pg_array(seat_ids)}
    rows = execute_prepared(WHOSE, values)
    if len(rows) != len(seat_ids):
        return []
    return [seat_id for seat_id, is_takeable in rows if not is_takeable]
