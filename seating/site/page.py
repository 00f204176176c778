"""Data and WebSocket URLs of the seat map page."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.errors import LayarError
from core.templatetags.money import rupiah
from seating.errors import SeatTaken
from seating.holds.transitions import HeldSeats


def held_document(held: HeldSeats | None, at: datetime) -> dict[str, Any]:
    """A hold as JSON; the same shape with nothing in it for none."""
    if held is None:
        return {
            "hold_id": None,
            "seats": [],
            "total_rupiah": 0,
            "total": rupiah(0),
            "expires_at": None,
            "server_time": at.isoformat(),
            "is_sealed": False,
        }
    return {
        "hold_id": str(held.hold_id),
        "seats": held.seat_documents,
        "total_rupiah": held.total_rupiah,
        "total": rupiah(held.total_rupiah),
        "expires_at": held.expires_at.isoformat(),
        "server_time": held.server_time.isoformat(),
        "is_sealed": held.is_sealed,
    }


def seconds_left(held: HeldSeats | None) -> int:
    if held is None:
        return 0
    return max(0, math.ceil((held.expires_at - held.server_time).total_seconds()))


def feed_address(request: HttpRequest, showtime_id: int) -> tuple[str, str]:
    """The seat feed's URL, and its origin where that is not the page's own."""
    return live_address(request, f"/ws/showtimes/{showtime_id}/seats/")


def live_address(request: HttpRequest, path: str) -> tuple[str, str]:
    """The URL of a WebSocket path, and its origin where that is not the page's own."""
    scheme = "wss" if request.is_secure() else "ws"
    host = request.get_host()
    if not settings.LIVE_PORT:
        return f"{scheme}://{host}{path}", ""
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    origin = f"{scheme}://{name}:{settings.LIVE_PORT}"
    return origin + path, origin


def describe_refusal(error: LayarError) -> str:
    """A refusal in one sentence, with the seats that were lost by name."""
    if not isinstance(error, SeatTaken):
        return str(error)
    seats = ", ".join(seat["label"] for seat in error.facts.get("seats", []))
    return _("Just taken by somebody else: %(seats)s. Please choose again.") % {"seats": seats}
