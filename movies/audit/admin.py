"""Read-only office pages of the audit log.

An event holds the row's values before the change; the values after it are those of the row's next
event, or of the row itself.
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
from movies.audit.diffs import Change, actors_of, changes, names_for, next_versions, who
from movies.audit.filters import KIND_LABELS, KindFilter, WhenFilter
from movies.audit.formatting import (
    EMPTY,
    Formatter,
    RowNames,
    format_time,
    format_value,
    is_empty,
    minute_of_day,
)
from movies.models import Cinema, Holiday, PriceCard, Showtime, StaffPost, TaxRule
from movies.office.admin import CinemaOfficeAdmin, OfficeAdmin, ReadOnlyAdmin, office_zone
from movies.office.formatting import percent
from movies.staff.permissions import Permission

LINES = {
    ADDED: "<div><dt>{}</dt><dd><ins>{}</ins></dd></div>",
    CHANGED: "<div><dt>{}</dt><dd><del>{}</del> → <ins>{}</ins></dd></div>",
    REMOVED: "<div><dt>{}</dt><dd><del>{}</del></dd></div>",
}


class _HistoryPages(ReadOnlyAdmin, OfficeAdmin):
    """``named_by`` are the fields that identify a row to a manager; ``formatters`` override how
    some fields are shown."""

    view_permission = Permission.SEE_HISTORY
    list_before_template = change_form_before_template = None  # each event names its time zone
    named_by: ClassVar[Sequence[str]] = ()
    formatters: ClassVar[Mapping[str, Formatter]] = {}
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
        """Set the verbose name to that of the tracked model."""
        super().__init__(model, admin_site)
        tracked = model.pgh_tracked_model._meta.verbose_name_plural
        model._meta.verbose_name_plural = format_lazy("{}: {}", _("History"), tracked)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = self._annotate(request, list(changelist.result_list))
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        return self._annotate(request, [found])[0] if found is not None else None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["show_history"] = False  # events have no history of their own
        shown: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return shown

    @admin.display(description=_("when"), ordering="pgh_created_at")
    def when(self, event: Any) -> str:
        return format_time(event.pgh_created_at, event.display_zone)

    @display(
        description=_("what happened"),
        ordering="pgh_label",
        label={ADDED: "success", CHANGED: "info", REMOVED: "danger"},
    )
    def kind(self, event: Any) -> tuple[str, Any]:
        return event.pgh_label, KIND_LABELS[event.pgh_label]

    @admin.display(description=_("of what"))
    def what(self, event: Any) -> str:
        """Name of the row, linked to its page if both still exist."""
        if event.page_url:
            return format_html('<a href="{}">{}</a>', event.page_url, event.display_name)
        return str(event.display_name)

    @admin.display(description=_("by"))
    def who(self, event: Any) -> str:
        return str(event.actor)

    @admin.display(description=_("before → after"))
    def differences(self, event: Any) -> str:
        kind = event.pgh_label
        lines = format_html_join(
            "", LINES[kind], (_line_values(kind, one) for one in event.field_changes)
        )
        return format_html('<dl class="history-changes">{}</dl>', lines)

    def set_display_zones(self, request: HttpRequest, events: Sequence[Any]) -> None:
        """Set the time zone in which each event is shown."""
        for event in events:
            event.display_zone = office_zone(request)

    def _annotate(self, request: HttpRequest, events: list[Any]) -> list[Any]:
        """Attach display values to the events; one query per related model, however many events."""
        self.set_display_zones(request, events)
        after = next_versions(self.model, events)
        people = actors_of(events)
        names = names_for(self.model, [*events, *filter(None, after.values())])
        for event in events:
            to_text = partial(self._format_field, event, names)
            after_value = after[event.pgh_id]
            event.display_name = self._name(event, to_text)
            event.page_url = self._page(event) if after_value is not None else ""
            shown = self._shown_fields(request, event)
            event.field_changes = list(changes(event, after_value, shown, self.named_by, to_text))
            event.actor = who(event, people)
        return events

    def _format_field(self, event: Any, names: RowNames, field: Any, value: Any) -> str:
        if field.name in self.formatters and not is_empty(value):
            return self.formatters[field.name](value)
        return format_value(field, value, event.display_zone, names)

    def _name(self, event: Any, to_text: Any) -> str:
        fields = [self.model._meta.get_field(name) for name in self.named_by]
        parts = (to_text(field, getattr(event, field.attname)) for field in fields)
        return " · ".join(part for part in parts if part != EMPTY) or f"#{event.pgh_obj_id}"

    def _page(self, event: Any) -> str:
        tracked = self.model.pgh_tracked_model._meta
        try:
            page = f"admin:{tracked.app_label}_{tracked.model_name}_change"
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


def _line_values(kind: str, change: Change) -> tuple[str, ...]:
    text = {ADDED: (change.after,), CHANGED: (change.before, change.after)}
    return (change.label, *text.get(kind, (change.before,)))


class ChainHistoryAdmin(_HistoryPages):
    """Audit pages of rows that belong to the whole chain."""


class CinemaHistoryAdmin(_HistoryPages, CinemaOfficeAdmin):
    """Audit pages restricted to the user's cinemas, in those cinemas' time zones."""

    def set_display_zones(self, request: HttpRequest, events: Sequence[Any]) -> None:
        """Two queries; a row whose cinema no longer exists keeps the user's zone."""
        super().set_display_zones(request, events)
        first, *rest = self.cinema_path.split("__")
        step = self.model._meta.get_field(first)
        found = {getattr(event, step.attname) for event in events} - {None}
        cinema_ids = {pk: pk for pk in found}
        if rest:
            rows = step.related_model._default_manager.filter(pk__in=found)
            cinema_ids = dict(rows.values_list("pk", "__".join(rest)))
        cinemas = Cinema.objects.in_bulk(set(cinema_ids.values()))
        for event in events:
            event.display_cinema_id = cinema_ids.get(getattr(event, step.attname))
            if event.display_cinema_id in cinemas:
                event.display_zone = cinemas[event.display_cinema_id].zone

    def cinema_id_of(self, obj: Any) -> int | None:
        if hasattr(obj, "display_cinema_id"):
            found: int | None = obj.display_cinema_id
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
    formatters = {"from_minute": minute_of_day}


@admin.register(history_of(Holiday))
class HolidayHistoryAdmin(ChainHistoryAdmin):
    named_by = ["day"]


@admin.register(history_of(TaxRule))
class TaxRuleHistoryAdmin(ChainHistoryAdmin):
    named_by = ["city_slug", "film_origin", "valid_from"]
    formatters = {"basis_points": percent}


@admin.register(history_of(StaffPost))
class StaffPostHistoryAdmin(ChainHistoryAdmin):
    view_permission = Permission.ASSIGN_ROLES
    named_by = ["user", "role", "cinema"]
