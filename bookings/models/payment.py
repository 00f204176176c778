"""Payments, refunds and webhook events."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.audit import track_history
from core.templatetags.money import rupiah


class PaymentStatus(models.TextChoices):
    CREATED = "created", _("Created")
    PENDING = "pending", _("Pending")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")


class PaymentQuerySet(models.QuerySet["Payment"]):
    def unsettled(self) -> PaymentQuerySet:
        return self.filter(status__in=[PaymentStatus.CREATED, PaymentStatus.PENDING])

    def due_for_poll(self, at: datetime) -> PaymentQuerySet:
        return self.filter(poll_at__lte=at)


@track_history("PaymentHistory", exclude=["redirect_url", "in_app", "poll_at"], of_additions=False)
class Payment(models.Model):
    """One attempt to pay a booking. Its id is the idempotency key given to the provider.

    A success is either ``applied`` (it confirms the booking) or fully refunded by a ``Refund``; a
    constraint and an invariant enforce it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    booking = models.ForeignKey(
        "bookings.Booking",
        on_delete=models.PROTECT,
        related_name="payments",
        verbose_name=_("booking"),
    )
    provider = models.CharField(_("provider"), max_length=20)
    reference = models.CharField(_("provider's reference"), max_length=255, null=True, blank=True)  # noqa: DJ001 (unknown until the provider answers; NULLs are distinct in the constraint)
    status = models.CharField(
        _("status"), max_length=10, choices=PaymentStatus, default=PaymentStatus.CREATED
    )
    amount_rupiah = models.PositiveIntegerField(_("amount (Rp)"))
    currency = models.CharField(_("currency"), max_length=3, default="IDR")
    captured_rupiah = models.PositiveIntegerField(_("captured (Rp)"), default=0)
    refund_due_rupiah = models.PositiveIntegerField(_("to be refunded (Rp)"), default=0)
    refunded_rupiah = models.PositiveIntegerField(_("refunded (Rp)"), default=0)
    redirect_url = models.URLField(_("payment page"), max_length=2000, blank=True)
    # What the provider offers apps besides the page (``CreatedPayment.in_app``).
    in_app = models.JSONField(default=dict, db_default={}, blank=True, editable=False)
    failure_code = models.CharField(_("failure"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    # When the poller may ask the provider next; NULL: never again.
    poll_at = models.DateTimeField(_("next poll"), null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        indexes = [
            models.Index(
                fields=["poll_at"], condition=Q(poll_at__isnull=False), name="payment_due_poll"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "reference"], name="payment_reference_once"
            ),
            models.UniqueConstraint(
                fields=["booking"],
                condition=Q(applied_at__isnull=False),
                name="payment_one_applied_per_booking",
            ),
            models.CheckConstraint(
                condition=Q(refunded_rupiah__lte=F("refund_due_rupiah"))
                & Q(refund_due_rupiah__lte=F("captured_rupiah")),
                name="payment_refunds_within_capture",
            ),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True)
                | Q(status="succeeded", captured_rupiah=F("amount_rupiah")),
                name="payment_applied_was_captured",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["created", "pending"], settled_at__isnull=True)
                | (~Q(status__in=["created", "pending"]) & Q(settled_at__isnull=False)),
                name="payment_settled_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking} · {self.provider}"

    @property
    def refundable_rupiah(self) -> int:
        """What was received and is not to be refunded yet."""
        return self.captured_rupiah - self.refund_due_rupiah

    @property
    def is_unsettled(self) -> bool:
        return self.status in (PaymentStatus.CREATED, PaymentStatus.PENDING)

    def is_payable(self, at: datetime) -> bool:
        return self.is_unsettled and self.expires_at > at


class RefundReason(models.TextChoices):
    LATE = "late", _("Paid too late, the seats were gone")
    DUPLICATE = "duplicate", _("Paid twice")
    MISMATCH = "mismatch", _("Another amount than ordered")
    CANCELLATION = "cancellation", _("Booking cancelled")
    SHOWTIME = "showtime", _("Showtime cancelled")
    GOODWILL = "goodwill", _("Amount given back by staff")


class RefundStatus(models.TextChoices):
    DUE = "due", _("Due")
    SENT = "sent", _("Sent to the provider")
    REFUNDED = "refunded", _("Refunded")
    FAILED = "failed", _("Failed, will be tried again")
    MANUAL = "manual", _("To be paid out by hand")


@track_history("RefundHistory", exclude=["next_attempt_at"], of_additions=False)
class Refund(models.Model):
    """Money returned to the customer. Its id is the idempotency key given to the provider."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment")
    )
    amount_rupiah = models.PositiveIntegerField(_("amount (Rp)"))
    reason = models.CharField(_("reason"), max_length=12, choices=RefundReason)
    status = models.CharField(
        _("status"), max_length=8, choices=RefundStatus, default=RefundStatus.DUE
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    failure_code = models.CharField(_("failure"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created"))
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    refunded_at = models.DateTimeField(_("refunded"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=~Q(status="refunded"),
                name="refund_open_next",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_rupiah__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=Q(status="refunded", refunded_at__isnull=False)
                | (~Q(status="refunded") & Q(refunded_at__isnull=True)),
                name="refund_done_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="manual") | Q(next_attempt_at__isnull=True),
                name="refund_by_hand_is_not_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment} · {rupiah(self.amount_rupiah)}"


class ProviderEvent(models.Model):
    """A received webhook: stored once per (provider, event id), however often it is sent."""

    provider = models.CharField(_("provider"), max_length=20)
    event_id = models.CharField(_("event"), max_length=120)
    payment = models.ForeignKey(
        Payment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="provider_events",
        verbose_name=_("payment"),
    )
    received_at = models.DateTimeField(_("received"))
    outcome = models.CharField(_("outcome"), max_length=40)

    class Meta:
        ordering = ["-received_at"]
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"
