"""Scheduled reports, their deliveries by email and each delivery attempt."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.forms.constraints import ConstraintMessages
from movies.models import Cinema
from movies.models.business_day import business_date
from movies.models.cinema import validate_time_zone
from reports.models.export import ExportJob, Format

DAYS_LOOKED_AHEAD = 34  # a month, plus a day on either side for changes to summer time


class Period(models.TextChoices):
    DAILY = "daily", _("Every day, about the day before")
    WEEKLY = "weekly", _("Every week, about the seven days before")
    MONTHLY = "month", _("Every month, about the month before")


class Weekday(models.IntegerChoices):
    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


class ReportScheduleQuerySet(models.QuerySet["ReportSchedule"]):
    def of(self, user: Any) -> ReportScheduleQuerySet:
        return self.filter(user=user)

    def due(self, at: datetime) -> ReportScheduleQuerySet:
        return self.filter(stopped_at__isnull=True, next_due_at__lte=at)


class ReportSchedule(ConstraintMessages, models.Model):
    """``hour`` and ``weekday`` are local to ``time_zone``. No cinemas: all that the user may
    see."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("for"),
    )
    report = models.CharField(_("report"), max_length=40)
    cinemas = models.ManyToManyField(
        Cinema, blank=True, related_name="+", verbose_name=_("cinemas")
    )
    file_format = models.CharField(_("format"), max_length=4, choices=Format)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    period = models.CharField(_("how often"), max_length=6, choices=Period)
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday, null=True, blank=True)
    hour = models.PositiveSmallIntegerField(_("hour"))
    time_zone = models.CharField(_("time zone"), max_length=40, validators=[validate_time_zone])
    created_at = models.DateTimeField(_("created"))
    next_due_at = models.DateTimeField(_("next time"))
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    stopped_because = models.CharField(_("why stopped"), max_length=20, blank=True)

    objects = ReportScheduleQuerySet.as_manager()

    constraint_messages: ClassVar = {
        "report_schedule_weekly_has_weekday": (
            "weekday",
            _("Choose a weekday for a weekly report, and none for any other."),
        ),
        "report_schedule_hour_of_day": ("hour", _("An hour is a number from 0 to 23.")),
    }

    class Meta:
        ordering = ["created_at"]
        verbose_name = _("scheduled report")
        verbose_name_plural = _("scheduled reports")
        indexes = [
            models.Index(
                fields=["next_due_at"],
                condition=Q(stopped_at__isnull=True),
                name="report_schedule_due",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(period__in=["daily", "month"], weekday__isnull=True)
                | Q(period="weekly", weekday__gte=1, weekday__lte=7),
                name="report_schedule_weekly_has_weekday",
            ),
            models.CheckConstraint(condition=Q(hour__lte=23), name="report_schedule_hour_of_day"),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, stopped_because="")
                | (Q(stopped_at__isnull=False) & ~Q(stopped_because="")),
                name="report_schedule_stopped_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.period}"

    def due_after(self, moment: datetime) -> datetime:
        """The first due time after ``moment``."""
        zone = ZoneInfo(self.time_zone)
        today = moment.astimezone(zone).date()
        for number in range(DAYS_LOOKED_AHEAD):
            day = today + timedelta(days=number)
            due = datetime(day.year, day.month, day.day, self.hour, tzinfo=zone)
            if self._is_due_on(day) and due > moment:
                return due
        raise RuntimeError(f"schedule {self.pk} is never due")

    def _is_due_on(self, day: date) -> bool:
        if self.period == Period.MONTHLY:
            # In the small hours of the first the last business day of the month still runs.
            is_night = self.hour < settings.BUSINESS_DAY_STARTS_HOUR
            return day.day == (2 if is_night else 1)
        return self.weekday is None or day.isoweekday() == self.weekday

    def days_of(self, due_at: datetime) -> tuple[date, date]:
        """First and last business day (inclusive) reported at ``due_at``; both have ended."""
        running = business_date(due_at, ZoneInfo(self.time_zone))
        if self.period == Period.MONTHLY:
            last = running.replace(day=1) - timedelta(days=1)
            return last.replace(day=1), last
        length = 7 if self.period == Period.WEEKLY else 1
        return running - timedelta(days=length), running - timedelta(days=1)


class DeliveryStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    DEAD = "dead", _("Given up")
    STOPPED = "stopped", _("Not sent: the right was gone")


class ReportDelivery(models.Model):
    """One period of a schedule, sent once with a limited number of attempts."""

    schedule = models.ForeignKey(
        ReportSchedule,
        on_delete=models.CASCADE,
        related_name="deliveries",
        verbose_name=_("schedule"),
    )
    first = models.DateField(_("from"))
    last = models.DateField(_("until"))
    status = models.CharField(
        _("status"), max_length=8, choices=DeliveryStatus, default=DeliveryStatus.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    job = models.ForeignKey(
        ExportJob,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("export"),
    )

    class Meta:
        ordering = ["-last"]
        verbose_name = _("report sent by email")
        verbose_name_plural = _("reports sent by email")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status="waiting"),
                name="report_delivery_waiting",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "first", "last"], name="report_delivery_once_per_period"
            ),
            models.CheckConstraint(
                condition=Q(first__lte=F("last")), name="report_delivery_days_ordered"
            ),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False, next_attempt_at__isnull=True)
                | Q(status="waiting", sent_at__isnull=True, next_attempt_at__isnull=False)
                | Q(
                    status__in=["dead", "stopped"],
                    sent_at__isnull=True,
                    next_attempt_at__isnull=True,
                ),
                name="report_delivery_status_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.last}"


class ReportDeliveryAttempt(models.Model):
    """One delivery attempt and its outcome."""

    delivery = models.ForeignKey(
        ReportDelivery,
        on_delete=models.CASCADE,
        related_name="tries",
        verbose_name=_("report sent by email"),
    )
    at = models.DateTimeField(_("at"))
    succeeded = models.BooleanField(_("succeeded"))
    detail = models.CharField(_("detail"), max_length=300, blank=True)

    class Meta:
        ordering = ["at"]
        verbose_name = _("attempt to send a report")
        verbose_name_plural = _("attempts to send a report")

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.at:%Y-%m-%d %H:%M}"
