"""The seat map and the plain tap of an app, for the rush of a sale: nothing but their work.

``seating.api.views`` is the contract. This answers the plain form of its two busiest requests by
the same functions, and gives None, having done nothing, for whatever is not that plain; what is
refused is raised. tests/api/test_short_way.py holds the two to the same answers.
"""

from __future__ import annotations

import re
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core import ratelimit
from core.client_ip import client_network
from core.errors import NotFound
from seating.api.serializers import hold_document, plain_seat_ids
from seating.api.views import VISITOR_SECRET, app_visitor, whole_map
from seating.holds import quotas, transitions
from seating.seatmap import state
from seating.site.parsing import BODY_BYTES_MAX

ADDRESS = re.compile(r"/api/v1/showtimes/([0-9]{1,18})/(seats|holds)/?")
JSON_TYPES = frozenset(("application/json", "application/json; charset=utf-8"))
JSON_ACCEPTED = frozenset(("", "*/*", "application/json", "application/json, */*"))


def answer_map(showtime_id: int) -> HttpResponse | None:
    try:
        return whole_map(state.seats_api_bytes(showtime_id))
    except NotFound:
        return None


def answer_tap(
    request: HttpRequest, showtime_id: int, counted: list[ratelimit.RateLimitResult]
) -> HttpResponse | None:
    """Hold the seats of an app's ``{"seats": [id]}``; ``counted`` is told what the limits said."""
    wanted, visitor = _wanted(request), _visitor(request)
    if wanted is None or visitor is None:
        return None
    with quotas.enforce_hold_quota(
        network=client_network(request), visitor=visitor, seats=len(wanted), counted=counted
    ):
        held = transitions.hold_seats(showtime_id=showtime_id, visitor=visitor, seat_ids=wanted)
    return HttpResponse(
        orjson.dumps(hold_document(held)), status=201, content_type="application/json"
    )


def _visitor(request: HttpRequest) -> str | None:
    secret = request.META.get("HTTP_X_VISITOR", "")
    return app_visitor(secret) if VISITOR_SECRET.fullmatch(secret) else None


def _wanted(request: HttpRequest) -> list[int] | None:
    told: dict[str, Any] = request.META
    length = told.get("CONTENT_LENGTH") or ""
    if (
        told.get("CONTENT_TYPE") not in JSON_TYPES
        or told.get("HTTP_ACCEPT", "") not in JSON_ACCEPTED
        or not length.isdecimal()
        or int(length) > BODY_BYTES_MAX
    ):
        return None
    try:
        seats = plain_seat_ids(orjson.loads(request.body))
    except orjson.JSONDecodeError:
        return None
    is_plain = seats and len(seats) <= settings.HOLD_SEATS_MAX and len(set(seats)) == len(seats)
    return seats if is_plain else None
