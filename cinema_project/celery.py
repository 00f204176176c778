"""The task queue: ``celery -A cinema_project worker`` and ``… beat``."""

import os

from celery import Celery
from celery.signals import beat_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")

from cinema_project import logs, observing, rubbish

app = Celery("layar", task_cls="cinema_project.recorded_task:RecordedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
logs.connect()


@worker_process_init.connect
def _begin_work(**_: object) -> None:
    rubbish.look_as_usual()
    observing.start("worker")


@beat_init.connect
def _begin_to_beat(**_: object) -> None:
    rubbish.look_as_usual()
    observing.start("beat")
