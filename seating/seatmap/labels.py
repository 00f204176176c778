"""Texts of the seat map's scripts, in the language of the page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

STATUS_LABELS = {
    "available": gettext_lazy("available"),
    "mine": gettext_lazy("yours"),
    "pending": gettext_lazy("one moment"),
    "held": gettext_lazy("held by somebody else"),
    "sold": gettext_lazy("sold"),
    "blocked": gettext_lazy("not for sale"),
}

# Notes that a buyer needs before choosing a seat of these categories.
CATEGORY_NOTES = {
    "couple": gettext_lazy("A couple seat is one sofa: both halves are booked together."),
    "wheelchair": gettext_lazy(
        "A wheelchair space has no chair: it is for a visitor in a wheelchair."
    ),
    "companion": gettext_lazy("A companion place is beside a wheelchair space, for a companion."),
}

# Legend of the plan, in display order.
LEGEND = [
    ("available", gettext_lazy("Free")),
    ("mine", gettext_lazy("Yours")),
    ("held", gettext_lazy("Being chosen")),
    ("sold", gettext_lazy("Sold")),
    ("blocked", gettext_lazy("Not for sale")),
]


def seat_page_messages() -> dict[str, Any]:
    """The script replaces placeholders in braces."""
    return {
        "status": {status: str(word) for status, word in STATUS_LABELS.items()},
        "feed": {
            "live": _("Live"),
            "polling": _("Connecting…"),
            "offline": _("Offline"),
        },
        "chosen": _("Seats chosen: {count}. Total {total}."),
        "left": _("{seconds} seconds left to continue."),
        "lostOne": _("Seat {seats} was just taken by somebody else."),
        "lostMany": _("Seats {seats} were just taken by somebody else."),
        "takeNearest": _("Take {seats} instead"),
        "moreTime": _("I need more time"),
        "sameSeats": _("Take the same seats again"),
        "rescue": _("{seats} are held for you for {seconds} seconds."),
        "notes": {category: str(note) for category, note in CATEGORY_NOTES.items()},
        "bothHalves": _("{seats} are one couple seat, and both halves are yours."),
        "releaseBoth": _("Release {seats}"),
        "keepBoth": _("Keep both"),
        "sitApart": _("Sit apart"),
        "over": _("Your time was up and your seats are open again. Choose again to go on."),
        "sealed": _(
            "Your booking is waiting for its payment. Finish or cancel it to change seats."
        ),
        "tooMany": _("You can choose at most %(limit)d seats.")
        % {"limit": settings.HOLD_SEATS_MAX},
        "offline": _("You are offline. Seats can be chosen again once you are connected."),
        "noAnswer": _("We could not reach the server. We are checking whether the seat is yours."),
        "failed": _("That did not work. Please reload the page and try again."),
    }
