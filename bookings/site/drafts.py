"""Entries of a checkout whose hold ended before it was sent, kept in the session for the next one.

The page's script keeps them in the browser; this is for browsers without scripts.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from bookings.orders.session_access import FAILED_ORDER_MINUTES
from bookings.site.forms import SEAT_FIELD_PREFIX

SESSION_KEY = "checkout_draft"
ENTRIES = ("name", "email", "phone", "voucher")
SEATS_MAX = 16
VALUE_MAX = 254


def keep(request: HttpRequest, showtime_id: int, at: datetime) -> None:
    """Store what was sent, in the place of an earlier draft."""
    seats = [name for name in request.POST if name.startswith(SEAT_FIELD_PREFIX)][:SEATS_MAX]
    sent = {name: request.POST.get(name, "")[:VALUE_MAX] for name in (*ENTRIES, *seats)}
    request.session[SESSION_KEY] = {
        "showtime": showtime_id,
        "account": request.user.pk,
        "ends_at": at.timestamp() + 60 * FAILED_ORDER_MINUTES,
        "entries": {name: value for name, value in sent.items() if value},
    }


def draft_of(request: HttpRequest, showtime_id: int, at: datetime) -> dict[str, str]:
    """The entries for this showtime's checkout; empty without any.

    Limited in time and to the account: a shared machine may have another user later. A draft that
    is over is discarded.
    """
    draft = request.session.get(SESSION_KEY)
    if draft is None:
        return {}
    if draft["ends_at"] < at.timestamp() or draft["account"] != request.user.pk:
        discard(request)
        return {}
    entries: dict[str, str] = draft["entries"] if draft["showtime"] == showtime_id else {}
    return entries


def discard(request: HttpRequest) -> None:
    if SESSION_KEY in request.session:
        del request.session[SESSION_KEY]
