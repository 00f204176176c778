"""Layouts of studios: their seats and categories."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.audit import track_history
from movies.models import Studio


class SeatCategory(models.TextChoices):
    REGULAR = "regular", _("Regular")
    PREMIERE = "premiere", _("Premiere")
    COUPLE = "couple", _("Couple")
    WHEELCHAIR = "wheelchair", _("Wheelchair space")
    COMPANION = "companion", _("Companion")


@track_history("CategorySurchargeHistory")
class CategorySurcharge(models.Model):
    """Surcharge of a category on the showtime's base price, chain-wide."""

    category = models.CharField(
        _("category"), max_length=12, choices=SeatCategory, primary_key=True
    )
    surcharge_rupiah = models.PositiveIntegerField(_("surcharge (Rp)"), default=0)

    class Meta:
        verbose_name = _("seat category surcharge")
        verbose_name_plural = _("seat category surcharges")

    def __str__(self) -> str:
        return f"{self.get_category_display()} +{self.surcharge_rupiah}"


class Layout(models.Model):
    """One version of a studio's layout. Immutable once a showtime uses it."""

    studio = models.ForeignKey(
        Studio, on_delete=models.PROTECT, related_name="layouts", verbose_name=_("studio")
    )
    version = models.PositiveIntegerField(_("version"))
    grid = models.TextField(_("grid"))
    note = models.CharField(_("note"), max_length=200, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )

    class Meta:
        ordering = ["studio", "-version"]
        verbose_name = _("layout")
        verbose_name_plural = _("layouts")
        constraints = [
            models.UniqueConstraint(fields=["studio", "version"], name="layout_version_once"),
            models.CheckConstraint(condition=Q(version__gt=0), name="layout_version_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.studio} v{self.version}"


class Seat(models.Model):
    layout = models.ForeignKey(
        Layout, on_delete=models.PROTECT, related_name="seats", verbose_name=_("layout")
    )
    row = models.CharField(_("row"), max_length=3)
    number = models.PositiveSmallIntegerField(_("number"))
    column = models.PositiveSmallIntegerField(_("column"), help_text=_("Cell from the left."))
    line = models.PositiveSmallIntegerField(_("line"), help_text=_("Cell from the screen."))
    category = models.CharField(
        _("category"), max_length=12, choices=SeatCategory, default=SeatCategory.REGULAR
    )
    # The other half of a couple seat, or the wheelchair space that a companion seat serves.
    partner = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_blocked = models.BooleanField(
        _("blocked"),
        default=False,
        db_default=False,
        help_text=_("It stands in the studio, but new showtimes do not sell it."),
    )

    class Meta:
        ordering = ["layout", "line", "column"]
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [
            models.UniqueConstraint(fields=["layout", "row", "number"], name="seat_label_once"),
            models.UniqueConstraint(fields=["layout", "line", "column"], name="seat_place_once"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return f"{self.row}{self.number}"
