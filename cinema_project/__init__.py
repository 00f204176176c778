"""Wiring only: settings, addresses, processes. No app imports this package."""

import gc

# Python would look for circular rubbish after every 700 new objects: while a process loads there is
# none, and a request leaves little. It took a tenth of a start and a twentieth of a sale.
gc.set_threshold(50_000, 20, 50)

from cinema_project.celery import app as celery_app  # noqa: E402  (loads most of Django)

__all__ = ["celery_app"]
