"""The Django project: settings, URLs, entry points. No app imports this package."""

from cinema_project import checks, gc_tuning

gc_tuning.use_high_thresholds()

from cinema_project.celery import app as celery_app  # noqa: E402  (loads most of Django)

__all__ = ["celery_app", "checks"]
