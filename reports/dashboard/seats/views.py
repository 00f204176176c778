"""From the desk into one showtime: its seats, live, who has them, and the story of each."""

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
from seating.seatmap.page import feed_address

DEEDS = {
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
    """The map; ``?seat=`` opens a seat's story beside it, without scripts too."""
    shown = _readable(request, showtime_id)
    url, request.live_origin = feed_address(request, shown.pk)  # type: ignore[attr-defined]
    context = {
        **admin.site.each_context(request),
        "title": str(shown.movie),
        "feed_url": url,
        **_map(request, shown),
        **_story(request, shown, request.GET.get("seat", "")),
    }
    return TemplateResponse(request, "reports/showtime.html", context)


@require_safe
@never_cache
def seats(request: HttpRequest, showtime_id: int) -> HttpResponse:
    """The part of the page that moves."""
    shown = _readable(request, showtime_id)
    return render(request, "reports/_showtime_seats.html", _map(request, shown))


@require_safe
@never_cache
def seat(request: HttpRequest, showtime_id: int, seat_id: int) -> HttpResponse:
    shown = _readable(request, showtime_id)
    story = _story(request, shown, str(seat_id))
    if not story:
        raise Http404
    return render(request, "reports/_seat.html", {"showtime": shown, **story})


@require_POST
def change(request: HttpRequest, showtime_id: int, seat_id: int, deed: str) -> HttpResponseBase:
    shown = _readable(request, showtime_id)
    require_permission(request, Permission.PROGRAMME, shown.studio.cinema_id)
    if deed not in SeatAction.values:
        raise Http404
    row = get_object_or_404(ShowtimeSeat, showtime=shown, seat=seat_id)
    try:
        actions.change(
            seat=row,
            deed=SeatAction(deed),
            by=request.user,  # type: ignore[arg-type]  # the office lets nobody else in
            at=timezone.now(),
        )
        messages.success(request, SeatAction(deed).label)
    except LayarError as refusal:
        messages.error(request, str(refusal))
    page = reverse("reports:showtime", args=[shown.pk])
    return redirect(f"{page}?seat={seat_id}")


def _readable(request: HttpRequest, showtime_id: int) -> Showtime:
    """Those of other cinemas are as if they were not there."""
    require_permission(request, Permission.SEE_SALES)
    own = Showtime.objects.with_places().filter(
        studio__cinema__in=cinema_ids_with(request, Permission.SEE_SALES)
    )
    return get_object_or_404(own, pk=showtime_id)


def _sees_people(request: HttpRequest, showtime: Showtime) -> bool:
    return showtime.studio.cinema_id in cinema_ids_with(request, Permission.SEE_PEOPLE)


def _map(request: HttpRequest, showtime: Showtime) -> dict[str, Any]:
    picture = seat_plan_of(showtime.pk, with_people=_sees_people(request, showtime))
    return {
        "showtime": showtime,
        "starts_at": timezone.make_naive(showtime.starts_at, showtime.studio.cinema.zone),
        "picture": picture,
        "counts": _counts(picture) if picture else [],
        "sees_people": _sees_people(request, showtime),
        "owners": _owners(picture) if picture else [],
        "open_seat": request.GET.get("seat", ""),
    }


def _counts(picture: SeatPlan) -> list[tuple[str, str, int]]:
    counts = picture.counts
    shown = [SeatStatus.SOLD, SeatStatus.HELD, SeatStatus.AVAILABLE, SeatStatus.BLOCKED]
    return [(status.value, str(status.label), counts[status]) for status in shown]


def _owners(picture: SeatPlan) -> list[dict[str, Any]]:
    """Who has which seats: an order a line, in the order of its first seat."""
    orders: dict[str, list[PlanSeat]] = {}
    for one in picture.seats:
        if one.order:
            orders.setdefault(one.order, []).append(one)
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


def _story(request: HttpRequest, showtime: Showtime, seat_id: str) -> dict[str, Any]:
    """Nothing where there is no such seat."""
    rows = ShowtimeSeat.objects.select_related("seat", "hold")
    row = rows.filter(showtime=showtime, seat=row_id(seat_id)).first()
    if row is None:
        return {}
    sees_people = _sees_people(request, showtime)
    picture = seat_plan_of(showtime.pk, with_people=sees_people)
    may_change = showtime.studio.cinema_id in cinema_ids_with(request, Permission.PROGRAMME)
    shown = picture.seat(row.seat_id) if picture else None
    deeds = DEEDS[SeatStatus(shown.status)] if shown and may_change else []
    return {
        "seat": shown,
        "zone": showtime.studio.cinema.zone,
        "happenings": timeline_of(row, with_people=sees_people),
        "deeds": [(deed.value, BUTTONS[deed]) for deed in deeds],
    }
