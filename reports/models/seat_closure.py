"""Seats that staff took out of sale with a reason, for one showtime or until a day."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.forms.constraints import ConstraintMessages
from movies.models import Showtime, Studio


class SeatClosure(ConstraintMessages, models.Model):
    """Seats of a studio by their labels, which later layouts keep.

    Of ``showtime`` alone, or of all showtimes whose business date is within the days. What is sold
    or held stays; it is taken out of sale once it becomes free.
    """

    studio = models.ForeignKey(
        Studio, on_delete=models.PROTECT, related_name="+", verbose_name=_("studio")
    )
    showtime = models.ForeignKey(
        Showtime,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("showtime"),
    )
    labels = ArrayField(models.CharField(max_length=8), verbose_name=_("seats"))
    reason = models.CharField(_("reason"), max_length=200)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("until"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    made_at = models.DateTimeField(_("at"))
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("ended by"),
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    # Rows of showtimes' seats that it blocked: ending it frees these and no others. Once they are
    # free it has none.
    blocked_ids = ArrayField(models.BigIntegerField(), default=list)
    worked_at = models.DateTimeField(null=True)  # each run begins with the oldest

    constraint_messages: ClassVar = {
        "seat_closure_ended_by_somebody": ("ended_by", _("Name who ends it.")),
        "seat_closure_days_ordered": ("last_day", _("The last day is before the first.")),
        "seat_closure_has_seats": ("labels", _("Choose at least one seat.")),
    }

    class Meta:
        ordering = ["-made_at"]
        verbose_name = _("seat closure")
        verbose_name_plural = _("seat closures")
        indexes = [
            models.Index(
                fields=["studio", "last_day"],
                condition=Q(ended_at__isnull=True),
                name="seat_closure_open",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="seat_closure_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")), name="seat_closure_days_ordered"
            ),
            models.CheckConstraint(condition=Q(labels__len__gt=0), name="seat_closure_has_seats"),
        ]

    def __str__(self) -> str:
        return f"{', '.join(self.labels)} · {self.studio}"
