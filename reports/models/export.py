"""Export jobs: request, progress and the stored file."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Format(models.TextChoices):
    XLSX = "xlsx", "Excel (XLSX)"
    CSV = "csv", "CSV"
    PDF = "pdf", "PDF"


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Deleted after its time")


OPEN = [JobState.QUEUED, JobState.RUNNING]


class ExportJobQuerySet(models.QuerySet["ExportJob"]):
    def of(self, user: Any) -> ExportJobQuerySet:
        return self.filter(user=user)

    def open(self) -> ExportJobQuerySet:
        return self.filter(state__in=OPEN)

    def due(self, at: datetime) -> ExportJobQuerySet:
        """Queued, or running with an expired lease (its worker died)."""
        return self.open().filter(lease_until__lte=at)


class ExportJob(models.Model):
    """``order`` is the serialized scope (``reports.exports.scope_serialization``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("for"),
    )
    report = models.CharField(_("report"), max_length=40)
    order = models.JSONField(_("what"), encoder=DjangoJSONEncoder)
    file_format = models.CharField(_("format"), max_length=4, choices=Format)
    language = models.CharField(_("language"), max_length=5)
    state = models.CharField(_("state"), max_length=8, choices=JobState, default=JobState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Until then one worker owns the job; afterwards any worker may claim it.
    lease_until = models.DateTimeField(_("in hand until"), null=True)
    rows_total = models.PositiveIntegerField(_("rows"), null=True)
    rows_done = models.PositiveIntegerField(_("rows written"), default=0)
    failure_code = models.CharField(_("failure"), max_length=60, blank=True)
    file_name = models.CharField(_("file"), max_length=80, blank=True)
    size_bytes = models.PositiveBigIntegerField(_("size (bytes)"), default=0)
    created_at = models.DateTimeField(_("asked for"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["user", "-created_at"], name="export_job_newest"),
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=["queued", "running"]),
                name="export_job_open",
            ),
            models.Index(
                fields=["expires_at"], condition=Q(state="done"), name="export_job_expiry"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["queued", "running"],
                    finished_at__isnull=True,
                    lease_until__isnull=False,
                    file_name="",
                )
                | Q(
                    state="done",
                    finished_at__isnull=False,
                    lease_until__isnull=True,
                    expires_at__isnull=False,
                )
                & ~Q(file_name="")
                | Q(
                    state__in=["failed", "expired"],
                    finished_at__isnull=False,
                    lease_until__isnull=True,
                    file_name="",
                ),
                name="export_job_state_has_its_facts",
            ),
            models.CheckConstraint(
                condition=Q(rows_total__isnull=True) | Q(rows_done__lte=F("rows_total")),
                name="export_job_rows_within_total",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.file_format}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def percent(self) -> int:
        return 100 * self.rows_done // self.rows_total if self.rows_total else 0
