"""Incidents: what went wrong, kept until somebody resolves it with a note."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from movies.models import Cinema

# These have folders of their own; Django looks for an app's models here.
from reports.exporting.models import ExportJob
from reports.schedules.models import ReportDelivery, ReportDeliveryAttempt, ReportSchedule

__all__ = [
    "ExportJob",
    "Incident",
    "IncidentQuerySet",
    "ReportDelivery",
    "ReportDeliveryAttempt",
    "ReportSchedule",
]


class IncidentQuerySet(models.QuerySet["Incident"]):
    def unresolved(self) -> IncidentQuerySet:
        return self.filter(resolved_at__isnull=True)


class Incident(models.Model):
    """One unresolved row per ``fingerprint``: a problem seen again is counted, not repeated."""

    kind = models.CharField(_("kind"), max_length=60)
    fingerprint = models.CharField(_("fingerprint"), max_length=120)
    cinema = models.ForeignKey(
        Cinema,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="incidents",
        verbose_name=_("cinema"),
    )
    summary = models.CharField(_("what happened"), max_length=300)
    facts = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    times_seen = models.PositiveIntegerField(_("times seen"), default=1)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resolved by"),
    )
    note = models.TextField(_("note"), blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-last_seen_at"]
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=Q(resolved_at__isnull=True),
                name="incident_open_once",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True)
                | (Q(resolved_by__isnull=False) & ~Q(note="")),
                name="incident_resolved_by_somebody_with_note",
            ),
        ]

    def __str__(self) -> str:
        return self.summary
