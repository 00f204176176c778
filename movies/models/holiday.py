"""Changes of the calendar of public holidays and joint leave days (cuti bersama)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.audit import track_history
from core.forms.constraints import ConstraintMessages


class HolidayKind(models.TextChoices):
    PUBLIC = "public", _("Public holiday")
    JOINT_LEAVE = "joint_leave", _("Joint leave (cuti bersama)")
    ORDINARY = "ordinary", _("Ordinary day")


@track_history("HolidayHistory")
class Holiday(ConstraintMessages, models.Model):
    """A day whose kind differs from the calendar that is delivered with Layar.

    Every day but an ordinary one costs what a weekend costs (``movies.scheduling.holidays``).
    """

    day = models.DateField(_("day"), unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=HolidayKind)
    name = models.CharField(
        _("name"), max_length=80, blank=True, help_text=_("Empty for an ordinary day.")
    )

    constraint_messages: ClassVar = {
        "holiday_has_a_name": ("name", _("Name the holiday.")),
    }

    class Meta:
        ordering = ["day"]
        verbose_name = _("changed holiday")
        verbose_name_plural = _("holidays")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=HolidayKind.ORDINARY.value) | ~Q(name=""),
                name="holiday_has_a_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name or self.get_kind_display()}"
