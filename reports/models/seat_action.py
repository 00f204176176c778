"""Log of what staff did to single seats of a showtime."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from movies.models import Showtime
from seating.models import Seat


class SeatAction(models.TextChoices):
    RELEASE = "release", _("Released by staff")
    BLOCK = "block", _("Taken out of sale by staff")
    UNBLOCK = "unblock", _("Put on sale again by staff")


class SeatDeed(models.Model):
    showtime = models.ForeignKey(Showtime, on_delete=models.CASCADE, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="+")
    deed = models.CharField(_("deed"), max_length=8, choices=SeatAction)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("deed on a seat")
        verbose_name_plural = _("deeds on seats")
        indexes = [models.Index(fields=["showtime", "seat"], name="seat_deed_of_seat")]

    def __str__(self) -> str:
        return f"{self.showtime_id}/{self.seat_id} {self.deed}"
