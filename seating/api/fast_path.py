"""Fast path for an app's seat map and simple holds, called by `cinema_project.fast_path`.

``seating.api.views`` is the contract. Both use the same functions. Any other request returns None
with nothing changed, and the views handle it. Refusals are raised.
"""

from __future__ import annotations

import re
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core import ratelimit
from core.errors import NotFound
from core.http.client_ip import client_network
from seating.api.best_seats import best_document
from seating.api.serializers import hold_document, plain_seat_ids
from seating.api.visitors import VISITOR_SECRET, app_visitor
from seating.best_seats.party import Party
from seating.holds import best, quotas, transitions
from seating.holds.abuse import Holder
from seating.seatmap import state
from seating.site.parsing import BODY_BYTES_MAX
from seating.waiting_room import passes

ADDRESS = re.compile(r"/api/v1/showtimes/([0-9]{1,18})/(seats|holds|holds/best)/?")
HOLDS_ALLOW = "POST, OPTIONS"  # as DRF sets it
JSON_TYPES = frozenset(("application/json", "application/json; charset=utf-8"))
JSON_ACCEPTED = frozenset(("", "*/*", "application/json", "application/json, */*"))


def map_bytes(showtime_id: int) -> bytes | None:
    try:
        return state.seats_api_bytes(showtime_id)
    except NotFound:
        return None


def local_map_bytes(showtime_id: int) -> bytes | None:
    """This process's copy of the map, without a query and without Redis; None without a copy."""
    return state.local_seats_api_bytes(showtime_id)


def hold_response(
    request: HttpRequest, showtime_id: int, counted: list[ratelimit.RateLimitResult]
) -> HttpResponse | None:
    """Hold the seats of an app's ``{"seats": [id]}``. Appends the rate limits' results."""
    wanted, visitor = _seat_ids(request), _visitor(request)
    if wanted is None or visitor is None:
        return None
    held = quotas.hold_within_quota(
        Holder(client_network(request), visitor, waiting_pass=passes.given(request)),
        showtime_id,
        wanted,
        lambda: transitions.hold_seats(showtime_id=showtime_id, visitor=visitor, seat_ids=wanted),
        counted=counted,
    )
    return HttpResponse(
        orjson.dumps(hold_document(held)), status=201, content_type="application/json"
    )


def best_response(
    request: HttpRequest, showtime_id: int, counted: list[ratelimit.RateLimitResult]
) -> HttpResponse | None:
    """Hold the best seats for an app's ``{"size": n}``. Appends the rate limits' results."""
    document, visitor = _document(request), _visitor(request)
    if visitor is None or not isinstance(document, dict) or document.keys() != {"size"}:
        return None
    size = document["size"]
    if type(size) is not int or not 1 <= size <= settings.HOLD_SEATS_MAX:
        return None
    found = best.hold_best_within_quota(
        Holder(client_network(request), visitor, waiting_pass=passes.given(request)),
        showtime_id,
        Party(size),
        counted=counted,
    )
    return HttpResponse(
        orjson.dumps(best_document(found)), status=201, content_type="application/json"
    )


def _visitor(request: HttpRequest) -> str | None:
    secret = request.META.get("HTTP_X_VISITOR", "")
    return app_visitor(secret) if VISITOR_SECRET.fullmatch(secret) else None


def _seat_ids(request: HttpRequest) -> list[int] | None:
    seats = plain_seat_ids(_document(request))
    is_simple = seats and len(seats) <= settings.HOLD_SEATS_MAX and len(set(seats)) == len(seats)
    return seats if is_simple else None


def _document(request: HttpRequest) -> Any:
    """The request's JSON; None for an unusual request."""
    headers: dict[str, Any] = request.META
    length = headers.get("CONTENT_LENGTH") or ""
    if (
        headers.get("CONTENT_TYPE") not in JSON_TYPES
        or headers.get("HTTP_ACCEPT", "") not in JSON_ACCEPTED
        or not length.isdecimal()
        or int(length) > BODY_BYTES_MAX
    ):
        return None
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return None
