"""Audit log by database triggers (django-pghistory): what changed, when, and by whom.

Triggers catch every write, whatever code made it. They store the old row before each update and
delete, and optionally each insert. The actor comes from pghistory's context: a user of the admin
site, a Celery task, or nobody for public requests and commands. Rows are append-only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pghistory

ADDED, CHANGED, REMOVED = "added", "changed", "removed"


def _name(event: Any) -> str:
    """Its display name once a view has annotated it, else its id."""
    return str(getattr(event, "display_name", f"#{event.pgh_obj_id}"))


def history_of(model: Any) -> Any:
    """The event model of a tracked ``model``."""
    return model.history.rel.related_model


def track_history(
    model_name: str, *, exclude: Sequence[str] = (), of_additions: bool = True
) -> Callable[[Any], Any]:
    """Model decorator; ``exclude`` secrets and columns whose changes mean nothing."""
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
