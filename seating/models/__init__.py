"""Models of seating: layouts, seats of showtimes with their holds, and waiting rooms."""

from seating.models.layouts import CategorySurcharge, Layout, Seat, SeatCategory
from seating.models.seats import (
    TAKEABLE,
    Hold,
    HoldEnd,
    SeatStatus,
    ShowtimeSeat,
    ShowtimeSeatQuerySet,
)
from seating.models.waiting_place import PlaceEnd, WaitingPlace
from seating.models.waiting_room import RoomControl, WaitingRoom

__all__ = [
    "TAKEABLE",
    "CategorySurcharge",
    "Hold",
    "HoldEnd",
    "Layout",
    "PlaceEnd",
    "RoomControl",
    "Seat",
    "SeatCategory",
    "SeatStatus",
    "ShowtimeSeat",
    "ShowtimeSeatQuerySet",
    "WaitingPlace",
    "WaitingRoom",
]
