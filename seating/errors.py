"""Errors of seating.

LayarError
├── NotFound
│   ├── HoldNotFound      404  unknown, or held by another visitor
│   └── PlaceNotFound     404  the visitor has no place in the waiting room
├── Refused
│   ├── SeatTaken         409  another visitor has it; names the seats and the nearest free ones
│   ├── NoSuitableSeats   409  best seats: no such seats are free; names the largest group that is
│   ├── CompanionReserved 409  companion places alone, before they are released
│   ├── SingleSeatLeft    409  the layout requires seats that leave no single one
│   ├── HoldExtended      409  its time was extended before
│   ├── HoldExpired       409  its time is over; the seats are open again
│   ├── HoldSealed        409  a booking made from this hold waits for its payment
│   ├── WaitingRoomOpen   409  seats need a pass of the waiting room now
│   ├── NotYourTurn       409  a pass before the place was called
│   ├── WaitingRoomClosed 409  nobody needs to wait
│   ├── SeatNotHeld       409  staff release: it is not held
│   └── SeatBeingPaid     409  staff release: its booking is being paid
├── TooManyRequests
│   └── TooManyHeld       429  too many seats held, or kept and not paid for
└── InvalidInput
    ├── SeatUnknown       422  a seat that this showtime does not have
    ├── SeatRepeated      422  the same seat twice
    ├── SeatsMissing      422  no seat at all
    ├── VisitorUnknown    422  a waiting room needs a token or X-Visitor
    └── TooManySeats      422  more than HOLD_SEATS_MAX
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.errors import InvalidInput, NotFound, Refused, TooManyRequests


class HoldNotFound(NotFound):
    code = "hold_not_found"
    message = _("Your seats are not held any more. Please choose again.")


class SeatTaken(Refused):
    """``seats``: [{"id", "label"}] that were lost; ``nearest``: the same shape, free now."""

    code = "seat_taken"
    message = _("Somebody was faster: a seat you chose is taken.")


class NoSuitableSeats(Refused):
    """``largest``: how many of the party could sit together; ``can_sit_apart``: all, but apart."""

    code = "no_suitable_seats"
    message = _("No such seats are free any more.")

    def __init__(self, *, largest: int, can_sit_apart: bool) -> None:
        facts: dict[str, Any] = {"largest": largest, "can_sit_apart": can_sit_apart}
        if largest:
            message = ngettext(
                "So many seats together are not free: at most %(count)d seat is.",
                "So many seats together are not free: at most %(count)d seats are.",
                largest,
            ) % {"count": largest}
            super().__init__(message, **facts)
        else:
            super().__init__(**facts)


class SingleSeatLeft(Refused):
    """``left``: [{"id", "label"}] that would stay single; ``instead``: seats that leave none."""

    code = "single_seat_left"
    message = _(
        "Your seats leave a single one that nobody takes. Please take the seats beside them."
    )


class CompanionReserved(Refused):
    """``seats``: [{"id", "label"}]"""

    code = "companion_reserved"
    message = _(
        "A companion place is reserved for companions of wheelchair users. Choose a wheelchair"
        " space of the same row with it; up to three people can sit with each."
    )


class HoldExtended(Refused):
    code = "hold_extended"
    message = _("Your time was extended already; that is possible once.")


class HoldExpired(Refused):
    code = "hold_expired"
    message = _("Your time to pay is over and the seats are open again. Please choose again.")


class HoldSealed(Refused):
    code = "hold_sealed"
    message = _("Your booking is waiting for its payment. Finish or cancel it to change seats.")


class SeatNotHeld(Refused):
    code = "seat_not_held"
    message = _("Nobody holds this seat any more.")


class SeatBeingPaid(Refused):
    code = "seat_being_paid"
    message = _("A booking for this seat is being paid. Wait until its time is over.")


class PlaceNotFound(NotFound):
    code = "waiting_place_not_found"
    message = _("You are not in this waiting room. Please join it.")


class WaitingRoomOpen(Refused):
    """``waiting_room``: its id."""

    code = "waiting_room"
    message = _("Many people want seats at the moment. Please join the waiting room for your turn.")


class NotYourTurn(Refused):
    code = "not_your_turn"
    message = _("It is not your turn yet.")


class WaitingRoomClosed(Refused):
    code = "waiting_room_closed"
    message = _("Nobody needs to wait here at the moment: you can choose seats.")


class VisitorUnknown(InvalidInput):
    code = "visitor_missing"
    message = _("A waiting room needs to know the app: send a token or X-Visitor.")


class SeatUnknown(InvalidInput):
    code = "seat_unknown"
    message = _("This showtime has no such seat.")


class SeatRepeated(InvalidInput):
    code = "seat_repeated"
    message = _("The same seat was chosen twice.")


class SeatsMissing(InvalidInput):
    code = "seats_missing"
    message = _("Please choose at least one seat.")


class TooManySeats(InvalidInput):
    code = "too_many_seats"
    message = _("You can choose at most %(limit)d seats.")

    def __init__(self, limit: int) -> None:
        super().__init__(
            _("You can choose at most %(limit)d seats.") % {"limit": limit}, limit=limit
        )


class TooManyHeld(TooManyRequests):
    code = "too_many_held"
    message = _("Many seats are being held here already. Please pay for them, or try again later.")
