"""Vouchers: a code that lowers the price of a booking."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from core.audit import track_history
from core.forms.constraints import ConstraintMessages
from movies.models import Cinema, Movie

ISO_WEEKDAYS = list(range(1, 8))  # Monday is 1
FREE_AFTER_MAX = 7  # an order has at most eight tickets
CODE_MASK, CODE_LETTERS_SHOWN = "••••", 2


class VoucherKind(models.TextChoices):
    PERCENT = "percent", _("Percent of the tickets")
    FIXED = "fixed", _("Fixed amount (Rp)")
    BUY_GET = "buy_get", _("Buy that many tickets, get one more free")


def mask_code(code: str) -> str:
    """The first characters of a code, for readers who must not be able to use it."""
    return code[: min(CODE_LETTERS_SHOWN, len(code) // 3)] + CODE_MASK


@track_history("VoucherHistory", exclude=["uses"])
class Voucher(ConstraintMessages, models.Model):
    """``uses`` counts pending and paid bookings; one that ends returns its use.

    Empty lists of cinemas, films and weekdays allow all of them. A customer is an account, a
    mailbox or a phone number (decision 0027).
    """

    code = models.CharField(_("code"), max_length=24)
    kind = models.CharField(_("kind"), max_length=8, choices=VoucherKind)
    value = models.PositiveIntegerField(
        _("value"), help_text=_("Percent, rupiah, or how many tickets are bought for a free one.")
    )
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"))
    max_uses = models.PositiveIntegerField(_("uses at most"))
    max_uses_per_customer = models.PositiveIntegerField(
        _("uses at most by one customer"), null=True, blank=True, help_text=_("Empty: no limit.")
    )
    uses = models.PositiveIntegerField(_("uses"), default=0)
    min_seats_rupiah = models.PositiveIntegerField(
        _("tickets must cost at least (Rp)"), default=0, help_text=_("Without the service fee.")
    )
    cinemas = models.ManyToManyField(
        Cinema, blank=True, related_name="+", verbose_name=_("only in these cinemas")
    )
    movies = models.ManyToManyField(
        Movie, blank=True, related_name="+", verbose_name=_("only for these films")
    )
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(7)]),
        verbose_name=_("only on these weekdays"),
        default=list,
        blank=True,
        help_text=_("Numbers, separated by commas: 1 is Monday. Of the show’s business day."),
    )

    constraint_messages: ClassVar = {
        "voucher_code_once": ("code", _("There is a voucher with this code already.")),
        "voucher_uses_within_limit": (
            "max_uses",
            _("It has been used more often than that already."),
        ),
        "voucher_validity_ordered": ("valid_until", _("A voucher ends after it begins.")),
        "voucher_value_fits_kind": (
            "value",
            _("Percent: 1 to 100. Amount: 1 or more. Tickets bought for a free one: 1 to 7."),
        ),
        "voucher_customer_limit_positive": (
            "max_uses_per_customer",
            _("At least once; empty: as often as one likes."),
        ),
        "voucher_weekdays_known": ("weekdays", _("Weekdays are numbers from 1 (Monday) to 7.")),
    }

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
                | Q(kind="fixed", value__gte=1)
                | Q(kind="buy_get", value__gte=1, value__lte=FREE_AFTER_MAX),
                name="voucher_value_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(max_uses_per_customer__isnull=True) | Q(max_uses_per_customer__gte=1),
                name="voucher_customer_limit_positive",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=ISO_WEEKDAYS), name="voucher_weekdays_known"
            ),
        ]

    def __str__(self) -> str:
        """Never the whole code: row names appear in pages, logs and the audit log."""
        return f"{self.masked_code} #{self.pk}"

    @property
    def masked_code(self) -> str:
        return mask_code(self.code)
