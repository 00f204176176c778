"""Cancellations of selected bookings by staff, with a reason and, where needed, a second person."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from core.forms.constraints import ConstraintMessages
from movies.models import Cinema


class RefundBatch(ConstraintMessages, models.Model):
    """Written only by ``bookings.refunds.batches``; its items are processed by workers."""

    cinema = models.ForeignKey(
        Cinema, on_delete=models.PROTECT, related_name="+", verbose_name=_("cinema")
    )
    reason = models.CharField(_("reason"), max_length=200)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested"))
    needs_second_person = models.BooleanField(_("needs a second person"), default=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    is_rejected = models.BooleanField(_("rejected"), default=False)
    finished_at = models.DateTimeField(_("finished"), null=True)

    constraint_messages: ClassVar = {
        "refund_batch_second_person": (
            "decided_by",
            _("Somebody else than who asked for it has to decide."),
        ),
        "refund_batch_decided_by_somebody": ("decided_at", _("Name who decided.")),
        "refund_batch_rejected_by_somebody": ("is_rejected", _("Name who decided.")),
    }

    class Meta:
        ordering = ["-requested_at"]
        verbose_name = _("refund request")
        verbose_name_plural = _("refund requests")
        indexes = [
            models.Index(
                fields=["requested_at"],
                condition=Q(finished_at__isnull=True),
                name="refund_batch_open",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="refund_batch_second_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True, decided_at__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="refund_batch_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(is_rejected=False) | Q(decided_by__isnull=False),
                name="refund_batch_rejected_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} · {self.cinema}"

    @property
    def is_waiting(self) -> bool:
        return self.needs_second_person and self.decided_at is None


class ItemStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Cancelled and refunded")
    LEFT_OUT = "left_out", _("Left out")


class RefundBatchItem(models.Model):
    """One booking of a batch.

    With ``amount_rupiah`` that amount is given back and no ticket is cancelled. Otherwise the
    tickets of ``seats`` are cancelled, or all unused ones; ``keeps_fee``: without their service
    fee; ``includes_used``: also tickets that were admitted.
    """

    batch = models.ForeignKey(RefundBatch, on_delete=models.CASCADE, related_name="items")
    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="+", verbose_name=_("booking")
    )
    seats = ArrayField(models.BigIntegerField(), default=list, blank=True)
    amount_rupiah = models.PositiveBigIntegerField(_("amount (Rp)"), null=True)
    keeps_fee = models.BooleanField(_("without the service fee"), default=False, db_default=False)
    includes_used = models.BooleanField(_("also admitted tickets"), default=False, db_default=False)
    refund_rupiah = models.PositiveBigIntegerField(_("refund (Rp)"))
    status = models.CharField(
        _("status"), max_length=8, choices=ItemStatus, default=ItemStatus.WAITING
    )
    detail = models.CharField(_("detail"), max_length=60, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("booking of a refund request")
        verbose_name_plural = _("bookings of a refund request")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_rupiah__isnull=True)
                | Q(amount_rupiah__gt=0, seats=[], keeps_fee=False, includes_used=False),
                name="refund_batch_item_amount_or_tickets",
            ),
        ]

    def __str__(self) -> str:
        return str(self.booking)
