"""Read-only board views: a day of a cinema, and one of its showtimes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bookings.schedule_board.access import day_of, visible_cinema, visible_showtime
from bookings.schedule_board.forms import MoveForm
from bookings.schedule_board.responses import (
    board_page,
    board_part,
    board_url,
    is_from_script,
    panel,
    showtime_name,
)
from core.errors import LayarError
from core.ids import row_id
from movies.models import Showtime
from movies.staff.permissions import Permission, cinemas_with, has_permission
from seating.models import SeatStatus


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Redirect to the chosen day and cinema, or to today at the user's first cinema."""
    visible = cinemas_with(request.user, Permission.SEE_SALES)
    chosen = row_id(request.GET.get("cinema", ""))
    cinema = visible.first() if chosen is None else visible_cinema(request, chosen)
    if cinema is None:
        return _redirect_without_cinemas(request)
    asked = request.GET.get("day", "")
    today = cinema.business_date(timezone.now())
    return redirect(board_url(cinema, day_of(asked) if asked else today))


def _redirect_without_cinemas(request: HttpRequest) -> HttpResponse:
    """Redirect of a new chain without cinemas. Raises PermissionDenied without board access."""
    if not has_permission(request.user, Permission.SEE_SALES):
        raise PermissionDenied
    messages.info(request, _("Add a cinema and its studios first, then plan their showtimes."))
    return redirect("admin:movies_cinema_changelist")


@require_safe
@never_cache
def day(request: HttpRequest, cinema_id: int, day: str) -> HttpResponse:
    cinema = visible_cinema(request, cinema_id)
    shown = day_of(day)
    if is_from_script(request):
        return board_part(request, cinema, shown)
    return board_page(request, cinema, shown)


@require_safe
@never_cache
def showtime(request: HttpRequest, showtime_id: int) -> HttpResponse:
    return showtime_panel(request, visible_showtime(request, showtime_id))


def showtime_panel(
    request: HttpRequest,
    showtime: Showtime,
    form: MoveForm | None = None,
    refusal: LayarError | None = None,
    status: int = 200,
) -> HttpResponse:
    """Panel of one showtime: data, seat counts and the form that moves it."""
    cinema = showtime.studio.cinema
    local = showtime.starts_at.astimezone(cinema.zone)
    can_move = showtime.cancelled_at is None and showtime.starts_at > timezone.now()
    where = {"studio": showtime.studio_id, "day": showtime.business_date, "hour": local.time()}
    context = {
        "heading": showtime_name(showtime),
        "showtime": showtime,
        "seats": _seats(showtime),
        "may_change": has_permission(request.user, Permission.PROGRAMME, cinema) and can_move,
        "may_cancel": has_permission(request.user, Permission.MOVE_MONEY, cinema) and can_move,
        "form": form or MoveForm(initial=where, cinema=cinema),
        "refusal": refusal,
        "clash": clash_url(refusal),
    }
    return panel(
        request,
        "admin/board/_showtime.html",
        context,
        cinema=cinema,
        day=showtime.business_date,
        status=status,
    )


def clash_url(refusal: LayarError | None) -> str:
    """URL of the conflicting showtime's panel."""
    showtime_id = refusal.facts.get("showtime") if refusal else None
    return reverse("board:showtime", args=[showtime_id]) if showtime_id else ""


def _seats(showtime: Showtime) -> dict[str, Any]:
    counts = showtime.seats.aggregate(
        sold=Count("pk", filter=Q(status=SeatStatus.SOLD)),
        held=Count("pk", filter=Q(status=SeatStatus.HELD)),
        blocked=Count("pk", filter=Q(status=SeatStatus.BLOCKED)),
        capacity=Count("pk"),
    )
    capacity = counts["capacity"]
    return counts | {"sold_percent": round(100 * counts["sold"] / capacity) if capacity else 0}
