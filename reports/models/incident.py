"""Incidents, and the actions that staff took on them."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from movies.models import Cinema


class IncidentQuerySet(models.QuerySet["Incident"]):
    def unresolved(self) -> IncidentQuerySet:
        return self.filter(resolved_at__isnull=True)


class Incident(models.Model):
    """At most one unresolved row per ``fingerprint``; repeated findings increment its counter."""

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
    # A later check no longer found the problem; a person still resolves the incident.
    healed_at = models.DateTimeField(_("healed by itself"), null=True, blank=True)
    times_returned = models.PositiveIntegerField(
        _("times returned"), default=0, db_default=0, help_text=_("After it had healed.")
    )
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


class IncidentAction(models.Model):
    """An action taken on an incident and its outcome. Append-only."""

    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, related_name="actions", verbose_name=_("incident")
    )
    action = models.CharField(_("action"), max_length=40)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    succeeded = models.BooleanField(_("succeeded"))
    detail = models.CharField(_("detail"), max_length=300, blank=True)

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("action on an incident")
        verbose_name_plural = _("actions on incidents")

    def __str__(self) -> str:
        return f"{self.incident_id} {self.action}"
