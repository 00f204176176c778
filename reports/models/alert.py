"""Alerts about incidents: preferences, lines per person, batched messages and attempts."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.forms.constraints import ConstraintMessages
from movies.models.cinema import validate_time_zone

HOUR_CHOICES = [(hour, f"{hour:02}:00") for hour in range(24)]


class AlertChannel(models.TextChoices):
    EMAIL = "email", _("Email")
    SMS = "sms", _("SMS")


class AlertStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    DEAD = "dead", _("Given up")


class AlertWishes(ConstraintMessages, models.Model):
    """A person's alert preferences; the field defaults apply to people without a row."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    by_email = models.BooleanField(_("by email"), default=True)
    by_sms = models.BooleanField(_("by SMS, to your mobile number"), default=True)
    # Equal hours mean no quiet hours.
    quiet_from = models.PositiveSmallIntegerField(_("quiet from"), default=22, choices=HOUR_CHOICES)
    quiet_until = models.PositiveSmallIntegerField(
        _("until"), default=7, choices=HOUR_CHOICES, help_text=_("The same hour: never quiet.")
    )
    urgent_breaks_quiet = models.BooleanField(
        _("what is urgent breaks through"),
        default=True,
        help_text=_("Backups that fail, a worker that stopped, seats sold twice, money missing."),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=40, default="Asia/Jakarta", validators=[validate_time_zone]
    )

    constraint_messages: ClassVar = {
        "alert_quiet_hours": ("quiet_until", _("An hour is a number from 0 to 23.")),
    }

    class Meta:
        verbose_name = _("wishes for alerts")
        verbose_name_plural = _("wishes for alerts")
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__lte=23, quiet_until__lte=23), name="alert_quiet_hours"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user_id)

    def is_quiet(self, at: datetime) -> bool:
        hour = at.astimezone(ZoneInfo(self.time_zone)).hour
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until


class Alert(models.Model):
    """One message to one person about several incidents; at most one per time window."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    channel = models.CharField(_("channel"), max_length=5, choices=AlertChannel)
    window_at = models.DateTimeField(_("window"))
    status = models.CharField(
        _("status"), max_length=8, choices=AlertStatus, default=AlertStatus.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        ordering = ["-window_at"]
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(status="waiting"), name="alert_waiting"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "channel", "window_at"], name="alert_once_per_window"
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", sent_at__isnull=True, next_attempt_at__isnull=False)
                | Q(status="sent", sent_at__isnull=False, next_attempt_at__isnull=True)
                | Q(status="dead", sent_at__isnull=True, next_attempt_at__isnull=True),
                name="alert_status_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.channel} {self.window_at:%Y-%m-%d %H:%M}"


class AlertLine(models.Model):
    """One incident in the alerts of one person, once per occurrence."""

    incident = models.ForeignKey(
        "reports.Incident", on_delete=models.CASCADE, related_name="alert_lines"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(_("channel"), max_length=5, choices=AlertChannel)
    returned = models.PositiveIntegerField(_("times returned"), default=0)
    is_urgent = models.BooleanField(_("urgent"), default=False)
    owed_at = models.DateTimeField(_("owed"))
    # None: not yet part of a message.
    alert = models.ForeignKey(
        Alert, on_delete=models.CASCADE, null=True, related_name="lines", verbose_name=_("alert")
    )

    class Meta:
        ordering = ["owed_at", "id"]
        verbose_name = _("line of an alert")
        verbose_name_plural = _("lines of alerts")
        indexes = [
            models.Index(
                fields=["user", "channel"],
                condition=Q(alert__isnull=True),
                name="alert_line_untold",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "user", "channel", "returned"], name="alert_line_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.user_id}"


class AlertAttempt(models.Model):
    """One attempt to send an alert and its outcome."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField(_("at"))
    succeeded = models.BooleanField(_("succeeded"))
    detail = models.CharField(_("detail"), max_length=120, blank=True)

    class Meta:
        ordering = ["at"]
        verbose_name = _("attempt to send an alert")
        verbose_name_plural = _("attempts to send an alert")

    def __str__(self) -> str:
        return f"{self.alert_id} {self.at:%Y-%m-%d %H:%M}"
