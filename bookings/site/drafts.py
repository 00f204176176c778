"""Entries of a checkout whose hold ended before it was sent, kept in the session for the next one.

The page's script keeps them in the browser; this is for browsers without scripts.
"""

from __future__ import annotations

from django.http import HttpRequest

from bookings.site.forms import SEAT_FIELD_PREFIX

SESSION_KEY = "checkout_draft"
ENTRIES = ("name", "email", "phone", "voucher")
SEATS_MAX = 16
VALUE_MAX = 254


def keep(request: HttpRequest, showtime_id: int) -> None:
    """Store what was sent, in the place of an earlier draft."""
    seats = [name for name in request.POST if name.startswith(SEAT_FIELD_PREFIX)][:SEATS_MAX]
    sent = {name: request.POST.get(name, "")[:VALUE_MAX] for name in (*ENTRIES, *seats)}
    request.session[SESSION_KEY] = {
        "showtime": showtime_id,
        "entries": {name: value for name, value in sent.items() if value},
    }


def draft_of(request: HttpRequest, showtime_id: int) -> dict[str, str]:
    """The entries for this showtime's checkout; empty without any."""
    draft = request.session.get(SESSION_KEY) or {}
    if draft.get("showtime") != showtime_id:
        return {}
    entries: dict[str, str] = draft["entries"]
    return entries


def discard(request: HttpRequest) -> None:
    if SESSION_KEY in request.session:
        del request.session[SESSION_KEY]
