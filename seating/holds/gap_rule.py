"""The single-gap rule for seats that a visitor chose and holds (``seating.best_seats.gaps``)."""

from __future__ import annotations

import math
from dataclasses import replace

from seating.best_seats.availability import minutes_to_start, recent_availability
from seating.best_seats.gaps import GAP_RULE_ENDS_MINUTES, GapAdvice, gap_advice
from seating.errors import SingleSeatLeft
from seating.holds.types import HeldSeats


def advice_for(held: HeldSeats | None) -> GapAdvice | None:
    """Advice for the holder; None where the rule does not apply, and for a sealed hold.

    Read without a lock from a map of at most RECENT_SECONDS: advice grants nothing.
    """
    if held is None or held.is_sealed or not held.seats:
        return None
    mine = {seat.seat_id for seat in held.seats}
    availability = recent_availability(held.showtime_id)
    if not mine <= availability.hall.by_id.keys():  # the showtime was given another layout
        return None
    others = replace(availability, free=availability.free - mine)
    advice = gap_advice(others, mine, minutes_left=math.inf)
    if advice is None or minutes_to_start(held.showtime_id) <= GAP_RULE_ENDS_MINUTES:
        return None
    return advice


def check_single_gap(held: HeldSeats) -> None:
    """Raises SingleSeatLeft where the layout requires a choice that leaves no single seat."""
    advice = advice_for(held)
    if advice is not None and advice.is_required:
        raise SingleSeatLeft(
            left=[{"id": seat.id, "label": seat.label} for seat in advice.left],
            instead=[{"id": seat.id, "label": seat.label} for seat in advice.instead],
        )
