"""Rescue after a lost race on the site: the offer, and its acceptance."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.errors import LayarError
from seating.errors import HoldNotFound, SeatTaken
from seating.holds.rescue import accept_rescue
from seating.holds.transitions import HeldSeats
from seating.holds.visitors import ensure_site_visitor, site_visitor
from seating.site.page import describe_refusal, hold_response
from seating.site.parsing import is_script, seat_ids_of


def rescue_page(request: HttpRequest, showtime_id: int, error: SeatTaken) -> HttpResponseBase:
    """Page without scripts: the block that is held for the visitor, or the list again."""
    if "rescue" not in error.facts:
        messages.error(request, describe_refusal(error))
        return redirect(reverse("seating:seat_map", args=[showtime_id]) + "?view=list")
    context = {
        "showtime": {"pk": showtime_id},
        "refusal": describe_refusal(error),
        "rescue": error.facts["rescue"],
    }
    return render(request, "seating/rescue.html", context, status=error.status)


@require_POST
@never_cache
def rescue(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """Accept the block of a rescue. A plain form continues with the checkout."""
    seat_ids = seat_ids_of(request)
    response: HttpResponseBase
    if is_script(request):
        response = hold_response(request, showtime_id, _accept(request, showtime_id, seat_ids))
    else:
        response = redirect("bookings:checkout", showtime_id)
        try:
            _accept(request, showtime_id, seat_ids)
        except LayarError as error:
            messages.error(request, describe_refusal(error))
            response = redirect("seating:seat_map", showtime_id)
    ensure_site_visitor(request, response)
    return response


def _accept(request: HttpRequest, showtime_id: int, seat_ids: list[int]) -> HeldSeats:
    visitor = site_visitor(request)
    if visitor is None:
        raise HoldNotFound()
    return accept_rescue(showtime_id=showtime_id, visitor=visitor, seat_ids=seat_ids)
