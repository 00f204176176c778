"""Wiring only: settings, addresses, processes. No app imports this package."""

from cinema_project import gc_tuning

gc_tuning.look_seldom()

from cinema_project.celery import app as celery_app  # noqa: E402  (loads most of Django)

__all__ = ["celery_app"]
