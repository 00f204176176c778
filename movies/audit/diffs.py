"""Changes of each audit event, and who made them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from core.audit import ADDED, CHANGED
from movies.audit.formatting import EMPTY, RowNames, is_empty, label_of

# Not worth a line for an added row: the event has its time, the currency never varies.
OMITTED_FIELDS = frozenset({"created_at", "currency"})


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


def next_versions(model: Any, events: Iterable[Any]) -> dict[int, Any]:
    """Map each event to the row's version after it; None if it was removed. Two queries."""
    events = list(events)
    wanted = {event.pgh_obj_id for event in events}
    first = min((event.pgh_id for event in events), default=0)
    later: dict[Any, list[Any]] = defaultdict(list)
    # Mostly the newest events are read, so the range after them is short.
    known = model.objects.filter(pgh_id__gt=first, pgh_obj_id__in=wanted).exclude(pgh_label=ADDED)
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


def names_for(model: Any, versions: Sequence[Any]) -> RowNames:
    """Names of all rows that these versions refer to."""
    relations = [
        field
        for field in model._meta.fields
        if field.is_relation and not field.name.startswith("pgh_")
    ]
    return RowNames(
        (field.related_model, getattr(version, field.attname, None))
        for field in relations
        for version in versions
    )


def changes(
    event: Any, after: Any, fields: Iterable[Any], identifying: Sequence[str], format_value: Any
) -> Iterator[Change]:
    """Yield changed fields; ``identifying`` fields are left out of added and removed rows."""
    for field in fields:
        before = getattr(event, field.attname)
        if event.pgh_label == CHANGED:
            after_value = getattr(after, field.attname, None)
            if before != after_value:
                yield Change(
                    label_of(field), format_value(field, before), format_value(field, after_value)
                )
        elif not (is_empty(before) or field.name in OMITTED_FIELDS or field.name in identifying):
            text = format_value(field, before)
            was, after_value = (EMPTY, text) if event.pgh_label == ADDED else (text, EMPTY)
            yield Change(label_of(field), was, after_value)


def actors_of(events: Iterable[Any]) -> dict[int, Any]:
    ids = {event.pgh_context.metadata.get("user") for event in events if event.pgh_context}
    return dict(get_user_model()._default_manager.in_bulk(ids - {None}))


def who(event: Any, people: dict[int, Any]) -> str:
    facts = event.pgh_context.metadata if event.pgh_context else {}
    if "user" in facts:
        return str(people.get(facts["user"]) or f"#{facts['user']}")
    if "task" in facts:
        return _("Layar, by itself")
    return _("the site")
