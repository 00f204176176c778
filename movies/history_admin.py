"""The audit history in the managers' office: read by who may, changed by nobody.

A row of history holds what was before; what came of it is its next version, or the row itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from movies.history import ADDED, CHANGED, REMOVED
from movies.models import PriceCard, Showtime, StaffPost
from movies.office import CinemaOfficeAdmin, OfficeAdmin, ReadOnlyAdmin
from movies.rights import Right

WORDS = {ADDED: _("added"), CHANGED: _("changed"), REMOVED: _("removed")}
NOTHING = "–"


class _HistoryPages(ReadOnlyAdmin, OfficeAdmin):
    view_right = Right.SEE_HISTORY
    ordering = ["-pgh_id"]
    list_display = ["pgh_created_at", "kind", "what", "who", "differences"]
    list_display_links = ["pgh_created_at"]
    list_filter = ["pgh_label", "pgh_created_at"]
    list_select_related = ["pgh_context"]
    list_per_page = 50
    fields = ["pgh_created_at", "kind", "what", "who", "differences"]

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

    @display(description=_("what happened"), ordering="pgh_label")
    def kind(self, event: Any) -> str:
        return str(WORDS[event.pgh_label])

    @admin.display(description=_("row"))
    def what(self, event: Any) -> str:
        return str(getattr(event, "code", None) or f"#{event.pgh_obj_id}")

    @admin.display(description=_("by"))
    def who(self, event: Any) -> str:
        return str(event.told_who)

    @admin.display(description=_("before → after"))
    def differences(self, event: Any) -> str:
        lines = ((name, before, after) for name, before, after in event.told_differences)
        return format_html("{}", format_html_join("", "<div>{}: {} → {}</div>", lines))

    def _told(self, request: HttpRequest, events: list[Any]) -> list[Any]:
        """Two or three queries, however many events are shown."""
        after = _what_came(self.model, events)
        people = _people(events)
        for event in events:
            names = self._shown_fields(request, event)
            event.told_differences = list(_differences(event, after[event.pgh_id], names))
            event.told_who = _who(event, people)
        return events

    def _shown_fields(self, request: HttpRequest, event: Any) -> Sequence[models.Field[Any, Any]]:
        sees_people = not self.personal_fields or self.sees_people(request, event)
        return [
            field
            for field in self.model._meta.fields
            if not field.name.startswith("pgh_")
            and field.name != "id"
            and (sees_people or field.name not in self.personal_fields)
        ]


class ChainHistoryAdmin(_HistoryPages):
    """Of rows that belong to the whole chain: for who may see all of its history."""


class CinemaHistoryAdmin(_HistoryPages, CinemaOfficeAdmin):
    """Only of the reader's cinemas."""


def _what_came(model: Any, events: Iterable[Any]) -> dict[int, Any]:
    """For each event, the row as it was after it; None where it was removed."""
    wanted = {event.pgh_obj_id for event in events}
    later: dict[Any, list[Any]] = defaultdict(list)
    known = model.objects.filter(pgh_obj_id__in=wanted).exclude(pgh_label=ADDED)
    for version in known.order_by("pgh_id"):
        later[version.pgh_obj_id].append(version)
    rows = model.pgh_tracked_model._default_manager.in_bulk(wanted)
    return {
        event.pgh_id: next(
            (version for version in later[event.pgh_obj_id] if version.pgh_id > event.pgh_id),
            rows.get(event.pgh_obj_id),
        )
        for event in events
    }


def _differences(event: Any, after: Any, fields: Iterable[Any]) -> Iterable[tuple[Any, Any, Any]]:
    for field in fields:
        before = getattr(event, field.attname)
        came = getattr(after, field.attname, None)
        if event.pgh_label == ADDED:
            yield field.verbose_name, NOTHING, _word(before)
        elif event.pgh_label == REMOVED:
            yield field.verbose_name, _word(before), NOTHING
        elif before != came:
            yield field.verbose_name, _word(before), _word(came)


def _word(value: Any) -> str:
    return NOTHING if value is None or value == "" else str(value)


def _people(events: Iterable[Any]) -> dict[int, Any]:
    ids = {event.pgh_context.metadata.get("user") for event in events if event.pgh_context}
    return dict(get_user_model()._default_manager.in_bulk(ids - {None}))


def _who(event: Any, people: dict[int, Any]) -> Any:
    facts = event.pgh_context.metadata if event.pgh_context else {}
    if "user" in facts:
        return people.get(facts["user"]) or f"#{facts['user']}"
    return facts.get("task") or _("the site")


@admin.register(Showtime.history.rel.related_model)  # type: ignore[attr-defined]
class ShowtimeHistoryAdmin(CinemaHistoryAdmin):
    cinema_path = "studio__cinema"


@admin.register(PriceCard.history.rel.related_model)  # type: ignore[attr-defined]
class PriceCardHistoryAdmin(CinemaHistoryAdmin):
    shows_chain_rows = True


@admin.register(StaffPost.history.rel.related_model)  # type: ignore[attr-defined]
class StaffPostHistoryAdmin(ChainHistoryAdmin):
    view_right = Right.GIVE_POSTS
