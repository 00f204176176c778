"""Cancellation rules, and cancellations of whole showtimes."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.audit import track_history
from core.forms.constraints import ConstraintMessages
from movies.models import Cinema, Showtime

HOURS_BEFORE_MAX = 24 * 365


class CancellationTierQuerySet(models.QuerySet["CancellationTier"]):
    def in_force(self, cinema_id: int) -> CancellationTierQuerySet:
        """Tiers of the cinema and of the chain."""
        return self.filter(Q(cinema=cinema_id) | Q(cinema__isnull=True))


@track_history("CancellationTierHistory")
class CancellationTier(ConstraintMessages, models.Model):
    """The percentage of a ticket that is refunded until a number of hours before the show.

    A cinema with its own tiers does not use the chain's. After the last tier, and in one of 0
    percent, customers cannot cancel.
    """

    cinema = models.ForeignKey(
        Cinema,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cancellation_tiers",
        verbose_name=_("cinema"),
        help_text=_("Empty: every cinema without rules of its own."),
    )
    hours_before = models.PositiveSmallIntegerField(
        _("hours before the show"), help_text=_("The rule holds until then; 0: until it begins.")
    )
    refund_percent = models.PositiveSmallIntegerField(_("percent of the ticket that comes back"))
    is_fee_refunded = models.BooleanField(_("the service fee comes back, too"), default=False)

    objects = CancellationTierQuerySet.as_manager()

    constraint_messages: ClassVar = {
        "cancellation_tier_once": (
            "hours_before",
            _("There is a rule for this many hours before the start already."),
        ),
        "cancellation_tier_percent_to_100": ("refund_percent", _("Between 0 and 100 percent.")),
        "cancellation_tier_within_a_year": ("hours_before", _("At most a year before the start.")),
    }

    class Meta:
        ordering = [F("cinema").asc(nulls_first=True), "-hours_before"]
        verbose_name = _("cancellation rule")
        verbose_name_plural = _("cancellation rules")
        constraints = [
            models.UniqueConstraint(
                fields=["cinema", "hours_before"],
                nulls_distinct=False,
                name="cancellation_tier_once",
            ),
            models.CheckConstraint(
                condition=Q(refund_percent__lte=100), name="cancellation_tier_percent_to_100"
            ),
            models.CheckConstraint(
                condition=Q(hours_before__lte=HOURS_BEFORE_MAX),
                name="cancellation_tier_within_a_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours_before} h: {self.refund_percent} %"


class ShowtimeCancellation(models.Model):
    """A showtime's cancellation: requested by a manager, executed by workers in batches.

    Remaining work is derived from booking states, so an interrupted batch is simply repeated; the
    counters change in the transactions that cancel.
    """

    showtime = models.OneToOneField(
        Showtime,
        on_delete=models.PROTECT,
        related_name="cancellation",
        verbose_name=_("showtime"),
    )
    reason = models.CharField(_("reason"), max_length=200)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    requested_at = models.DateTimeField(_("asked for"))
    orders_planned = models.PositiveIntegerField(_("bookings"))
    tickets_planned = models.PositiveIntegerField(_("tickets"))
    refund_planned_rupiah = models.PositiveBigIntegerField(_("to be refunded (Rp)"))
    orders_done = models.PositiveIntegerField(_("bookings cancelled"), default=0)
    tickets_done = models.PositiveIntegerField(_("tickets cancelled"), default=0)
    refund_done_rupiah = models.PositiveBigIntegerField(_("refunds ordered (Rp)"), default=0)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering = ["-requested_at"]
        verbose_name = _("cancelled showtime")
        verbose_name_plural = _("cancelled showtimes")
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("requested_at")),
                name="showtime_cancellation_finished_after_start",
            ),
        ]

    def __str__(self) -> str:
        return str(self.showtime)
