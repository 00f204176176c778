"""Manual payouts of refunds."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models.payment import Refund


class ManualPayout(models.Model):
    """A refund that the provider cannot make and staff pay by hand.

    Open until ``resolved_at``; records who paid it and how (such as a transfer number).
    """

    refund = models.OneToOneField(
        Refund, on_delete=models.PROTECT, related_name="manual_payout", verbose_name=_("refund")
    )
    cause = models.CharField(_("why by hand"), max_length=60)
    opened_at = models.DateTimeField(_("opened"))
    resolved_at = models.DateTimeField(_("paid out"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("paid out by"),
    )
    note = models.CharField(
        _("note"),
        max_length=200,
        blank=True,
        help_text=_("How it was paid, such as the number of the bank transfer."),
    )

    class Meta:
        ordering = ["-opened_at"]
        verbose_name = _("manual payout")
        verbose_name_plural = _("manual payouts")
        indexes = [
            models.Index(
                fields=["opened_at"], condition=Q(resolved_at__isnull=True), name="payout_open"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolved_by__isnull=True, note="")
                | (Q(resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(note="")),
                name="manual_payout_resolved_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(self.refund)
