"""Companion places: reserved for companions of wheelchair users until they are released."""

from __future__ import annotations

from collections.abc import Collection

from seating.best_seats.hall import Hall, HallSeat
from seating.best_seats.party import COMPANIONS_OF_WHEELCHAIR_MAX
from seating.best_seats.rules import SeatingRules
from seating.models import SeatCategory


def are_released(
    hall: Hall, free: Collection[int], rules: SeatingRules, *, minutes_left: float
) -> bool:
    """Whether anybody may take them: no other seat is free, or the start is near."""
    minutes = rules.companions_released_minutes
    if minutes is not None and minutes_left <= minutes:
        return True
    return not any(hall.by_id[seat].is_ordinary for seat in free if seat in hall.by_id)


def alone(seats: Collection[HallSeat]) -> list[HallSeat]:
    """The companion places of a choice that no wheelchair space in it accounts for.

    A wheelchair space accounts for COMPANIONS_OF_WHEELCHAIR_MAX companion places of its row.
    """
    spaces: dict[int, int] = {}
    for seat in seats:
        if seat.category == SeatCategory.WHEELCHAIR:
            spaces[seat.line] = spaces.get(seat.line, 0) + COMPANIONS_OF_WHEELCHAIR_MAX
    left_over = []
    for seat in sorted(seats, key=lambda seat: seat.id):
        if seat.category != SeatCategory.COMPANION:
            continue
        if spaces.get(seat.line, 0) > 0:
            spaces[seat.line] -= 1
        else:
            left_over.append(seat)
    return left_over
