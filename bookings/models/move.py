"""Showtimes that were moved after tickets could be bought."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from movies.models import Showtime, Studio

NOTE_LENGTH_MAX = 200


class ShowtimeMove(models.Model):
    """One move: old and new place and time, actor and reason. Never changed, never deleted.

    ``moved_at`` is the database's clock once every seat was locked: bookings made before it were
    made for the old time and place.
    """

    showtime = models.ForeignKey(
        Showtime, on_delete=models.PROTECT, related_name="moves", verbose_name=_("showtime")
    )
    moved_at = models.DateTimeField(_("moved"))
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    note = models.CharField(_("note"), max_length=NOTE_LENGTH_MAX, blank=True)
    from_starts_at = models.DateTimeField(_("started at"))
    to_starts_at = models.DateTimeField(_("starts at"))
    from_studio = models.ForeignKey(
        Studio, on_delete=models.PROTECT, related_name="+", verbose_name=_("from studio")
    )
    to_studio = models.ForeignKey(
        Studio, on_delete=models.PROTECT, related_name="+", verbose_name=_("to studio")
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("moved showtime")
        verbose_name_plural = _("moved showtimes")

    def __str__(self) -> str:
        return f"{self.showtime} {self.moved_at:%Y-%m-%d %H:%M}"
