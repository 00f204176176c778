"""Diagnosis of a failed hold, read only after a transition changed nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.db.prepared import execute_prepared, pg_array
from core.errors import LayarError, NotFound
from movies.errors import ShowtimeClosed
from seating import metrics
from seating.errors import SeatTaken, SeatUnknown
from seating.seatmap import state
from seating.seatmap.state import LayoutSeat

# One read without a lock: a refusal grants nothing, so no lock is needed.
DIAGNOSE = """
SELECT showtime.cancelled_at IS NULL
           AND showtime.sale_opens_at <= statement_timestamp()
           AND showtime.sale_closes_at > statement_timestamp(),
       hold.id IS NOT NULL,
       showtime_seat.seat_id,
       showtime_seat.status = 'available'
           OR (showtime_seat.status = 'held'
               AND (showtime_seat.held_until <= statement_timestamp()
                    OR showtime_seat.hold_id IS NOT DISTINCT FROM hold.id)),
       CASE WHEN seat.category = 'couple' THEN seat.partner_id END,
       seat.category = 'companion'
FROM movies_showtime AS showtime
LEFT JOIN seating_hold AS hold
    ON hold.visitor = %(visitor)s AND hold.showtime_id = showtime.id AND hold.ended_at IS NULL
LEFT JOIN seating_showtimeseat AS showtime_seat
    ON showtime_seat.showtime_id = showtime.id
    AND showtime_seat.seat_id = ANY (%(seat_ids)s::bigint[])
LEFT JOIN seating_seat AS seat ON seat.id = showtime_seat.seat_id
WHERE showtime.id = %(showtime_id)s
"""


class SeatsChanged(Exception):
    """The obstacle is gone: the attempt may be repeated."""


@dataclass(frozen=True)
class Diagnosis:
    """What one read found about a visitor and the seats that were wanted.

    ``has_hold``: an open hold of the visitor. ``is_takeable``: of each seat that exists, whether
    it is free or theirs. ``other_halves``: of couple seats that were wanted by half.
    ``has_companions``: companion places are among the seats that were wanted.
    """

    exists: bool
    is_on_sale: bool = False
    has_hold: bool = False
    is_takeable: dict[int, bool] = field(default_factory=dict)
    other_halves: tuple[int, ...] = ()
    has_companions: bool = False


def diagnose(showtime_id: int, visitor: str, seat_ids: Sequence[int]) -> Diagnosis:
    rows = execute_prepared(
        DIAGNOSE,
        {"showtime_id": showtime_id, "visitor": visitor, "seat_ids": pg_array(seat_ids)},
    )
    if not rows:
        return Diagnosis(exists=False)
    halves = {half for *_row, half, _companion in rows if half is not None} - set(seat_ids)
    return Diagnosis(
        exists=True,
        is_on_sale=rows[0][0],
        has_hold=rows[0][1],
        is_takeable={seat: is_takeable for _on_sale, _hold, seat, is_takeable, *_kind in rows},
        other_halves=tuple(sorted(halves)),
        has_companions=any(row[-1] for row in rows),
    )


def refusal(
    showtime_id: int, seat_ids: Sequence[int], found: Diagnosis
) -> LayarError | SeatsChanged:
    """The error that explains why these seats cannot be held."""
    if not found.exists:
        return NotFound()
    if not found.is_on_sale:
        return ShowtimeClosed()
    if unknown := [seat_id for seat_id in seat_ids if seat_id not in found.is_takeable]:
        return SeatUnknown(seats=unknown)
    if taken := [seat_id for seat_id in seat_ids if not found.is_takeable[seat_id]]:
        return seat_taken(showtime_id, taken)
    return SeatsChanged()


def seat_taken(showtime_id: int, seat_ids: Sequence[int]) -> SeatTaken:
    """SeatTaken, naming the lost seats and the nearest free ones."""
    metrics.TAKEN.inc()
    by_id = state.current_map(showtime_id).places
    return SeatTaken(
        seats=[_named(by_id[seat_id]) for seat_id in sorted(seat_ids) if seat_id in by_id],
        nearest=[_named(place) for place in state.nearest_free(showtime_id, seat_ids)],
    )


def _named(place: LayoutSeat) -> dict[str, Any]:
    return {"id": place["id"], "label": f"{place['row']}{place['number']}"}
