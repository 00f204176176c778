"""Backup runs and restore drills."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class BackupStatus(models.TextChoices):
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class BackupRun(models.Model):
    status = models.CharField(
        _("status"), max_length=8, choices=BackupStatus, default=BackupStatus.RUNNING
    )
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    size_bytes = models.BigIntegerField(_("size (bytes)"), null=True, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    row_counts = models.JSONField(_("row counts"), default=dict)
    media_files = models.PositiveIntegerField(_("media files"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=300, blank=True)

    class Meta:
        ordering = ["-started_at"]
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        constraints = [
            models.CheckConstraint(
                condition=Q(status="running", finished_at__isnull=True)
                | Q(status="failed", finished_at__isnull=False)
                | (
                    Q(status="done", finished_at__isnull=False, size_bytes__gt=0)
                    & ~Q(file_name="")
                    & ~Q(sha256="")
                ),
                name="backup_done_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}Z {self.status}"


class DrillStatus(models.TextChoices):
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    SEALED = "sealed", _("Checksum only: no key here")


class BackupDrill(models.Model):
    """One restore drill: a backup restored into a scratch database and verified."""

    status = models.CharField(_("status"), max_length=8, choices=DrillStatus)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"))
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    rows = models.BigIntegerField(_("rows restored"), default=0)
    problems = models.JSONField(_("problems"), default=list, blank=True)

    class Meta:
        ordering = ["-started_at"]
        verbose_name = _("restore drill")
        verbose_name_plural = _("restore drills")
        constraints = [
            models.CheckConstraint(
                condition=Q(status=DrillStatus.FAILED) ^ Q(problems=[]),
                name="backup_drill_failed_with_problems",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}Z {self.status}"
