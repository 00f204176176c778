"""Seat map page and its requests: views parse, call `seating.holds.transitions` and respond."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import LayarError, NotFound
from core.http.client_ip import client_network
from movies.models import Showtime
from seating.holds import quotas, transitions
from seating.holds.abuse import Holder
from seating.holds.transitions import HeldSeats
from seating.holds.visitors import ensure_site_visitor, new_site_visitor, site_visitor
from seating.seatmap import drawing, state
from seating.seatmap.labels import LEGEND, seat_page_messages
from seating.site.page import describe_refusal, feed_address, held_document, seconds_left
from seating.site.parsing import form_seat_ids, json_seat_ids


@require_safe
@never_cache
@ensure_csrf_cookie
def seat_map(request: HttpRequest, showtime_id: int) -> HttpResponse:
    """The plan of a showtime, live; ``?view=list`` gives the same choice without scripts."""
    at = timezone.now()
    showtime = Showtime.objects.with_places().filter(pk=showtime_id).first()
    if showtime is None:
        raise NotFound()
    visitor = site_visitor(request)
    held = _current(visitor, showtime_id)
    picture = drawing.draw(showtime_id)
    feed_url, feed_origin = feed_address(request, showtime_id)
    as_list = request.GET.get("view") == "list"
    context = {
        "showtime": showtime,
        "is_on_sale": showtime.is_on_sale(at),
        "has_begun": showtime.starts_at <= at,
        "drawing": picture,
        "held": held,
        "seconds_left": seconds_left(held),
        "hold_seconds": settings.HOLD_SECONDS,
        "seats_max": settings.HOLD_SEATS_MAX,
        "feed_url": feed_url,
        "legend": LEGEND,
        "page_data": {
            "words": seat_page_messages(),
            "seats": [[seat.id, seat.status, seat.version] for seat in picture.seats],
            "held": held_document(held, at),
        },
    }
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
    """GET: the visitor's seats. POST ``{"seats": [id]}``: take them; 201 with all of theirs."""
    if request.method != "POST":
        return _hold_answer(request, showtime_id, _current(site_visitor(request), showtime_id))
    seat_ids = json_seat_ids(request)
    mine = _take(request, showtime_id, seat_ids)
    response = _hold_answer(request, showtime_id, mine, status=201)
    ensure_site_visitor(request, response)
    return response


@require_POST
@never_cache
def release(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """Open seats again: ``{"seats": [id]}``, or all of them. A plain form goes back to the map."""
    is_script = request.content_type == "application/json"
    seat_ids = json_seat_ids(request) if is_script else form_seat_ids(request.POST)
    visitor = site_visitor(request)
    mine = _current(visitor, showtime_id)
    left: HeldSeats | None = None
    if visitor and mine:
        left = _give_back(mine.hold_id, visitor, seat_ids)
    if is_script:
        return _hold_answer(request, showtime_id, left)
    return redirect("seating:seat_map", showtime_id)


@require_POST
@never_cache
def choose(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """Take the seats of a plain form and go on to the checkout."""
    response = redirect("bookings:checkout", showtime_id)
    try:
        _take(request, showtime_id, form_seat_ids(request.POST))
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
    return quotas.hold_within_quota(
        Holder(client_network(request), visitor, _account(request)),
        showtime_id,
        seat_ids,
        lambda: transitions.hold_seats(showtime_id=showtime_id, visitor=visitor, seat_ids=seat_ids),
        counted=[],
    )


def _account(request: HttpRequest) -> str:
    """Who is signed in, named as the API names them; read from the session, without a query."""
    signed_in = request.session.get(SESSION_KEY)
    return f"user:{signed_in}" if signed_in else ""


def _give_back(hold_id: UUID, visitor: str, seat_ids: list[int]) -> HeldSeats | None:
    if seat_ids:
        return transitions.release_seats(hold_id=hold_id, visitor=visitor, seat_ids=seat_ids)
    transitions.release_hold(hold_id=hold_id, visitor=visitor)
    return None


def _hold_answer(
    request: HttpRequest, showtime_id: int, held: HeldSeats | None, status: int = 200
) -> JsonResponse:
    document = held_document(held, timezone.now())
    context = {
        "held": held,
        "seconds_left": seconds_left(held),
        "showtime": {"pk": showtime_id},
        "hold_seconds": settings.HOLD_SECONDS,
    }
    document["panel"] = render_to_string("seating/_panel.html", context, request)
    return JsonResponse(document, status=status)
