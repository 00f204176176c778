"""Free seats of showtimes, counted for the catalogue.

Wheelchair spaces and their companions count only where no other seat is free: for other visitors
they are neither a price nor available.
"""

from __future__ import annotations

from django.db import connection

from core.db.prepared import pg_array
from movies.catalogue.availability import SeatCount

COUNT = """
WITH seat_now AS (
    SELECT showtime_seat.showtime_id, showtime_seat.price_rupiah, showtime_seat.held_until,
           seat.line, seat."column", showtime_seat.status,
           seat.category IN ('wheelchair', 'companion') AS is_accessible,
           showtime_seat.status = 'available'
               OR (showtime_seat.status = 'held'
                   AND showtime_seat.held_until <= statement_timestamp()) AS is_free
    FROM seating_showtimeseat AS showtime_seat
    JOIN seating_seat AS seat ON seat.id = showtime_seat.seat_id
    WHERE showtime_seat.showtime_id = ANY (%s::bigint[])
), neighbours AS (
    -- The column less the seat's number in its row is the same for all neighbours: once among all
    -- seats, once among the free ones.
    SELECT showtime_id, line, is_free,
           "column" - row_number() OVER (PARTITION BY showtime_id, line ORDER BY "column") AS run,
           "column" - row_number()
               OVER (PARTITION BY showtime_id, line, is_free ORDER BY "column") AS free_run
    FROM seat_now WHERE NOT is_accessible
), longest AS (
    SELECT showtime_id, nullif(max(free_length), 0) AS together, max(length) AS together_max
    FROM (
        SELECT showtime_id, count(*) AS length, 0 AS free_length
        FROM neighbours GROUP BY showtime_id, line, run
        UNION ALL
        SELECT showtime_id, 0, count(*)
        FROM neighbours WHERE is_free GROUP BY showtime_id, line, free_run
    ) AS runs
    GROUP BY showtime_id
), counted AS (
    SELECT showtime_id,
           count(*) FILTER (WHERE status <> 'blocked' AND NOT is_accessible) AS sellable,
           count(*) FILTER (WHERE is_free AND NOT is_accessible) AS free,
           min(price_rupiah) FILTER (WHERE is_free AND NOT is_accessible) AS cheapest,
           max(price_rupiah) FILTER (WHERE is_free AND NOT is_accessible) AS dearest,
           count(*) FILTER (WHERE is_free AND is_accessible) AS accessible,
           min(price_rupiah) FILTER (WHERE is_free AND is_accessible) AS cheapest_accessible,
           min(held_until) FILTER (WHERE status = 'held' AND NOT is_free) AS next_lapse_at
    FROM seat_now GROUP BY showtime_id
)
SELECT showtime_id, sellable + accessible, CASE free WHEN 0 THEN accessible ELSE free END,
       coalesce(together, sign(accessible)), coalesce(together_max, 1),
       coalesce(cheapest, cheapest_accessible),
       coalesce(dearest > cheapest, false), next_lapse_at
FROM counted LEFT JOIN longest USING (showtime_id)
"""


def count_free_seats(showtime_ids: list[int]) -> dict[int, SeatCount]:
    """Counts of the showtimes that have seats; expired holds count as free."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [pg_array(showtime_ids)])
        return {showtime_id: SeatCount(*counts) for showtime_id, *counts in cursor.fetchall()}
