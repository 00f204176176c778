"""Seat map and simple hold of an app, for `cinema_project.fast_path`: nothing but their work.

``seating.api.views`` is the contract. Both use the same functions; here whatever is not a simple
request returns None, having changed nothing, and is left to the views. Refusals are raised.
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
from seating.api.serializers import hold_document, plain_seat_ids
from seating.api.visitors import VISITOR_SECRET, app_visitor
from seating.holds import quotas, transitions
from seating.holds.abuse import Holder
from seating.seatmap import state
from seating.site.parsing import BODY_BYTES_MAX

ADDRESS = re.compile(r"/api/v1/showtimes/([0-9]{1,18})/(seats|holds)/?")
HOLDS_ALLOW = "POST, OPTIONS"  # as DRF sets it
JSON_TYPES = frozenset(("application/json", "application/json; charset=utf-8"))
JSON_ACCEPTED = frozenset(("", "*/*", "application/json", "application/json, */*"))


def map_bytes(showtime_id: int) -> bytes | None:
    try:
        return state.seats_api_bytes(showtime_id)
    except NotFound:
        return None


def hold_response(
    request: HttpRequest, showtime_id: int, counted: list[ratelimit.RateLimitResult]
) -> HttpResponse | None:
    """Hold the seats of an app's ``{"seats": [id]}``. Appends the rate limits' results."""
    wanted, visitor = _seat_ids(request), _visitor(request)
    if wanted is None or visitor is None:
        return None
    held = quotas.hold_within_quota(
        Holder(client_network(request), visitor),
        showtime_id,
        wanted,
        lambda: transitions.hold_seats(showtime_id=showtime_id, visitor=visitor, seat_ids=wanted),
        counted=counted,
    )
    return HttpResponse(
        orjson.dumps(hold_document(held)), status=201, content_type="application/json"
    )


def _visitor(request: HttpRequest) -> str | None:
    secret = request.META.get("HTTP_X_VISITOR", "")
    return app_visitor(secret) if VISITOR_SECRET.fullmatch(secret) else None


def _seat_ids(request: HttpRequest) -> list[int] | None:
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
        seats = plain_seat_ids(orjson.loads(request.body))
    except orjson.JSONDecodeError:
        return None
    is_simple = seats and len(seats) <= settings.HOLD_SEATS_MAX and len(set(seats)) == len(seats)
    return seats if is_simple else None
