"""Showtimes that were added together, so that they can be undone together."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.forms.constraints import ConstraintMessages
from movies.models.cinema import Cinema


class BatchKind(models.TextChoices):
    IMPORT = "import", _("Import")
    COPY = "copy", _("Copy")
    BULK = "bulk", _("Bulk addition")


class ScheduleBatch(ConstraintMessages, models.Model):
    """The showtimes of one cinema of one import, copy or bulk addition.

    Undoing cancels those that nobody has booked; workers continue what a request left.
    """

    kind = models.CharField(_("kind"), max_length=6, choices=BatchKind)
    cinema = models.ForeignKey(
        Cinema, on_delete=models.PROTECT, related_name="+", verbose_name=_("cinema")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    made_at = models.DateTimeField(_("added"))
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("undone by"),
    )
    undo_requested_at = models.DateTimeField(_("undone"), null=True)
    undo_finished_at = models.DateTimeField(_("finished"), null=True)
    # Showtimes that stay, decided by the request: workers cancel none that was previewed as kept.
    kept_ids = ArrayField(models.BigIntegerField(), null=True)

    constraint_messages: ClassVar = {
        "schedule_batch_undone_by_somebody": ("undone_by", _("Name who undoes it.")),
    }

    class Meta:
        ordering = ["-made_at"]
        verbose_name = _("batch of showtimes")
        verbose_name_plural = _("batches of showtimes")
        indexes = [
            models.Index(
                fields=["undo_requested_at"],
                condition=Q(undo_requested_at__isnull=False, undo_finished_at__isnull=True),
                name="schedule_batch_to_undo",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(undo_requested_at__isnull=True, undo_finished_at__isnull=True)
                | Q(
                    undo_requested_at__isnull=False,
                    undone_by__isnull=False,
                    undo_requested_at__gte=F("made_at"),
                ),
                name="schedule_batch_undone_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk} · {self.cinema}"
