"""The task queue: ``celery -A cinema_project worker`` and ``… beat``."""

import os

from celery import Celery
from celery.signals import beat_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")

from cinema_project import gc_tuning
from cinema_project.observability import logging, setup

app = Celery("layar", task_cls="cinema_project.recorded_task:RecordedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
logging.connect()


@worker_process_init.connect
def _begin_work(**_: object) -> None:
    gc_tuning.look_as_usual()
    setup.start("worker")


@beat_init.connect
def _begin_to_beat(**_: object) -> None:
    gc_tuning.look_as_usual()
    setup.start("beat")
