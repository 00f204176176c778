"""Seat map page and its requests: views parse, call `seating.holds.transitions` and respond."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.api import problem_details
from core.errors import LayarError, NotFound
from movies.catalogue.availability import live_labels
from movies.models import Showtime, showtime_with_places
from seating.best_seats.availability import hall_of_seat
from seating.errors import HoldNotFound, SeatTaken
from seating.holds import quotas, transitions
from seating.holds.rescue import hold_or_rescue
from seating.holds.transitions import HeldSeats
from seating.holds.visitors import ensure_site_visitor, new_site_visitor, site_visitor
from seating.seatmap import drawing, state
from seating.seatmap.labels import LEGEND, seat_page_messages
from seating.site.map_fragment import map_fragment
from seating.site.page import (
    describe_refusal,
    feed_address,
    held_document,
    hold_response,
    holder_of,
    panel_context,
    sale_state,
    seats_to_take_again,
)
from seating.site.parsing import form_seat_ids, is_script, json_seat_ids, seat_ids_of
from seating.site.rescue import rescue_page
from seating.site.waiting_room import behind_waiting_room

WHEELCHAIRS_MAX = 2  # offered by the form; the API takes more


@require_safe
@never_cache
@ensure_csrf_cookie
@behind_waiting_room
def seat_map(request: HttpRequest, showtime_id: int) -> HttpResponse:
    """The plan of a showtime, live; ``?view=list`` gives the same choice without scripts."""
    at = timezone.now()
    try:
        showtime = showtime_with_places(showtime_id)
    except Showtime.DoesNotExist:
        raise NotFound() from None
    visitor = site_visitor(request)
    held = _current(visitor, showtime_id)
    picture = drawing.draw(showtime_id)
    feed_url, feed_origin = feed_address(request, showtime_id)
    as_list = request.GET.get("view") == "list"
    context = panel_context(request, showtime_id, held, at) | {
        "showtime": showtime,
        **sale_state(showtime, picture, at),
        "drawing": picture,
        "same_seats": seats_to_take_again(request, showtime, held, at),
        "seats_max": settings.HOLD_SEATS_MAX,
        "party_sizes": range(1, settings.HOLD_SEATS_MAX + 1),
        "wheelchair_counts": range(WHEELCHAIRS_MAX + 1),
        "has_wheelchair_spaces": any(seat.category == "wheelchair" for seat in picture.seats),
        "feed_url": feed_url,
        "legend": LEGEND,
        "page_data": {
            "messages": seat_page_messages(),
            "seats": [[seat.id, seat.status, seat.version] for seat in picture.seats],
            "held": held_document(held, at),
            "sale_labels": live_labels() if showtime.is_on_sale(at) else [],
        },
    }
    if not as_list:
        context["map_fragment"] = map_fragment(showtime_id)
        context["has_step_free_rows"] = bool(hall_of_seat(picture.seats[0].id).step_free_lines)
    page = "seating/seat_list.html" if as_list else "seating/seat_map.html"
    response = render(request, page, context)
    ensure_site_visitor(request, response)
    if feed_origin:
        response._csp_update = {"connect-src": [feed_origin]}  # type: ignore[attr-defined]  # django-csp's own hook
    return response


@require_safe
def statuses(request: HttpRequest, showtime_id: int) -> HttpResponse:
    """The statuses of all seats, for maps without a socket or with a gap."""
    response = HttpResponse(state.statuses_bytes(showtime_id), content_type="application/json")
    response.headers["Cache-Control"] = f"public, max-age={state.STATUSES_FRESH_SECONDS}"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def hold(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """GET: the visitor's seats. POST ``{"seats": [id]}``: hold them; 201 with all held seats."""
    if request.method != "POST":
        return hold_response(request, showtime_id, _current(site_visitor(request), showtime_id))
    response: HttpResponse
    try:
        mine = _take(request, showtime_id, json_seat_ids(request))
    except SeatTaken as error:  # a browser without a cookie gets one: it may have been rescued
        response = problem_details.site_answer(request, error)
    else:
        response = hold_response(request, showtime_id, mine, status=201)
    ensure_site_visitor(request, response)
    return response


@require_POST
@never_cache
def release(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """Release seats: ``{"seats": [id]}``, or all of them. A plain form returns to the map."""
    seat_ids = seat_ids_of(request)
    visitor = site_visitor(request)
    mine = _current(visitor, showtime_id)
    left: HeldSeats | None = None
    if visitor and mine:
        left = _give_back(mine.hold_id, visitor, seat_ids)
    if is_script(request):
        return hold_response(request, showtime_id, left)
    return redirect("seating:seat_map", showtime_id)


@require_POST
@never_cache
def change(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """Make the visitor's seats exactly these. A plain form returns to the map."""
    seat_ids = seat_ids_of(request)
    visitor = site_visitor(request)
    mine = _current(visitor, showtime_id)
    if is_script(request):
        return hold_response(request, showtime_id, _change(request, visitor, mine, seat_ids))
    try:
        _change(request, visitor, mine, seat_ids)
    except LayarError as error:
        messages.error(request, describe_refusal(error))
    return redirect("seating:seat_map", showtime_id)


@require_POST
@never_cache
def choose(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """Hold the seats of a plain form and continue with the checkout."""
    response: HttpResponseBase = redirect("bookings:checkout", showtime_id)
    try:
        _take(request, showtime_id, form_seat_ids(request.POST))
    except SeatTaken as error:
        response = rescue_page(request, showtime_id, error)
    except LayarError as error:
        messages.error(request, describe_refusal(error))
        response = redirect(reverse("seating:seat_map", args=[showtime_id]) + "?view=list")
    ensure_site_visitor(request, response)
    return response


def _current(visitor: str | None, showtime_id: int) -> HeldSeats | None:
    if visitor is None:
        return None
    return transitions.current_hold(showtime_id=showtime_id, visitor=visitor)


def _take(request: HttpRequest, showtime_id: int, seat_ids: list[int]) -> HeldSeats:
    visitor = site_visitor(request) or new_site_visitor(request)
    return hold_or_rescue(holder_of(request, visitor), showtime_id, seat_ids, counted=[])


def _change(
    request: HttpRequest, visitor: str | None, mine: HeldSeats | None, seat_ids: list[int]
) -> HeldSeats:
    if visitor is None or mine is None:
        raise HoldNotFound()
    return quotas.hold_within_quota(
        holder_of(request, visitor),
        mine.showtime_id,
        set(seat_ids) - {seat.seat_id for seat in mine.seats},
        lambda: transitions.change_seats(hold_id=mine.hold_id, visitor=visitor, seat_ids=seat_ids),
        counted=[],
    )


def _give_back(hold_id: UUID, visitor: str, seat_ids: list[int]) -> HeldSeats | None:
    if seat_ids:
        return transitions.release_seats(hold_id=hold_id, visitor=visitor, seat_ids=seat_ids)
    transitions.release_hold(hold_id=hold_id, visitor=visitor)
    return None
