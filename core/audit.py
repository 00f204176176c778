"""Audit history: what was changed, when and by whom, written by triggers, so by whatever way.

Before each change and each removal the old row is kept; of rows that staff make, the adding too.
Orders and payments are made by the thousand and begin in the ledger: of them only changes are kept.
Who did it comes from the context: the person in the office (the admin site), a
worker's task (the Celery task class), or nobody, which means a customer on the site or
a command. Kept for good; nobody can change it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pghistory

ADDED, CHANGED, REMOVED = "added", "changed", "removed"


def _name(event: Any) -> str:
    """As the office has told it; its number until then."""
    return str(getattr(event, "told_name", f"#{event.pgh_obj_id}"))


def history_of(model: Any) -> Any:
    """The model of the rows that are kept of ``model``."""
    return model.history.rel.related_model


def track_history(
    model_name: str, *, exclude: Sequence[str] = (), of_additions: bool = True
) -> Callable[[Any], Any]:
    """Decorates a model; ``exclude`` are secrets and what changes without meaning anything."""
    events = [
        pghistory.UpdateEvent(CHANGED, row="OLD"),
        pghistory.DeleteEvent(REMOVED),
    ]
    if of_additions:
        events.append(pghistory.InsertEvent(ADDED))
    decorate: Callable[[Any], Any] = pghistory.track(
        *events,
        exclude=list(exclude),
        model_name=model_name,
        attrs={"__str__": _name},
        append_only=True,
        obj_field=pghistory.ObjForeignKey(related_name="history"),
    )
    return decorate
