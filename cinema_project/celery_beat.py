"""django-celery-beat's scheduler, corrected for clocks that were set back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry


class Entry(ModelEntry):  # type: ignore[misc]  # it has no types
    """Treats a ``last_run_at`` in the future, left by a clock that was ahead, as now.

    Otherwise no task would be due until that time is reached again.
    """

    last_run_at: datetime

    def is_due(self) -> Any:
        now = self._default_now()
        if self.last_run_at > now:
            self.last_run_at = now
        return super().is_due()


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # it has no types
    Entry = Entry
