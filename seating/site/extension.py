"""Extension of a hold, once, on the visitor's request: from the seat page and the checkout."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.errors import LayarError
from seating.errors import HoldNotFound
from seating.holds import transitions
from seating.holds.extension import extend_within_quota
from seating.holds.transitions import HeldSeats
from seating.holds.visitors import site_visitor
from seating.site.page import hold_response, holder_of
from seating.site.parsing import is_script


@require_POST
@never_cache
def extend(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """Extend the hold. A plain form returns to the map, or with ``next=checkout`` to the
    checkout."""
    if is_script(request):
        return hold_response(
            request,
            showtime_id,
            _extend(request, showtime_id),
            message=_("You have more time now."),
        )
    try:
        _extend(request, showtime_id)
    except LayarError as error:
        messages.warning(request, str(error))
    else:
        messages.info(request, _("You have more time now."))
    is_checkout = request.POST.get("next") == "checkout"
    return redirect("bookings:checkout" if is_checkout else "seating:seat_map", showtime_id)


def _extend(request: HttpRequest, showtime_id: int) -> HeldSeats:
    visitor = site_visitor(request)
    if visitor is None:
        raise HoldNotFound()
    held = transitions.current_hold(showtime_id=showtime_id, visitor=visitor)
    if held is None:
        raise HoldNotFound()
    return extend_within_quota(holder_of(request, visitor), held.hold_id, counted=[])
