"""The task queue: ``celery -A cinema_project worker`` and ``… beat``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")

app = Celery("layar")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
