"""Board views that add and move showtimes."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.auth.reauthentication import confirmation_response, recently_authenticated
from bookings.schedule_board.access import day_of, require, visible_cinema, visible_showtime
from bookings.schedule_board.forms import AddForm, MoveForm, NoteForm
from bookings.schedule_board.responses import changed, panel, showtime_name
from bookings.schedule_board.views import clash_url, showtime_panel
from bookings.showtimes.moving import MovePlan, move_showtime, plan_move
from core.errors import LayarError
from core.templatetags.money import rupiah
from movies.models import Cinema, Showtime
from movies.scheduling.business_day import on_business_day
from movies.scheduling.plans import ShowtimeRequest, plan_showtimes
from movies.scheduling.showtimes import schedule_showtimes
from movies.staff.permissions import Permission
from seating.models import SeatCategory

INVALID = 422


@require_http_methods(["GET", "POST"])
@never_cache
def add(request: HttpRequest, cinema_id: int, day: str) -> HttpResponse:
    """Show the form, prefilled from the clicked position; a POST schedules the showtime."""
    cinema = visible_cinema(request, cinema_id)
    require(request, Permission.PROGRAMME, cinema)
    at = timezone.now()
    shown = day_of(day)
    if request.method != "POST":
        initial = {name: request.GET.get(name) for name in ("studio", "hour", "movie")}
        return _add_panel(request, AddForm(initial=initial, cinema=cinema, day=shown), cinema)
    with timezone.override(cinema.zone):  # the sale window is entered in the cinema's time zone
        form = AddForm(request.POST, cinema=cinema, day=shown)
        if not form.is_valid():
            return _add_panel(request, form, cinema, status=INVALID)
    try:
        (created,) = schedule_showtimes([form.draft()], at=at)
    except LayarError as refusal:
        return _add_panel(request, form, cinema, refusal, refusal.status)
    notice = _("Added: %(showtime)s.") % {"showtime": showtime_name(created)}
    return changed(request, cinema, shown_day=shown, target=created.business_date, notice=notice)


def _add_panel(
    request: HttpRequest,
    form: AddForm,
    cinema: Cinema,
    refusal: LayarError | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "heading": _("Add a showtime"),
        "form": form,
        "refusal": refusal,
        "clash": clash_url(refusal),
    }
    template = "admin/board/_add.html"
    return panel(request, template, context, cinema=cinema, day=form.day, status=status)


@require_safe
@never_cache
def suggestion(request: HttpRequest, cinema_id: int, day: str) -> JsonResponse:
    """Return the card price and any conflict for the showtime in the form, as JSON."""
    cinema = visible_cinema(request, cinema_id)
    at = timezone.now()
    shown = day_of(day)
    form = AddForm(request.GET, cinema=cinema, day=shown)
    form.fields["audio_language"].required = False
    if not form.is_valid():
        return JsonResponse({})
    (row,) = plan_showtimes([_showtime_request(form, shown)], at=at).rows
    movie, studio = form.cleaned_data["movie"], form.cleaned_data["studio"]
    free_at = form.cleaned_data["starts_at"] + studio.occupied_for(movie.duration_minutes)
    until = f"{free_at.astimezone(cinema.zone):%H:%M}"
    price = {"price": rupiah(row.price_rupiah), "time": until}
    words = _("%(price)s by the price cards. The studio is free again at %(time)s.") % price
    return JsonResponse(
        {
            "price_rupiah": row.price_rupiah,
            "audio_language": movie.original_language,
            "words": row.explanation or words,
            "is_possible": row.draft is not None,
        }
    )


def _showtime_request(form: AddForm, day: date) -> ShowtimeRequest:
    data = form.cleaned_data
    return ShowtimeRequest(
        cinema=form.cinema,
        studio=data["studio"],
        studio_name=data["studio"].name,
        movie=data["movie"],
        local=on_business_day(day, data["hour"]),
        screen_format=data["screen_format"],
        audio_language=data["audio_language"],
    )


@require_POST
def move(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """Move at once if no booking or hold is affected; otherwise after a preview with a note."""
    showtime = visible_showtime(request, showtime_id)
    cinema, shown_day = showtime.studio.cinema, showtime.business_date
    require(request, Permission.PROGRAMME, cinema)
    form = MoveForm(request.POST, cinema=cinema)
    if not form.is_valid():
        return showtime_panel(request, showtime, form, status=INVALID)
    at = timezone.now()
    target: dict[str, Any] = {
        "showtime_id": showtime.pk,
        "starts_at": form.cleaned_data["starts_at"],
        "studio_id": form.cleaned_data["studio"].pk,
        "at": at,
    }
    try:
        plan = plan_move(**target)
        note = NoteForm(request.POST if "is_confirmed" in request.POST else None)
        if _affects_customers(plan):
            require(request, Permission.MOVE_MONEY, cinema)
            if plan.stranded or not note.is_valid():
                return _confirmation(request, showtime, plan, form, note)
            reauthentication = confirmation_response(request, at)
            if reauthentication is not None:
                return reauthentication
        note_text = note.cleaned_data["note"] if note.is_bound and note.is_valid() else ""
        user: Any = request.user
        moved = move_showtime(**target, by=user, note=note_text)
    except LayarError as refusal:
        return showtime_panel(request, showtime, form, refusal, refusal.status)
    return changed(
        request,
        cinema,
        shown_day=shown_day,
        target=cinema.business_date(moved.starts_at),
        notice=_moved_notice(showtime, moved),
    )


def _affects_customers(plan: MovePlan) -> bool:
    return bool(plan.tickets_sold or plan.bookings_pending or plan.seats_held or plan.stranded)


def _confirmation(
    request: HttpRequest, showtime: Showtime, plan: MovePlan, form: MoveForm, note: NoteForm
) -> HttpResponse:
    context = {
        "heading": showtime_name(showtime),
        "showtime": showtime,
        "plan": plan,
        "prices": [
            (SeatCategory(change.category).label, change.price_rupiah, change.card_price_rupiah)
            for change in plan.price_changes
        ],
        "form": form,
        "note": note,
        # Reauthentication happens on a page of its own, not in the panel beside the board.
        "goes_on_here": recently_authenticated(request, timezone.now()),
    }
    return panel(
        request,
        "admin/board/_move.html",
        context,
        cinema=showtime.studio.cinema,
        day=showtime.business_date,
        status=INVALID if note.is_bound else 200,
    )


def _moved_notice(showtime: Showtime, plan: MovePlan) -> str:
    local = plan.starts_at.astimezone(plan.studio.cinema.zone)
    notice = _("Moved: %(film)s is now in %(studio)s at %(time)s.") % {
        "film": showtime.movie.title,
        "studio": plan.studio.name,
        "time": date_format(local, "DATETIME_FORMAT"),
    }
    if plan.price_changes:
        notice += " " + _("Its price stayed; the price cards name another for this time.")
    return notice
