"""Wiring only: settings, addresses, processes. No app imports this package."""

from cinema_project.celery import app as celery_app

__all__ = ["celery_app"]
