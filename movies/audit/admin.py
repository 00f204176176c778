"""The audit history in the managers' office: read by who may, changed by nobody.

A row of history holds what was before; what came of it is its next version, or the row itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.audit import ADDED, CHANGED, REMOVED, history_of
from movies.audit.diffs import Change, changes, names_for, people_of, what_came, who
from movies.audit.filters import WORDS, KindFilter, WhenFilter
from movies.audit.formatting import NOTHING, Names, Words, hour_of, is_nothing, minute_of_day, word
from movies.models import Cinema, PriceCard, Showtime, StaffPost
from movies.office.admin import CinemaOfficeAdmin, OfficeAdmin, ReadOnlyAdmin, office_zone
from movies.staff.permissions import Permission

LINES = {
    ADDED: "<div><dt>{}</dt><dd><ins>{}</ins></dd></div>",
    CHANGED: "<div><dt>{}</dt><dd><del>{}</del> → <ins>{}</ins></dd></div>",
    REMOVED: "<div><dt>{}</dt><dd><del>{}</del></dd></div>",
}


class _HistoryPages(ReadOnlyAdmin, OfficeAdmin):
    """``named_by`` are the fields by which a manager knows the row; ``words`` says some of them
    otherwise than their type does."""

    view_permission = Permission.SEE_HISTORY
    list_before_template = change_form_before_template = None  # each event names its clock
    named_by: ClassVar[Sequence[str]] = ()
    words: ClassVar[Mapping[str, Words]] = {}
    ordering = ["-pgh_id"]
    list_display = ["when", "what", "kind", "differences", "who"]
    list_display_links = ["when"]
    list_filter = [KindFilter, ("pgh_created_at", WhenFilter)]
    list_select_related = ["pgh_context"]
    list_per_page = 50
    fields = ["when", "what", "kind", "differences", "who"]

    class Media:
        css = {"all": ["css/history.css"]}

    def __init__(self, model: Any, admin_site: Any) -> None:
        """Named after what it tells of, in the reader's language."""
        super().__init__(model, admin_site)
        told_of = model.pgh_tracked_model._meta.verbose_name_plural
        model._meta.verbose_name_plural = format_lazy("{}: {}", _("History"), told_of)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = self._told(request, list(changelist.result_list))
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        return self._told(request, [found])[0] if found is not None else None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["show_history"] = False  # of a row of the history there is none
        shown: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return shown

    @admin.display(description=_("when"), ordering="pgh_created_at")
    def when(self, event: Any) -> str:
        return hour_of(event.pgh_created_at, event.told_zone)

    @display(
        description=_("what happened"),
        ordering="pgh_label",
        label={ADDED: "success", CHANGED: "info", REMOVED: "danger"},
    )
    def kind(self, event: Any) -> tuple[str, Any]:
        return event.pgh_label, WORDS[event.pgh_label]

    @admin.display(description=_("of what"))
    def what(self, event: Any) -> str:
        """Leads to the row, if it is still there and has a page."""
        if event.told_page:
            return format_html('<a href="{}">{}</a>', event.told_page, event.told_name)
        return str(event.told_name)

    @admin.display(description=_("by"))
    def who(self, event: Any) -> str:
        return str(event.told_who)

    @admin.display(description=_("before → after"))
    def differences(self, event: Any) -> str:
        kind = event.pgh_label
        lines = format_html_join("", LINES[kind], (_said(kind, one) for one in event.told_changes))
        return format_html('<dl class="history-changes">{}</dl>', lines)

    def place(self, request: HttpRequest, events: Sequence[Any]) -> None:
        """Gives each event the clock by which it is told."""
        for event in events:
            event.told_zone = office_zone(request)

    def _told(self, request: HttpRequest, events: list[Any]) -> list[Any]:
        """As many queries as there are kinds of rows pointed at, however many events are shown."""
        self.place(request, events)
        after = what_came(self.model, events)
        people = people_of(events)
        names = names_for(self.model, [*events, *filter(None, after.values())])
        for event in events:
            say = partial(self._word, event, names)
            came = after[event.pgh_id]
            event.told_name = self._name(event, say)
            event.told_page = self._page(event) if came is not None else ""
            shown = self._shown_fields(request, event)
            event.told_changes = list(changes(event, came, shown, self.named_by, say))
            event.told_who = who(event, people)
        return events

    def _word(self, event: Any, names: Names, field: Any, value: Any) -> str:
        if field.name in self.words and not is_nothing(value):
            return self.words[field.name](value)
        return word(field, value, event.told_zone, names)

    def _name(self, event: Any, say: Any) -> str:
        fields = [self.model._meta.get_field(name) for name in self.named_by]
        parts = (say(field, getattr(event, field.attname)) for field in fields)
        return " · ".join(part for part in parts if part != NOTHING) or f"#{event.pgh_obj_id}"

    def _page(self, event: Any) -> str:
        told_of = self.model.pgh_tracked_model._meta
        try:
            page = f"admin:{told_of.app_label}_{told_of.model_name}_change"
            return reverse(page, args=[event.pgh_obj_id])
        except NoReverseMatch:
            return ""

    def _shown_fields(self, request: HttpRequest, event: Any) -> Sequence[models.Field[Any, Any]]:
        sees_people = not self.personal_fields or self.sees_people(request, event)
        return [
            field
            for field in self.model._meta.fields
            if not field.name.startswith("pgh_")
            and field.name != "id"
            and (sees_people or field.name not in self.personal_fields)
        ]


