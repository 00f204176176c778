"""Errors of the waitlist.

LayarError
├── NotFound
│   └── WaitlistEntryNotFound 404  unknown, not accessible, or its link is over
├── Refused
│   ├── SeatsStillFree        409  such seats can be bought now
│   ├── WaitlistClosed        409  the showtime is not on sale, or begins too soon
│   ├── WaitlistFull          409  as many entries as a showtime may have
│   ├── AlreadyWaiting        409  one entry per mailbox and showtime
│   ├── TooManyWaitlists      409  as many waitlists as a person may be on
│   ├── WaitlistEntryOver     409  the entry has ended
│   └── OfferOver             409  the offer has ended
└── InvalidInput
    └── SeatRequestInvalid   422  no such category, or no price
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput, NotFound, Refused


class WaitlistEntryNotFound(NotFound):
    code = "waitlist_entry_not_found"
    message = _("This waitlist entry or link is not valid any more.")


class SeatsStillFree(Refused):
    code = "seats_still_free"
    message = _("Such seats are free now. You can choose them on the plan.")


class WaitlistClosed(Refused):
    code = "waitlist_closed"
    message = _("This showtime has no waitlist any more.")


class WaitlistFull(Refused):
    code = "waitlist_full"
    message = _("The waitlist of this showtime is full.")


class AlreadyWaiting(Refused):
    code = "already_waiting"
    message = _("You are on the waitlist of this showtime already.")


class TooManyWaitlists(Refused):
    code = "too_many_waitlists"
    message = _("You are on many waitlists already. Leave one of them first.")


class WaitlistEntryOver(Refused):
    code = "waitlist_entry_over"
    message = _("You are not on this waitlist any more.")


class OfferOver(Refused):
    code = "offer_over"
    message = _("This offer is over; its seats went to the next in line.")


class SeatRequestInvalid(InvalidInput):
    code = "seat_request_invalid"
    message = _("Please check the seats that you are waiting for.")
