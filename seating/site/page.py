"""Data and WebSocket URLs of the seat map page."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import LayarError
from core.http.client_ip import client_network
from core.templatetags.money import rupiah
from movies.catalogue.availability import PERCENT, label_of
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.listings import TimeSlot, other_showtimes
from movies.catalogue.records import CinemaRecord
from movies.models import Showtime
from seating.errors import SeatTaken
from seating.holds import gap_rule
from seating.holds.abuse import Holder
from seating.holds.reading import expired_seats
from seating.holds.transitions import HeldSeats
from seating.holds.visitors import site_visitor
from seating.models import Seat
from seating.seatmap.drawing import Drawing
from seating.signals import paid_booking_asked
from seating.waiting_room import passes

# With fewer free seats the page lists the film's other showtimes, in case the last are taken.
FREE_SEATS_FEW_PERCENT = 30
OTHER_SHOWTIMES_MAX = 3
EXPIRED = "expired"  # query parameter: the hold expired at the checkout


def held_document(held: HeldSeats | None, at: datetime) -> dict[str, Any]:
    """A hold as JSON; the same shape, empty, without a hold."""
    if held is None:
        return {
            "hold_id": None,
            "seats": [],
            "seats_rupiah": 0,
            "fee_rupiah": 0,
            "total_rupiah": 0,
            "total": rupiah(0),
            "expires_at": None,
            "server_time": at.isoformat(),
            "is_sealed": False,
            "is_extendable": False,
        }
    return {
        "hold_id": str(held.hold_id),
        "seats": held.seat_documents,
        "seats_rupiah": held.seats_rupiah,
        "fee_rupiah": held.fee_rupiah,
        "total_rupiah": held.total_rupiah,
        "total": rupiah(held.total_rupiah),
        "expires_at": held.expires_at.isoformat(),
        "server_time": held.server_time.isoformat(),
        "is_sealed": held.is_sealed,
        "is_extendable": held.is_extendable,
    }


def sale_state(showtime: Showtime, drawing: Drawing, at: datetime) -> dict[str, Any]:
    """Whether the showtime is on sale and has free seats, and other showtimes of the film."""
    full = drawing.fullness
    is_short = drawing.available * PERCENT <= len(drawing.seats) * FREE_SEATS_FEW_PERCENT
    is_on_sale = showtime.is_on_sale(at)
    others = _other_showtimes(showtime.pk, at) if is_short or not is_on_sale else []
    return {
        "is_on_sale": is_on_sale,
        "has_begun": showtime.starts_at <= at,
        "opens_later": showtime.cancelled_at is None and showtime.sale_opens_at > at,
        "sale_label": label_of(full.state, full.together) if is_on_sale and full.has_any else "",
        "other_showtimes": others,
    }


def seats_to_take_again(
    request: HttpRequest, showtime: Showtime, held: HeldSeats | None, at: datetime
) -> list[Seat]:
    """The seats that expired at the checkout, which then leads here."""
    visitor = site_visitor(request)
    if EXPIRED not in request.GET or visitor is None or held or not showtime.is_on_sale(at):
        return []
    return expired_seats(showtime_id=showtime.pk, visitor=visitor)


def _other_showtimes(showtime_id: int, at: datetime) -> list[tuple[CinemaRecord, TimeSlot]]:
    catalogue = Catalogue.current()
    showtime = catalogue.showtime(showtime_id)
    if showtime is None:
        return []
    return other_showtimes(catalogue, showtime, at, OTHER_SHOWTIMES_MAX)


def seconds_left(held: HeldSeats | None) -> int:
    if held is None:
        return 0
    return max(0, math.ceil((held.expires_at - held.server_time).total_seconds()))


def panel_context(
    request: HttpRequest, showtime_id: int, held: HeldSeats | None, at: datetime
) -> dict[str, Any]:
    """Context of the panel with the visitor's seats (seating/_panel.html)."""
    return {
        "held": held,
        "paid": _paid_booking(request, showtime_id, at) if held is None else {},
        "seconds_left": seconds_left(held),
        "gap": gap_rule.advice_for(held),
        "showtime": {"pk": showtime_id},
        "hold_seconds": settings.HOLD_SECONDS,
    }


def _paid_booking(request: HttpRequest, showtime_id: int, at: datetime) -> dict[str, Any]:
    """``code`` and ``url`` of the visitor's paid booking; empty without one.

    It may have been paid in another browser, where the bank's app returned to.
    """
    facts: dict[str, Any] = {}
    if site_visitor(request) is not None:
        paid_booking_asked.send(
            HeldSeats, request=request, showtime_id=showtime_id, at=at, facts=facts
        )
    return facts


def hold_response(
    request: HttpRequest,
    showtime_id: int,
    held: HeldSeats | None,
    *,
    status: int = 200,
    message: str = "",
) -> JsonResponse:
    """The visitor's hold for the page's script, with its panel and a ``message`` to show."""
    at = timezone.now()
    document = held_document(held, at)
    document["panel"] = render_to_string(
        "seating/_panel.html", panel_context(request, showtime_id, held, at), request
    )
    if message:
        document["message"] = message
    return JsonResponse(document, status=status)


def holder_of(request: HttpRequest, visitor: str) -> Holder:
    """The visitor and the signed-in account; read from the session, without a query."""
    signed_in = request.session.get(SESSION_KEY)
    account = f"user:{signed_in}" if signed_in else ""
    return Holder(client_network(request), visitor, account, waiting_pass=passes.given(request))


def feed_address(request: HttpRequest, showtime_id: int) -> tuple[str, str]:
    """The seat feed's URL, and its origin if it differs from the page's."""
    return live_address(request, f"/ws/showtimes/{showtime_id}/seats/")


def live_address(request: HttpRequest, path: str) -> tuple[str, str]:
    """The URL of a WebSocket path, and its origin if it differs from the page's."""
    scheme = "wss" if request.is_secure() else "ws"
    host = request.get_host()
    if not settings.LIVE_PORT:
        return f"{scheme}://{host}{path}", ""
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    origin = f"{scheme}://{name}:{settings.LIVE_PORT}"
    return origin + path, origin


def describe_refusal(error: LayarError) -> str:
    """A refusal in one sentence, with the labels of the lost seats."""
    if not isinstance(error, SeatTaken):
        return str(error)
    seats = ", ".join(seat["label"] for seat in error.facts.get("seats", []))
    return _("Just taken by somebody else: %(seats)s. Please choose again.") % {"seats": seats}
