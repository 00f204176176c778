"""Celery application: ``celery -A cinema_project worker`` and ``… beat``."""

import os
from typing import Any

import pghistory
from celery import Celery, Task
from celery.signals import beat_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")

from cinema_project import gc_tuning
from cinema_project.observability import logging, setup


class TrackedTask(Task):  # type: ignore[type-arg]  # generic only in its stubs
    """Records the task's name with the changes it makes in the audit log."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with pghistory.context(task=self.name):
            return super().__call__(*args, **kwargs)


app: Celery[Any] = Celery("layar", task_cls=TrackedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
logging.connect()


@worker_process_init.connect
def _start_worker_process(**_: object) -> None:
    gc_tuning.use_default_thresholds()
    setup.start("worker")


@beat_init.connect
def _start_beat(**_: object) -> None:
    gc_tuning.use_default_thresholds()
    setup.start("beat")
