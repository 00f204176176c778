"""Tasks whose changes are written down in the audit history with the task's name."""

from __future__ import annotations

from typing import Any

import pghistory
from celery import Task


class RecordedTask(Task):  # type: ignore[type-arg]  # generic in its stubs alone
    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with pghistory.context(task=self.name):
            return super().__call__(*args, **kwargs)
