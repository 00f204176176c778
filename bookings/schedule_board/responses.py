"""Board responses: the changed part for the page's script, a whole page otherwise."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from bookings.schedule_board.board import read_board
from movies.models import Cinema, Showtime
from movies.staff.permissions import Permission, cinemas_with, has_permission

PART_HEADER = "X-Board-Part"  # sent by the script; in responses "board" or "panel"


def board_url(cinema: Cinema, day: date) -> str:
    return reverse("board:day", args=[cinema.pk, day.isoformat()])


def is_from_script(request: HttpRequest) -> bool:
    return PART_HEADER in request.headers


def board_context(request: HttpRequest, cinema: Cinema, day: date) -> dict[str, Any]:
    at = timezone.now()
    return {
        "board": read_board(cinema, day, at=at),
        "may_change": has_permission(request.user, Permission.PROGRAMME, cinema),
    }


def board_part(request: HttpRequest, cinema: Cinema, day: date, notice: str = "") -> HttpResponse:
    context = board_context(request, cinema, day) | {"notice": notice}
    response = render(request, "admin/board/_board.html", context)
    response.headers[PART_HEADER] = "board"
    return response


def board_page(request: HttpRequest, cinema: Cinema, day: date) -> HttpResponse:
    return render(
        request,
        "admin/board/board.html",
        {
            **admin.site.each_context(request),
            **board_context(request, cinema, day),
            "title": cinema.name,
            "day": day,
            "today": cinema.business_date(timezone.now()),
            "yesterday": day - timedelta(days=1),
            "tomorrow": day + timedelta(days=1),
            "cinemas": cinemas_with(request.user, Permission.SEE_SALES),
        },
    )


def changed(
    request: HttpRequest, cinema: Cinema, *, shown_day: date, target: date, notice: str
) -> HttpResponse:
    """Respond to a change: the board part for the script, else a redirect to the target day."""
    if is_from_script(request):
        return board_part(request, cinema, shown_day, notice)
    messages.success(request, notice)
    return redirect(board_url(cinema, target))


def panel(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    cinema: Cinema,
    day: date,
    status: int = 200,
) -> HttpResponse:
    """Render a panel: a part for the script, a page of its own otherwise."""
    context = context | {"cinema": cinema, "day": day}
    if is_from_script(request):
        response = render(request, template, context, status=status)
        response.headers[PART_HEADER] = "panel"
        return response
    shared = admin.site.each_context(request)
    page = shared | context | {"panel": template, "title": context["heading"]}
    return render(request, "admin/board/panel.html", page, status=status)


def showtime_name(showtime: Showtime) -> str:
    local = showtime.starts_at.astimezone(showtime.studio.cinema.zone)
    start = date_format(local, "DATETIME_FORMAT")
    return f"{showtime.movie.title} · {showtime.studio.name} · {start}"
