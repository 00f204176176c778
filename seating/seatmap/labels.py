"""What the seat map's scripts say, in the language of the page."""

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

# What the signs on the plan mean, in the order in which they are explained.
LEGEND = [
    ("available", gettext_lazy("Free")),
    ("mine", gettext_lazy("Yours")),
    ("held", gettext_lazy("Being chosen")),
    ("sold", gettext_lazy("Sold")),
    ("blocked", gettext_lazy("Not for sale")),
]


def seat_page_messages() -> dict[str, Any]:
    """Braces mark what the script fills in."""
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
        "over": _("Your time was up and your seats are open again. Choose again to go on."),
        "sealed": _("Your order is waiting for its payment. Finish or cancel it to change seats."),
        "tooMany": _("You can choose at most %(limit)d seats.")
        % {"limit": settings.HOLD_SEATS_MAX},
        "offline": _("You are offline. Seats can be chosen again once you are connected."),
        "noAnswer": _("We could not reach the server. We are checking whether the seat is yours."),
        "failed": _("That did not work. Please reload the page and try again."),
    }
