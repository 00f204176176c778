"""Rule for companion places: held with a wheelchair space, or once they are released."""

from __future__ import annotations

from collections.abc import Collection

from seating.best_seats import companions
from seating.best_seats.availability import fresh_availability, minutes_to_start
from seating.best_seats.hall import HallSeat
from seating.errors import CompanionReserved
from seating.models import SeatCategory


def lone_companions(showtime_id: int, seat_ids: Collection[int]) -> list[HallSeat]:
    """Companion places among the seats of one hold that it may not contain.

    Read from the database without a lock: the rule protects no seat from a double sale.
    """
    availability = fresh_availability(showtime_id)
    hall = availability.hall
    seats = [hall.by_id[seat_id] for seat_id in seat_ids if seat_id in hall.by_id]
    if not any(seat.category == SeatCategory.COMPANION for seat in seats):
        return []
    lone = companions.alone(seats)
    if lone and companions.are_released(
        hall, availability.free, hall.rules, minutes_left=minutes_to_start(showtime_id)
    ):
        return []
    return lone


def check_companions(showtime_id: int, seat_ids: Collection[int]) -> None:
    """Raises CompanionReserved."""
    lone = lone_companions(showtime_id, seat_ids)
    if lone:
        raise CompanionReserved(seats=[{"id": seat.id, "label": seat.label} for seat in lone])
