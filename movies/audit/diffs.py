"""What became of a row with each event of its history, and who did it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from core.audit import ADDED, CHANGED
from movies.audit.formatting import NOTHING, Names, is_nothing, label_of

# What an added row says for itself: when, and what has never been anything else.
UNSAID = frozenset({"created_at", "currency"})


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


def what_came(model: Any, events: Iterable[Any]) -> dict[int, Any]:
    """For each event, the row as it was after it; None where it was removed. Two queries."""
    events = list(events)
    wanted = {event.pgh_obj_id for event in events}
    first = min((event.pgh_id for event in events), default=0)
    later: dict[Any, list[Any]] = defaultdict(list)
    # The newest events are looked at most: what came after them is a short end of the table.
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


def names_for(model: Any, versions: Sequence[Any]) -> Names:
    """Of all that these versions of rows point at."""
    relations = [
        field
        for field in model._meta.fields
        if field.is_relation and not field.name.startswith("pgh_")
    ]
    return Names(
        (field.related_model, getattr(version, field.attname, None))
        for field in relations
        for version in versions
    )


def changes(
    event: Any, after: Any, fields: Iterable[Any], said: Sequence[str], word: Any
) -> Iterator[Change]:
    """``said`` are fields that the row is named by: they need not be told of one that is new."""
    for field in fields:
        before = getattr(event, field.attname)
        if event.pgh_label == CHANGED:
            came = getattr(after, field.attname, None)
            if before != came:
                yield Change(label_of(field), word(field, before), word(field, came))
        elif not (is_nothing(before) or field.name in UNSAID or field.name in said):
            told = word(field, before)
            was, came = (NOTHING, told) if event.pgh_label == ADDED else (told, NOTHING)
            yield Change(label_of(field), was, came)


def people_of(events: Iterable[Any]) -> dict[int, Any]:
    ids = {event.pgh_context.metadata.get("user") for event in events if event.pgh_context}
    return dict(get_user_model()._default_manager.in_bulk(ids - {None}))


def who(event: Any, people: dict[int, Any]) -> str:
    facts = event.pgh_context.metadata if event.pgh_context else {}
    if "user" in facts:
        return str(people.get(facts["user"]) or f"#{facts['user']}")
    if "task" in facts:
        return _("Layar, by itself")
    return _("the site")
