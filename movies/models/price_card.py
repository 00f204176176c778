"""Price cards: base prices per studio class, format, kind of day and time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.audit import track_history
from core.forms.constraints import ConstraintMessages
from movies.models.cinema import Cinema, StudioClass
from movies.models.showtime import ScreenFormat


class DayKind(models.TextChoices):
    WEEKDAY = "weekday", _("Monday to Thursday")
    FRIDAY = "friday", _("Friday")
    WEEKEND = "weekend", _("Weekend and public holiday")


@track_history("PriceCardHistory")
class PriceCard(ConstraintMessages, models.Model):
    """One price; a cinema's card takes precedence over the chain's card (``cinema`` empty)."""

    cinema = models.ForeignKey(
        Cinema,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="price_cards",
        verbose_name=_("cinema"),
        help_text=_("Empty: the whole chain."),
    )
    studio_class = models.CharField(_("studio class"), max_length=12, choices=StudioClass)
    screen_format = models.CharField(_("format"), max_length=4, choices=ScreenFormat)
    day_kind = models.CharField(_("day"), max_length=8, choices=DayKind)
    from_minute = models.PositiveSmallIntegerField(
        _("from (minute of the day)"), default=0, help_text=_("Local time; 1080 is 18:00.")
    )
    price_rupiah = models.PositiveIntegerField(_("price (Rp)"))

    constraint_messages: ClassVar = {
        "price_card_once": (
            "from_minute",
            _("There is a price card for this class, format, day and time already."),
        ),
        "price_card_positive": ("price_rupiah", _("A price is a positive number of rupiah.")),
        "price_card_minute_of_day": ("from_minute", _("A day has the minutes 0 to 1439.")),
    }

    class Meta:
        ordering = ["cinema", "studio_class", "screen_format", "day_kind", "from_minute"]
        verbose_name = _("price card")
        verbose_name_plural = _("price cards")
        constraints = [
            models.UniqueConstraint(
                F("cinema"),
                F("studio_class"),
                F("screen_format"),
                F("day_kind"),
                F("from_minute"),
                name="price_card_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(price_rupiah__gt=0), name="price_card_positive"),
            models.CheckConstraint(
                condition=Q(from_minute__lt=24 * 60), name="price_card_minute_of_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.studio_class} {self.screen_format} {self.day_kind} {self.price_rupiah}"
