"""Vouchers: a code that lowers the price of a booking."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _


class VoucherKind(models.TextChoices):
    PERCENT = "percent", _("Percent of the tickets")
    FIXED = "fixed", _("Fixed amount (Rp)")


class Voucher(models.Model):
    """``uses`` counts bookings that are pending or paid; an expired one gives its use back."""

    code = models.CharField(_("code"), max_length=24)
    kind = models.CharField(_("kind"), max_length=8, choices=VoucherKind)
    value = models.PositiveIntegerField(_("value"), help_text=_("Percent, or rupiah."))
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"))
    max_uses = models.PositiveIntegerField(_("uses at most"))
    uses = models.PositiveIntegerField(_("uses"), default=0)

    class Meta:
        ordering = ["code"]
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        constraints = [
            models.UniqueConstraint(Upper("code"), name="voucher_code_once"),
            models.CheckConstraint(
                condition=Q(uses__lte=F("max_uses")), name="voucher_uses_within_limit"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="voucher_validity_ordered"
            ),
            models.CheckConstraint(
                condition=Q(kind="percent", value__gte=1, value__lte=100)
                | Q(kind="fixed", value__gte=1),
                name="voucher_value_fits_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def is_valid(self, at: datetime) -> bool:
        return self.valid_from <= at < self.valid_until and self.uses < self.max_uses
