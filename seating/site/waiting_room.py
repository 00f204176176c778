"""Waiting rooms on the site: the page of one's place, and coming in."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.decorators import enforce, private_page, see_other
from core.errors import LayarError
from core.http.client_ip import client_network
from core.ids import row_id
from movies.models import Showtime
from seating.errors import PlaceNotFound
from seating.holds.visitors import ensure_site_visitor, new_site_visitor, site_visitor
from seating.models import WaitingPlace, WaitingRoom
from seating.site.page import live_address
from seating.waiting_room import passes, places, progress, rooms
from seating.waiting_room.limits import CHECKS_BY_VISITOR, JOINS_BY_NETWORK, JOINS_BY_VISITOR

View = Callable[..., HttpResponseBase]
HTTP_CONFLICT = 409
SHOWTIME = "showtime"  # query parameter: the showtime that its visitor came for


def behind_waiting_room(view: View) -> View:
    """Send visitors without a pass to the waiting room while one is open for the showtime."""

    @wraps(view)
    def wrapped(request: HttpRequest, showtime_id: int, *args: Any, **kwargs: Any) -> Any:
        room = rooms.open_room(showtime_id)
        if room is not None:
            visitor, token = site_visitor(request) or "", passes.given(request)
            if not passes.may_hold(room, showtime_id, visitor, token, timezone.now()):
                return redirect(room_url(room.pk, showtime_id))
        return view(request, showtime_id, *args, **kwargs)

    return wrapped


def room_url(room_id: int, showtime_id: int | None, route: str = "waiting_room") -> str:
    url = reverse(f"seating:{route}", args=[room_id])
    if showtime_id is None:
        return url
    query = QueryDict(mutable=True)
    query[SHOWTIME] = str(showtime_id)
    return f"{url}?{query.urlencode()}"


@require_safe
@never_cache
def wait(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """Redirect to the waiting room of a showtime, or to its seats if none is open."""
    room = rooms.open_room(showtime_id)
    if room is None:
        return redirect("seating:seat_map", showtime_id)
    return redirect(room_url(room.pk, showtime_id))


@private_page
@require_safe
def waiting_room(request: HttpRequest, room_id: int) -> HttpResponseBase:
    """The visitor's place; without scripts it refreshes itself. Joining is a button."""
    context = _context(request, room_id)
    feed_url, feed_origin = live_address(request, f"/ws/waiting-rooms/{room_id}/")
    context["feed_url"] = feed_url
    response = render(request, "seating/waiting_room.html", context)
    if feed_origin:
        response._csp_update = {"connect-src": [feed_origin]}  # type: ignore[attr-defined]  # django-csp's own hook
    return response


@private_page
@require_safe
def place(request: HttpRequest, room_id: int) -> JsonResponse:
    """The visitor's place for the page's script, with its panel."""
    context = _context(request, room_id)
    position: progress.Position | None = context["position"]
    return JsonResponse(
        {
            "state": position.state if position else None,
            "check_seconds": position.check_seconds if position else None,
            "ahead": position.ahead if position else None,
            "room": context["state"].public,
            "panel": render_to_string("seating/_waiting_place.html", context, request),
        }
    )


@private_page
@require_POST
def join(request: HttpRequest, room_id: int) -> HttpResponseBase:
    visitor = site_visitor(request) or new_site_visitor(request)
    enforce(JOINS_BY_NETWORK, client_network(request))
    enforce(JOINS_BY_VISITOR, visitor)
    try:
        places.join(room_id=room_id, visitor=visitor)
    except LayarError as error:
        if error.status != HTTP_CONFLICT:
            raise
        messages.info(request, str(error))
    response = see_other(room_url(room_id, _showtime_id(request)))
    ensure_site_visitor(request, response)
    return response


@private_page
@require_POST
def enter(request: HttpRequest, room_id: int) -> HttpResponseBase:
    """Take the pass into a cookie and go on to the seats."""
    showtime_id, visitor = _showtime_id(request), _limited_visitor(request)
    try:
        entrance = places.enter(room_id=room_id, visitor=visitor)
    except LayarError as error:
        messages.info(request, str(error))
        return see_other(room_url(room_id, showtime_id))
    response = see_other(_way_in(places.get_room(room_id), showtime_id))
    response.set_cookie(
        passes.COOKIE,
        entrance.token,
        expires=entrance.place.admitted_until,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


@private_page
@require_POST
def leave(request: HttpRequest, room_id: int) -> HttpResponseBase:
    places.leave(room_id=room_id, visitor=_limited_visitor(request))
    return see_other(room_url(room_id, _showtime_id(request)))


def _limited_visitor(request: HttpRequest) -> str | None:
    """The visitor, whose requests about their places are counted together. Raises
    TooManyRequests."""
    visitor = site_visitor(request)
    if visitor is not None:
        enforce(CHECKS_BY_VISITOR, visitor)
    return visitor


def _context(request: HttpRequest, room_id: int) -> dict[str, Any]:
    room, visitor = places.get_room(room_id), _limited_visitor(request)
    showtime_id = _showtime_id(request)
    own: WaitingPlace | None = None
    if visitor is not None:
        try:
            own = places.see(room_id=room_id, visitor=visitor)
        except PlaceNotFound:
            own = None
    state = progress.current(room_id)
    position = progress.position_of(own, state) if own else None
    seconds = position.wait_seconds if position else None
    return {
        "room": room,
        "place": own,
        "state": state,
        "position": position,
        "wait_minutes": None if seconds is None else max(1, math.ceil(seconds / 60)),
        "seats_url": _way_in(room, showtime_id),
        "zone": room.showtime.studio.cinema.time_zone if room.showtime else None,
        "showtime_over": _showtime_over(room),
        "query": f"?{SHOWTIME}={showtime_id}" if showtime_id else "",
    }


def _showtime_over(room: WaitingRoom) -> str:
    """Why there are no seats to wait for; empty while there are."""
    showtime = room.showtime
    if showtime is None:
        return ""
    if showtime.cancelled_at is not None:
        return _("This showtime was cancelled.")
    if showtime.sale_closes_at <= room.now:
        return _("Tickets for this showtime are not on sale any more.")
    return ""


def _way_in(room: WaitingRoom, showtime_id: int | None) -> str:
    """Where the seats are: the showtime of the room, or the one its visitor came for."""
    if room.showtime_id is not None:
        return reverse("seating:seat_map", args=[room.showtime_id])
    if showtime_id is not None and Showtime.objects.filter(pk=showtime_id).exists():
        return reverse("seating:seat_map", args=[showtime_id])
    if room.movie is not None:
        return reverse("movies:film", args=[room.movie.slug])
    return reverse("movies:home")


def _showtime_id(request: HttpRequest) -> int | None:
    return row_id(request.GET.get(SHOWTIME, "")) or None
