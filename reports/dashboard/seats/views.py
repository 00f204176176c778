"""Staff pages of one showtime: live seat plan, owners, and each seat's timeline."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.errors import LayarError
from core.ids import row_id
from movies.models import Showtime
from movies.office.admin import cinema_ids_with, require_permission
from movies.staff.permissions import Permission
from reports.dashboard.seats import actions
from reports.dashboard.seats.seat_plan import PlanSeat, SeatPlan, seat_plan_of
from reports.dashboard.seats.timeline import timeline_of
from reports.models import SeatAction
from seating.models import SeatStatus, ShowtimeSeat
from seating.site.page import feed_address

ACTIONS = {
    SeatStatus.HELD: [SeatAction.RELEASE],
    SeatStatus.AVAILABLE: [SeatAction.BLOCK],
    SeatStatus.BLOCKED: [SeatAction.UNBLOCK],
    SeatStatus.SOLD: [],
}
BUTTONS = {
    SeatAction.RELEASE: _("Release this seat"),
    SeatAction.BLOCK: _("Take it out of sale"),
    SeatAction.UNBLOCK: _("Put it on sale again"),
}


@require_safe
@never_cache
def showtime(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """The seat plan; ``?seat=`` shows a seat's timeline beside it, also without JavaScript."""
    shown = readable_showtime(request, showtime_id)
    url, request.live_origin = feed_address(request, shown.pk)  # type: ignore[attr-defined]
    context = {
        **admin.site.each_context(request),
        "title": str(shown.movie),
        "feed_url": url,
        **_map(request, shown),
        **_timeline_context(request, shown, request.GET.get("seat", "")),
    }
    return TemplateResponse(request, "reports/showtime.html", context)


@require_safe
@never_cache
def seats(request: HttpRequest, showtime_id: int) -> HttpResponse:
    """The live fragment of the page."""
    shown = readable_showtime(request, showtime_id)
    return render(request, "reports/_showtime_seats.html", _map(request, shown))


@require_safe
@never_cache
def seat(request: HttpRequest, showtime_id: int, seat_id: int) -> HttpResponse:
    shown = readable_showtime(request, showtime_id)
    timeline = _timeline_context(request, shown, str(seat_id))
    if not timeline:
        raise Http404
    return render(request, "reports/_seat.html", {"showtime": shown, **timeline})


@require_POST
def change(request: HttpRequest, showtime_id: int, seat_id: int, action: str) -> HttpResponseBase:
    shown = readable_showtime(request, showtime_id)
    require_permission(request, Permission.PROGRAMME, shown.studio.cinema_id)
    if action not in SeatAction.values:
        raise Http404
    row = get_object_or_404(ShowtimeSeat, showtime=shown, seat=seat_id)
    try:
        actions.change(
            seat=row,
            action=SeatAction(action),
            by=request.user,  # type: ignore[arg-type]  # the admin admits only users
            at=timezone.now(),
        )
        messages.success(request, SeatAction(action).label)
    except LayarError as refusal:
        messages.error(request, str(refusal))
    page = reverse("reports:showtime", args=[shown.pk])
    return redirect(f"{page}?seat={seat_id}")


def readable_showtime(request: HttpRequest, showtime_id: int) -> Showtime:
    """404 for showtimes of other cinemas."""
    require_permission(request, Permission.SEE_SALES)
    own = Showtime.objects.with_places().filter(
        studio__cinema__in=cinema_ids_with(request, Permission.SEE_SALES)
    )
    return get_object_or_404(own, pk=showtime_id)


def _sees_people(request: HttpRequest, showtime: Showtime) -> bool:
    return showtime.studio.cinema_id in cinema_ids_with(request, Permission.SEE_PEOPLE)


def _map(request: HttpRequest, showtime: Showtime) -> dict[str, Any]:
    plan = seat_plan_of(showtime.pk, with_people=_sees_people(request, showtime))
    return {
        "showtime": showtime,
        "starts_at": timezone.make_naive(showtime.starts_at, showtime.studio.cinema.zone),
        "seat_plan": plan,
        "counts": _counts(plan) if plan else [],
        "sees_people": _sees_people(request, showtime),
        "owners": _owners(plan) if plan else [],
        "open_seat": request.GET.get("seat", ""),
        "may_close": showtime.studio.cinema_id in cinema_ids_with(request, Permission.PROGRAMME),
    }


def _counts(plan: SeatPlan) -> list[tuple[str, str, int]]:
    counts = plan.counts
    shown = [SeatStatus.SOLD, SeatStatus.HELD, SeatStatus.AVAILABLE, SeatStatus.BLOCKED]
    return [(status.value, str(status.label), counts[status]) for status in shown]


def _owners(plan: SeatPlan) -> list[dict[str, Any]]:
    """Bookings with their seats, ordered by first seat."""
    orders: dict[str, list[PlanSeat]] = {}
    for one in plan.seats:
        if one.booking_code:
            orders.setdefault(one.booking_code, []).append(one)
    return [
        {
            "code": code,
            "buyer": members[0].buyer,
            "status": members[0].status,
            "status_name": members[0].status_name,
            "seats": ", ".join(one.label for one in members),
            "inside": sum(one.is_checked_in for one in members),
        }
        for code, members in orders.items()
    ]


def _timeline_context(request: HttpRequest, showtime: Showtime, seat_id: str) -> dict[str, Any]:
    """Empty if the seat does not exist."""
    rows = ShowtimeSeat.objects.select_related("seat", "hold")
    row = rows.filter(showtime=showtime, seat=row_id(seat_id)).first()
    if row is None:
        return {}
    sees_people = _sees_people(request, showtime)
    plan = seat_plan_of(showtime.pk, with_people=sees_people)
    may_change = showtime.studio.cinema_id in cinema_ids_with(request, Permission.PROGRAMME)
    shown = plan.seat(row.seat_id) if plan else None
    offered = ACTIONS[SeatStatus(shown.status)] if shown and may_change else []
    return {
        "seat": shown,
        "zone": showtime.studio.cinema.zone,
        "timeline": timeline_of(row, with_people=sees_people),
        "actions": [(action.value, BUTTONS[action]) for action in offered],
    }
