"""Defaults that a release last wrote into the schedule of periodic tasks."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DefaultSchedule(models.Model):
    """One row per entry of CELERY_BEAT_SCHEDULE: a periodic task that differs was edited."""

    name = models.CharField(_("name"), max_length=200, primary_key=True)
    definition = models.JSONField(_("definition"))

    class Meta:
        verbose_name = _("default schedule")
        verbose_name_plural = _("default schedules")

    def __str__(self) -> str:
        return self.name
