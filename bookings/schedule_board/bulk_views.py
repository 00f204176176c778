"""Board views for copying days and weeks and for bulk scheduling: preview, then confirmation."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.auth.reauthentication import confirmation_response
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
def copy(request: HttpRequest, cinema_id: int, day: str) -> HttpResponseBase:
    """Copy the shown day or week to other days, here or in another of the user's cinemas."""
    cinema = visible_cinema(request, cinema_id)
    source = day_of(day)
    targets = cinemas_with(request.user, Permission.PROGRAMME)
    if not targets.exists():
        raise PermissionDenied
    form = CopyForm(
        _query_data(request),
        initial={"first_day": source + timedelta(days=1), "target": cinema.pk},
        cinema=cinema,
        day=source,
        targets=targets,
    )
    return _respond(request, form, cinema, source, _("Copy the programme"))


@require_http_methods(["GET", "POST"])
@never_cache
def fill(request: HttpRequest, cinema_id: int, day: str) -> HttpResponseBase:
    """Schedule one film in several studios, at several times, over a range of days."""
    cinema = visible_cinema(request, cinema_id)
    require(request, Permission.PROGRAMME, cinema)
    first_day = day_of(day)
    form = FillForm(_query_data(request), initial={"first_day": first_day}, cinema=cinema)
    return _respond(request, form, cinema, first_day, _("Add in bulk"))


def _query_data(request: HttpRequest) -> Any:
    return request.GET if "first_day" in request.GET else None


def _respond(
    request: HttpRequest, form: CopyForm | FillForm, cinema: Cinema, day: date, heading: str
) -> HttpResponseBase:
    """Show the form, with valid input also the plan; a POST with the plan's digest applies it.

    A POST sets the prices of many showtimes, so it needs a recent sign-in.
    """
    at = timezone.now()
    plan, refusal = None, None
    if form.is_bound and form.is_valid():
        try:
            requests = form.requests()
            plan = plan_showtimes(requests, at=at)
            if request.method == "POST":
                if reauthentication := confirmation_response(request, at):
                    return reauthentication
                created = apply_plan(
                    requests,
                    expected_digest=request.POST.get("digest", ""),
                    skips_obstructed=request.POST.get("obstructed") == SKIP,
                    at=at,
                    kind=form.batch_kind,
                    by=request.user,
                )
                return _redirect_to_first(request, created)
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
    """Possible showtimes grouped by local calendar day."""
    possible = [row for row in plan.rows if row.draft is not None]
    possible.sort(key=lambda row: (row.request.local, row.request.studio_name))
    return [
        (day, list(rows))
        for day, rows in groupby(possible, key=lambda row: row.request.local.date())
    ]


def _redirect_to_first(request: HttpRequest, created: list[Showtime]) -> HttpResponse:
    first = min(created, key=lambda showtime: showtime.starts_at)
    words = ngettext(
        "%(count)d showtime was added.", "%(count)d showtimes were added.", len(created)
    )
    link = reverse("admin:movies_schedulebatch_undo", args=[first.batch_id])
    text = format_html('{} <a href="{}">{}</a>', words % {"count": len(created)}, link, _("Undo…"))
    messages.success(request, text)
    return redirect(board_url(first.studio.cinema, first.business_date))
