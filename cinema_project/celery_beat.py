"""When background work begins: django-celery-beat's scheduler, proof against a wrong clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry


class Entry(ModelEntry):  # type: ignore[misc]  # it has no types
    """What last ran in the future did so by a clock that was ahead, and has been put right since.

    Until that time had come again nothing would be begun: no payment asked for, no hold swept.
    """

    last_run_at: datetime

    def is_due(self) -> Any:
        now = self._default_now()
        if self.last_run_at > now:
            self.last_run_at = now
        return super().is_due()


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # it has no types
    Entry = Entry