def _said(kind: str, change: Change) -> tuple[str, ...]:
    told = {ADDED: (change.after,), CHANGED: (change.before, change.after)}
    return (change.label, *told.get(kind, (change.before,)))


class ChainHistoryAdmin(_HistoryPages):
    """Of rows that belong to the whole chain: for who may see all of its history."""


class CinemaHistoryAdmin(_HistoryPages, CinemaOfficeAdmin):
    """Only of the reader's cinemas, and told by their clocks."""

    def place(self, request: HttpRequest, events: Sequence[Any]) -> None:
        """Two queries; a row whose cinema cannot be found any more keeps the reader's clock."""
        super().place(request, events)
        first, *rest = self.cinema_path.split("__")
        step = self.model._meta.get_field(first)
        found = {getattr(event, step.attname) for event in events} - {None}
        cinema_ids = {pk: pk for pk in found}
        if rest:
            rows = step.related_model._default_manager.filter(pk__in=found)
            cinema_ids = dict(rows.values_list("pk", "__".join(rest)))
        cinemas = Cinema.objects.in_bulk(set(cinema_ids.values()))
        for event in events:
            event.told_cinema_id = cinema_ids.get(getattr(event, step.attname))
            if event.told_cinema_id in cinemas:
                event.told_zone = cinemas[event.told_cinema_id].zone

    def cinema_id_of(self, obj: Any) -> int | None:
        if hasattr(obj, "told_cinema_id"):
            found: int | None = obj.told_cinema_id
            return found
        return super().cinema_id_of(obj)


@admin.register(history_of(Showtime))
class ShowtimeHistoryAdmin(CinemaHistoryAdmin):
    cinema_path = "studio__cinema"
    named_by = ["movie", "studio", "starts_at"]
    search_fields = ["movie__title_id", "movie__title_en"]


@admin.register(history_of(PriceCard))
class PriceCardHistoryAdmin(CinemaHistoryAdmin):
    shows_chain_rows = True
    named_by = ["cinema", "studio_class", "screen_format", "day_kind", "from_minute"]
    words = {"from_minute": minute_of_day}


@admin.register(history_of(StaffPost))
class StaffPostHistoryAdmin(ChainHistoryAdmin):
    view_permission = Permission.GIVE_POSTS
    named_by = ["user", "role", "cinema"]
