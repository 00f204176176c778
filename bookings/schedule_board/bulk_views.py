"""Copying days and weeks at the board, and adding in bulk: first the plan, then all of it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookings.schedule_board.access import day_of, require, visible_cinema
from bookings.schedule_board.bulk_forms import CopyForm, FillForm
from bookings.schedule_board.responses import board_url
from core.errors import LayarError
from movies.models import Cinema, Showtime
from movies.scheduling.plans import Plan, PlanRow, apply_plan, plan_showtimes
from movies.staff.permissions import Permission, cinemas_with

SKIP = "skip"


@require_http_methods(["GET", "POST"])
@never_cache
def copy(request: HttpRequest, cinema_id: int, day: str) -> HttpResponse:
    """The day or week looked at, to other days, here or to another of the reader's cinemas."""
    cinema = visible_cinema(request, cinema_id)
    source = day_of(day)
    targets = cinemas_with(request.user, Permission.PROGRAMME)
    if not targets.exists():
        raise PermissionDenied
    form = CopyForm(
        _asked(request),
        initial={"first_day": source + timedelta(days=1), "target": cinema.pk},
        cinema=cinema,
        day=source,
        targets=targets,
    )
    return _answer(request, form, cinema, source, _("Copy the programme"))


@require_http_methods(["GET", "POST"])
@never_cache
def fill(request: HttpRequest, cinema_id: int, day: str) -> HttpResponse:
    """One film in several studios, at several hours, over some days."""
    cinema = visible_cinema(request, cinema_id)
    require(request, Permission.PROGRAMME, cinema)
    first_day = day_of(day)
    form = FillForm(_asked(request), initial={"first_day": first_day}, cinema=cinema)
    return _answer(request, form, cinema, first_day, _("Add in bulk"))


def _asked(request: HttpRequest) -> Any:
    return request.GET if "first_day" in request.GET else None


def _answer(
    request: HttpRequest, form: CopyForm | FillForm, cinema: Cinema, day: date, heading: str
) -> HttpResponse:
    """The form; with its answers the plan as well; posted with the plan's digest, the deed."""
    at = timezone.now()
    plan, refusal = None, None
    if form.is_bound and form.is_valid():
        try:
            requests = form.requests()
            plan = plan_showtimes(requests, at=at)
            if request.method == "POST":
                made = apply_plan(
                    requests,
                    expected_digest=request.POST.get("digest", ""),
                    skips_obstructed=request.POST.get("obstructed") == SKIP,
                    at=at,
                )
                return _done(request, made)
        except LayarError as error:
            refusal = error
    context = {
        **admin.site.each_context(request),
        "title": f"{heading} · {cinema.name}",
        "cinema": cinema,
        "day": day,
        "form": form,
        "plan": plan,
        "planned_days": _by_day(plan) if plan else [],
        "refusal": refusal,
    }
    status = refusal.status if refusal and request.method == "POST" else 200
    return render(request, "admin/board/plan.html", context, status=status)


def _by_day(plan: Plan) -> list[tuple[date, list[PlanRow]]]:
    """What would be added, by the day on the wall's calendar."""
    possible = [row for row in plan.rows if row.draft is not None]
    possible.sort(key=lambda row: (row.request.local, row.request.studio_name))
    return [
        (day, list(rows))
        for day, rows in groupby(possible, key=lambda row: row.request.local.date())
    ]


def _done(request: HttpRequest, made: list[Showtime]) -> HttpResponse:
    first = min(made, key=lambda showtime: showtime.starts_at)
    words = ngettext("%(count)d showtime was added.", "%(count)d showtimes were added.", len(made))
    messages.success(request, words % {"count": len(made)})
    return redirect(board_url(first.studio.cinema, first.business_date))
