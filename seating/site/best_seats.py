"""The best seats for a party: the form of the seat page, with and without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.errors import LayarError
from core.ids import row_id
from seating.best_seats.choice import Step
from seating.best_seats.party import Party
from seating.holds import best
from seating.holds.visitors import ensure_site_visitor, new_site_visitor, site_visitor
from seating.site.page import describe_refusal, hold_response, holder_of
from seating.site.parsing import is_script, submitted

# Arrangements that a buyer is notified of; side by side needs no note.
STEP_MESSAGES = {
    Step.ACROSS_AISLE: _("Your seats are in one row, with an aisle between them."),
    Step.TWO_ROWS: _("Your seats are in two rows, one behind the other."),
    Step.APART: _("Your seats are in several places."),
}


@require_POST
@never_cache
def best_seats(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """Hold the best seats for the party of a form; a script gets the hold, others the map."""
    values = submitted(request)
    if is_script(request):
        found = _hold(request, showtime_id, values)
        message = str(STEP_MESSAGES.get(found.step, ""))
        response: HttpResponseBase = hold_response(
            request, showtime_id, found.held, status=201, message=message
        )
    else:
        response = redirect("seating:seat_map", showtime_id)
        try:
            found = _hold(request, showtime_id, values)
        except LayarError as error:
            messages.error(request, describe_refusal(error))
        else:
            if found.step in STEP_MESSAGES:
                messages.info(request, str(STEP_MESSAGES[found.step]))
    ensure_site_visitor(request, response)
    return response


def _hold(request: HttpRequest, showtime_id: int, values: Mapping[str, Any]) -> best.BestSeats:
    visitor = site_visitor(request) or new_site_visitor(request)
    return best.hold_best_within_quota(
        holder_of(request, visitor), showtime_id, party_of(values), counted=[]
    )


def party_of(values: Mapping[str, Any]) -> Party:
    """The party of a form's fields. Unreadable fields make a party that ``check`` refuses."""
    price_max = str(values.get("price_max") or "")
    return Party(
        size=_number(values, "size"),
        wheelchairs=_number(values, "wheelchairs"),
        category=str(values.get("category") or ""),
        price_max_rupiah=row_id(price_max) if price_max else None,
        is_step_free=bool(values.get("step_free")),
        is_apart=bool(values.get("apart")),
    )


def _number(values: Mapping[str, Any], name: str) -> int:
    return row_id(str(values.get(name) or "0")) or 0
