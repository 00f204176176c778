"""Waiting rooms in the managers' office: switching them, and who waits and is inside."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.audit import history_of
from movies.audit.admin import CinemaHistoryAdmin
from movies.models import Movie, Showtime
from movies.office.admin import CinemaOfficeAdmin, cinema_ids_with, is_for_chain
from movies.staff.permissions import Permission
from seating.models import RoomControl, WaitingRoom
from seating.waiting_room import progress, rooms
from seating.waiting_room.limits import ROOMS_MAX
from seating.waiting_room.progress import Phase, RoomState

PHASES = {
    Phase.BEFORE: _("Before the opening"),
    Phase.OPEN: _("Open"),
    Phase.SOLD_OUT: _("No seat is free"),
    Phase.CLOSED: _("Closed"),
}
STATE_READ = "_state_read"  # on a row of the list
PHASE_LABELS = {
    PHASES[Phase.BEFORE]: "info",
    PHASES[Phase.OPEN]: "success",
    PHASES[Phase.SOLD_OUT]: "warning",
}


class WaitingRoomForm(forms.ModelForm[WaitingRoom]):
    """``may_cover_chain``: rooms of a film or of the site; set by the admin."""

    may_cover_chain = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "showtime" in self.fields and not cleaned.get("showtime") and not self.may_cover_chain:
            self.add_error("showtime", _("Choose a showtime of one of your cinemas."))
        if cleaned.get("control", RoomControl.OFF) != RoomControl.OFF:
            others = WaitingRoom.objects.switched_on().exclude(pk=self.instance.pk)
            if others.count() >= ROOMS_MAX:
                message = _("At most %(limit)d waiting rooms can be switched on at once.")
                self.add_error("control", message % {"limit": ROOMS_MAX})
        return cleaned


@admin.register(WaitingRoom)
class WaitingRoomAdmin(CinemaOfficeAdmin):
    """Rooms of a showtime belong to its cinema; those of a film and of the site to the chain."""

    needs_recent_sign_in = True
    cinema_path = "showtime__studio__cinema"
    shows_chain_rows = True
    add_permission = change_permission = Permission.PROGRAMME
    form = WaitingRoomForm
    list_display = ["__str__", "control", "phase", "waiting", "inside", "called_last_minute"]
    list_filter = ["control"]
    list_select_related = ["showtime__movie", "showtime__studio__cinema", "movie"]
    empty_text = _("There is no waiting room. Make one before a premiere goes on sale.")
    autocomplete_fields = ["showtime", "movie"]
    readonly_fields = ["phase", "waiting", "inside", "called_last_minute", "draw_page"]
    fieldsets = [
        (None, {"fields": ["showtime", "movie", "control"]}),
        (_("Times"), {"fields": ["waits_from", "opens_at", "closes_at"]}),
        (_("Admission"), {"fields": ["inside_max", "per_minute_max"]}),
        (
            _("Now"),
            {"fields": ["phase", "waiting", "inside", "called_last_minute", "draw_page"]},
        ),
    ]

    @display(description=_("state"), label=PHASE_LABELS)
    def phase(self, room: WaitingRoom) -> str:
        state = _state(room)
        return str(PHASES[state.phase if state else Phase.CLOSED]) if room.pk else ""

    @admin.display(description=_("waiting"))
    def waiting(self, room: WaitingRoom) -> int:
        state = _state(room)
        return state.waiting if state else 0

    @admin.display(description=_("inside"))
    def inside(self, room: WaitingRoom) -> str:
        state = _state(room)
        return f"{state.inside if state else 0} / {room.inside_max}"

    @admin.display(description=_("admitted in the last minute"))
    def called_last_minute(self, room: WaitingRoom) -> int:
        state = _state(room)
        return state.called_last_minute if state else 0

    @admin.display(description=_("draw"))
    def draw_page(self, room: WaitingRoom) -> str:
        if not room.pk:
            return ""
        link = reverse("seating:waiting_draw", args=[room.pk])
        return format_html('<a href="{}">{}</a>', link, room.commitment)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The scope stays; the opening does once there are turns."""
        fields = [*super().get_readonly_fields(request, obj)]
        if obj is not None:
            fields += ["showtime", "movie"]
        is_ordered = obj is not None and (obj.drawn_at is not None or obj.last_rank > 0)
        return [*fields, "opens_at"] if is_ordered else fields

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        form.may_cover_chain = is_for_chain(request, Permission.PROGRAMME)
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Showtime:
            own = models.Q(studio__cinema__in=cinema_ids_with(request, Permission.PROGRAMME))
            kwargs["queryset"] = Showtime.objects.filter(own, starts_at__gt=timezone.now())
        elif db_field.related_model is Movie and not is_for_chain(request, Permission.PROGRAMME):
            kwargs["queryset"] = Movie.objects.none()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: WaitingRoom, form: Any, change: bool) -> None:
        """Write only what was edited: the ticks write the rest meanwhile, and end the places of a
        room that was switched off."""
        if change:
            fields = {*form.changed_data}
            if obj.control == RoomControl.OFF:
                obj.engaged_at = None
                fields.add("engaged_at")
            obj.save(update_fields=fields)
        else:
            obj.created_by = request.user  # type: ignore[assignment]  # staff only
            obj.save()
        transaction.on_commit(rooms.refresh)


@admin.register(history_of(WaitingRoom))
class WaitingRoomHistoryAdmin(CinemaHistoryAdmin):
    cinema_path = "showtime__studio__cinema"
    shows_chain_rows = True
    named_by = ["showtime", "movie"]


def _state(room: WaitingRoom) -> RoomState | None:
    """Read once for all columns of a row; None for a room that is off or new."""
    if not room.pk or room.control == RoomControl.OFF:
        return None
    values = vars(room)
    if STATE_READ not in values:
        values[STATE_READ] = progress.current(room.pk)
    read: RoomState = values[STATE_READ]
    return read
