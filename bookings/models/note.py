"""Notes of staff about a booking."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

NOTE_LENGTH_MAX = 500


class BookingNote(models.Model):
    """Never changed; its text is removed when the buyer is erased."""

    booking = models.ForeignKey(
        "bookings.Booking",
        on_delete=models.PROTECT,
        related_name="notes",
        verbose_name=_("booking"),
    )
    text = models.CharField(_("note"), max_length=NOTE_LENGTH_MAX)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("written by"),
    )
    written_at = models.DateTimeField(_("written"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="booking_note_has_text"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.written_at:%Y-%m-%d %H:%M}"
