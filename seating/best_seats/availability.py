"""Input of the choice of seats: the hall of a layout and the free seats of a showtime.

``recent_availability`` may be RECENT_SECONDS old: the statement that holds a block checks it
against the seats as they are.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

import orjson
from django.utils import timezone

from core.errors import NotFound
from movies.models import Showtime
from seating.best_seats.hall import Hall, HallSeat
from seating.best_seats.party import Availability
from seating.best_seats.rules import parse_rules
from seating.models import Layout, SeatCategory, SeatStatus
from seating.seatmap import state

RECENT_SECONDS = 0.5
HALLS_CACHED_MAX = 200
RECENT_MAX = 500
SECONDS_A_MINUTE = 60
MAPS_PARSED_MAX = 50

_recent: dict[int, tuple[float, Availability]] = {}


@lru_cache(maxsize=HALLS_CACHED_MAX)
def hall_of(layout_id: int) -> Hall:
    """The hall of a layout. Two queries the first time, then none: a layout never changes."""
    grid = Layout.objects.values_list("grid", flat=True).get(pk=layout_id)
    seats = state.layout_document(layout_id)["seats"]
    return Hall(
        [
            HallSeat(
                id=seat["id"],
                row=seat["row"],
                number=seat["number"],
                line=seat["line"],
                column=seat["column"],
                category=seat["category"],
                other_half_id=seat["partner"] if seat["category"] == SeatCategory.COUPLE else None,
            )
            for seat in seats
        ],
        parse_rules(grid),
    )


def hall_of_seat(seat_id: int) -> Hall:
    return hall_of(state.layout_of_seat(seat_id))


def recent_availability(showtime_id: int) -> Availability:
    """Availability at most RECENT_SECONDS old. Raises NotFound."""
    known = _recent.get(showtime_id)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    return _remember(showtime_id, _parse(state.seats_api_bytes(showtime_id)))


def fresh_availability(showtime_id: int) -> Availability:
    """Availability now, from the database. Raises NotFound."""
    return _remember(showtime_id, _parse(state.fresh_seats_api_bytes(showtime_id)))


def note_taken(showtime_id: int, seat_ids: Collection[int]) -> None:
    """Exclude seats that were just taken from this process's next choice."""
    known = _recent.get(showtime_id)
    if known is not None:
        until, availability = known
        taken = availability.free - set(seat_ids)
        _recent[showtime_id] = (until, replace(availability, free=taken))


def minutes_to_start(showtime_id: int) -> float:
    """Raises NotFound."""
    starts_at = Showtime.objects.filter(pk=showtime_id).values_list("starts_at", flat=True).first()
    if starts_at is None:
        raise NotFound()
    return (starts_at - timezone.now()).total_seconds() / SECONDS_A_MINUTE


def _remember(showtime_id: int, availability: Availability) -> Availability:
    if len(_recent) >= RECENT_MAX:
        _recent.clear()
    _recent[showtime_id] = (time.monotonic() + RECENT_SECONDS, availability)
    return availability


@lru_cache(maxsize=MAPS_PARSED_MAX)
def _parse(body: bytes) -> Availability:
    seats = orjson.loads(body)
    return Availability(
        hall=hall_of_seat(seats[0]["id"]),
        free=frozenset(seat["id"] for seat in seats if seat["status"] == SeatStatus.AVAILABLE),
        prices={seat["id"]: seat["price_rupiah"] for seat in seats},
    )
