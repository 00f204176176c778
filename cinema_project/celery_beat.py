"""Scheduler of django-celery-beat with corrections.

Handles clocks that were set back, preserves edits made in the admin, waits for an unavailable
database, and lets only one of several beats send tasks.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from celery.utils.log import get_logger
from django.db import DatabaseError, InterfaceError, close_old_connections, transaction
from django_celery_beat.models import PeriodicTask, PeriodicTasks
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

from cinema_project import supervision
from core.db.leadership import Leadership
from reports.models import DefaultSchedule

logger = get_logger(__name__)

DATABASE_PAUSE_SECONDS = 2.0
LEADER_LOCK_KEY = 0x6C61796172_626561  # arbitrary unique key: "layarbea" in ASCII
STANDBY_SECONDS = 5.0
OPTIONS = ("args", "kwargs", "queue", "exchange", "routing_key", "headers", "priority")


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

    @classmethod
    def from_entry(cls, name: str, app: Any = None, **entry: Any) -> Entry:
        """Creates the periodic task ``name``, or updates it unless staff have edited it."""
        return cls(install(name, cls._unpack_fields(**entry)), app=app)


@transaction.atomic
def install(name: str, fields: dict[str, Any]) -> PeriodicTask:
    """Stores a default of this release; an edited periodic task is left alone."""
    wanted = _definition(PeriodicTask(name=name, **fields))
    known = DefaultSchedule.objects.filter(name=name).first()
    task = PeriodicTask.objects.filter(name=name).first()
    if task is None:
        task = PeriodicTask.objects.create(name=name, **fields)
    elif known and _definition(task) != known.definition:
        return task
    elif _definition(task) != wanted:
        for field, value in fields.items():
            setattr(task, field, value)
        task.save()
    DefaultSchedule.objects.update_or_create(name=name, defaults={"definition": wanted})
    return task


def _definition(task: PeriodicTask) -> dict[str, Any]:
    """JSON definition of a task and its schedule, comparable across releases."""
    when: dict[str, Any] = {}
    if task.interval:
        when = {"every": task.interval.every, "period": task.interval.period}
    elif task.crontab:
        names = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone")
        when = {name: str(getattr(task.crontab, name)) for name in names}
    elif task.scheduler:
        when = {"schedule": str(task.scheduler)}
    options = {name: getattr(task, name) for name in OPTIONS}
    return {"task": task.task, **when, **options, "expire_seconds": task.expire_seconds}


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # it has no types
    Entry = Entry
    # Maximum age of the last runs that a new leader reads; the library's default is three minutes.
    sync_every = 15.0
    is_leader = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.leadership = Leadership(LEADER_LOCK_KEY)
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        _wait_for_database()
        super().setup_schedule()

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Send due tasks. A beat that is not the leader only waits to become it."""
        supervision.touch_heartbeat()
        was_leader, self.is_leader = self.is_leader, self.leadership.is_held()
        if self.is_leader != was_leader:
            logger.info("this beat is %s", "the leader" if self.is_leader else "on standby")
        if not self.is_leader:
            return STANDBY_SECONDS
        if not was_leader:
            self._read_again()
        return super().tick(*args, **kwargs)

    def close(self) -> None:
        super().close()
        self.leadership.release()

    def _read_again(self) -> None:
        """Read from the database what the previous leader has sent."""
        self._dirty.clear()
        self._schedule = self.all_as_schedule()
        self._heap: list[Any] = []
        self._heap_invalidated = True

    def all_as_schedule(self) -> Any:
        """The schedule in the database; the last known one while the database is unavailable."""
        try:
            return super().all_as_schedule()
        except (DatabaseError, InterfaceError) as error:
            if self._schedule is None:
                raise
            logger.warning("database unavailable: %s", type(error).__name__)
            return self._schedule


def _wait_for_database() -> None:
    while True:
        supervision.touch_heartbeat()
        try:
            PeriodicTasks.last_change()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("waiting for the database: %s", type(error).__name__)
            close_old_connections()
            time.sleep(DATABASE_PAUSE_SECONDS)
        else:
            return
