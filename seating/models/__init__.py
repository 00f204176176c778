"""Models of seating: seats with their holds, and waiting rooms."""

from seating.models.seats import (
    TAKEABLE,
    CategorySurcharge,
    Hold,
    HoldEnd,
    Layout,
    Seat,
    SeatCategory,
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
