"""Rows as a queue: claimed by a lease, retried with backoff, given up after a number of attempts.

A row is due when its ``due_field`` has passed. A claim moves that time ahead by the lease in a
transaction of its own and counts an attempt, so that a row that crashes its worker is also given
up. The work is done with no transaction open. Its outcome is written through ``owned``, which
matches nothing once the lease ran out and another worker has claimed the row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Backoff:
    """Exponential: the pause doubles with each attempt, up to ``max_seconds``."""

    first_seconds: int
    max_seconds: int

    def after(self, attempts: int) -> timedelta:
        return timedelta(seconds=min(self.first_seconds * 2 ** (attempts - 1), self.max_seconds))


@dataclass(frozen=True)
class Lease:
    seconds: int
    due_field: str = "next_attempt_at"

    @transaction.atomic
    def claim(
        self,
        due: QuerySet[Row],
        pk: Any,
        at: datetime,
        *,
        attempts_max: int,
        give_up: Callable[[Row], None],
        **changes: Any,
    ) -> Row | None:
        """Lock and lease the row if it is still due; None if it is not or was given up.

        Writes ``changes`` too. Rows locked by another worker are skipped.
        """
        locked = due.select_for_update(skip_locked=True, of=("self",))
        row: Any = locked.filter(pk=pk).first()
        if row is None:
            return None
        if row.attempts >= attempts_max:
            give_up(row)
            return None
        changes |= {"attempts": row.attempts + 1, self.due_field: self.until(at)}
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(update_fields=list(changes))
        return row  # type: ignore[no-any-return]

    @transaction.atomic
    def claim_batch(self, due: QuerySet[Row], at: datetime, rows_max: int) -> list[Row]:
        """Lease the rows that have waited longest. Does not count attempts."""
        locked = due.select_for_update(skip_locked=True, of=("self",), no_key=True)
        rows = list(locked.order_by(self.due_field)[:rows_max])
        claimed = due.model._default_manager.filter(pk__in=[row.pk for row in rows])
        claimed.update(**{self.due_field: self.until(at)})
        return rows

    def until(self, at: datetime) -> datetime:
        return at + timedelta(seconds=self.seconds)

    def due_ids(self, due: QuerySet[Row], rows_max: int) -> list[Any]:
        return list(due.order_by(self.due_field).values_list("pk", flat=True)[:rows_max])


def owned(waiting: QuerySet[Row], row: Row) -> QuerySet[Row]:
    """The row while it is in ``waiting`` and its claim is still ours."""
    return waiting.filter(pk=row.pk, attempts=row.attempts)  # type: ignore[attr-defined]
