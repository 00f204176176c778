"""The statement that holds the best free block of a list: one round trip, SKIP LOCKED.

It reads which of the listed blocks is the first that is wholly free, locks that one alone and
holds it. A seat that another transaction has locked is skipped, so nothing waits; the block is
then not complete and nothing is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction

from core.db.prepared import execute_prepared, pg_array
from seating.holds.types import HeldSeat, HeldSeats
from seating.live import publisher
from seating.models import SeatStatus

START_BEST = """
WITH listed AS (
    SELECT ((place - 1) / %(size)s)::int AS rank, seat_id
    FROM unnest(%(seat_ids)s::bigint[]) WITH ORDINALITY AS block (seat_id, place)
), best AS (
    SELECT listed.rank
    FROM listed
    JOIN seating_showtimeseat AS showtime_seat
        ON showtime_seat.showtime_id = %(showtime_id)s AND showtime_seat.seat_id = listed.seat_id
    WHERE showtime_seat.status = 'available'
       OR (showtime_seat.status = 'held' AND showtime_seat.held_until <= statement_timestamp())
    GROUP BY listed.rank
    HAVING count(*) = %(size)s
    ORDER BY listed.rank
    LIMIT 1
), wanted AS (
    SELECT showtime_seat.id, showtime_seat.seat_id, showtime_seat.price_rupiah,
           seat.row || seat.number AS label, seat.category
    FROM seating_showtimeseat AS showtime_seat
    JOIN seating_seat AS seat ON seat.id = showtime_seat.seat_id
    JOIN movies_showtime AS showtime ON showtime.id = showtime_seat.showtime_id
    WHERE showtime_seat.showtime_id = %(showtime_id)s
      AND showtime_seat.seat_id = ANY (
          ARRAY(SELECT seat_id FROM listed WHERE rank = (SELECT rank FROM best))
      )
      AND (
          showtime_seat.status = 'available'
          OR (showtime_seat.status = 'held'
              AND showtime_seat.held_until <= statement_timestamp())
      )
      AND showtime.cancelled_at IS NULL
      AND showtime.sale_opens_at <= statement_timestamp()
      AND showtime.sale_closes_at > statement_timestamp()
    ORDER BY showtime_seat.seat_id
    FOR NO KEY UPDATE OF showtime_seat SKIP LOCKED
), hold AS (
    INSERT INTO seating_hold (id, showtime_id, visitor, created_at, expires_at, "end")
    SELECT %(hold_id)s, %(showtime_id)s, %(visitor)s, statement_timestamp(),
           statement_timestamp() + make_interval(secs => %(hold_seconds)s), ''
    WHERE (SELECT count(*) FROM wanted) = %(size)s
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
SELECT (SELECT count(*) FROM wanted), best.rank,
       wanted.id, wanted.seat_id, wanted.label, wanted.category, wanted.price_rupiah,
       taken.version, hold.created_at, hold.expires_at
FROM best
LEFT JOIN taken ON true
LEFT JOIN wanted ON wanted.id = taken.id
LEFT JOIN hold ON true
ORDER BY wanted.seat_id
"""


class BestAttempt(NamedTuple):
    """``rank``: the first block that was free, None where none was. ``held``: None where it was
    not held: ``is_locked``, the visitor has a hold; else somebody is taking it, or the sale is
    closed."""

    rank: int | None
    held: HeldSeats | None
    is_locked: bool = False


def start_best_hold(
    showtime_id: int,
    visitor: str,
    blocks: Sequence[Sequence[int]],
    *,
    hold_seconds: int | None = None,
) -> BestAttempt:
    """A new hold on the first free one of ``blocks``, which are equally large.

    Locks that block's seats (SKIP LOCKED), never more.
    """
    hold_id = uuid4()
    values = {
        "showtime_id": showtime_id,
        "visitor": visitor,
        "size": len(blocks[0]),
        "seat_ids": pg_array([seat_id for block in blocks for seat_id in block]),
        "hold_id": hold_id,
        "hold_seconds": hold_seconds or settings.HOLD_SECONDS,
    }
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        rows = list(execute_prepared(START_BEST, values))
    if not rows:
        return BestAttempt(None, None)
    locked, rank, first_taken = rows[0][:3]
    if first_taken is None:
        return BestAttempt(rank, None, is_locked=locked == len(blocks[0]))
    return BestAttempt(rank, _taken(showtime_id, hold_id, [row[1:] for row in rows]), True)


def _taken(showtime_id: int, hold_id: UUID, rows: Sequence[tuple[Any, ...]]) -> HeldSeats:
    """The new hold; ``rows``: rank, a held seat's five fields, version, now, expiry of the hold."""
    publisher.announce(showtime_id, [(row[2], SeatStatus.HELD.value, row[6]) for row in rows])
    now, expires_at = rows[0][7:]
    return HeldSeats(
        hold_id=hold_id,
        showtime_id=showtime_id,
        seats=tuple(HeldSeat(*row[1:6]) for row in rows),
        expires_at=expires_at,
        server_time=now,
        is_sealed=False,
        is_extendable=True,
        taken=len(rows),
    )
