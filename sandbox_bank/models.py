"""Charges, refunds and outgoing webhooks of the sandbox bank.

Amounts are in the smallest unit that the bank uses of a currency; for IDR that is one rupiah.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import cast

from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

REFERENCE_BYTES = 15


def database_now() -> datetime:
    """The bank's clock is the database's, so that a wrong clock of the shop has no effect."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cast("datetime", cursor.fetchone()[0])


def charge_reference() -> str:
    return f"chg_{secrets.token_urlsafe(REFERENCE_BYTES)}"


def refund_reference() -> str:
    return f"rfd_{secrets.token_urlsafe(REFERENCE_BYTES)}"


def event_reference() -> str:
    return f"evt_{secrets.token_urlsafe(REFERENCE_BYTES)}"


class ChargeStatus(models.TextChoices):
    PENDING = "pending", _("Waiting for the payer")
    SUCCEEDED = "succeeded", _("Paid")
    FAILED = "failed", _("Declined")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")


class Scenario(models.TextChoices):
    """Test case that the payer chooses on the payment page."""

    PAY = "pay", _("Pay now")
    DECLINE = "decline", _("Decline")
    CANCEL = "cancel", _("Cancel")
    DELAY = "delay", _("Pay after a delay")
    LATE = "late", _("Pay after the session has expired")
    WEBHOOK_TWICE = "webhook_twice", _("Pay, and send the webhook twice")
    WEBHOOK_SHUFFLED = "webhook_shuffled", _("Pay, and send three webhooks out of order")
    WEBHOOK_DROPPED = "webhook_dropped", _("Pay, and lose the webhook")
    WRONG_AMOUNT = "wrong_amount", _("Pay a different amount")
    WRONG_CURRENCY = "wrong_currency", _("Pay in another currency")
    FETCH_FAILS = "fetch_fails", _("Pay, and answer the next requests with an error")
    REFUND_FAILS = "refund_fails", _("Pay, and let the first refund fail")


class ChargeQuerySet(models.QuerySet["Charge"]):
    def due(self, at: datetime) -> ChargeQuerySet:
        """Charges whose delayed payment is due or whose session has ended."""
        return self.filter(
            Q(pay_at__lte=at, status__in=[ChargeStatus.PENDING, ChargeStatus.EXPIRED])
            | Q(status=ChargeStatus.PENDING, expires_at__lte=at)
        )


class Charge(models.Model):
    """One payment requested by a merchant, with its payment page."""

    reference = models.CharField(
        _("reference"), max_length=40, unique=True, default=charge_reference
    )
    idempotency_key = models.CharField(_("idempotency key"), max_length=128, unique=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    merchant = models.CharField(_("merchant"), max_length=80)
    merchant_reference = models.CharField(_("merchant's reference"), max_length=80, db_index=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    amount = models.PositiveBigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    return_url = models.URLField(_("return address"), max_length=500)
    status = models.CharField(
        _("status"), max_length=10, choices=ChargeStatus, default=ChargeStatus.PENDING
    )
    scenario = models.CharField(_("test case"), max_length=20, choices=Scenario, blank=True)
    captured_amount = models.PositiveBigIntegerField(_("captured"), default=0)
    captured_currency = models.CharField(_("captured currency"), max_length=3, blank=True)
    refunded_amount = models.PositiveBigIntegerField(_("refunded"), default=0)
    failure_code = models.CharField(_("failure"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, db_index=True)
    expires_at = models.DateTimeField(_("session ends"))
    pay_at = models.DateTimeField(_("pays at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    fetch_failures_left = models.PositiveSmallIntegerField(_("errors still to give"), default=0)
    refund_failures_left = models.PositiveSmallIntegerField(
        _("refund failures still to give"), default=0
    )

    objects = ChargeQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(status="pending"), name="bank_charge_open_expiry"
            ),
            models.Index(
                fields=["pay_at"],
                condition=Q(pay_at__isnull=False) & ~Q(status="succeeded"),
                name="bank_charge_delayed",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="bank_charge_positive"),
            models.CheckConstraint(
                condition=Q(refunded_amount__lte=F("captured_amount")),
                name="bank_refunds_within_capture",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", settled_at__isnull=True)
                | (~Q(status="pending") & Q(settled_at__isnull=False)),
                name="bank_charge_settled_has_time",
            ),
            models.CheckConstraint(
                condition=(Q(status="succeeded", captured_amount__gt=0) & ~Q(captured_currency=""))
                | (~Q(status="succeeded") & Q(captured_amount=0)),
                name="bank_charge_captured_when_paid",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def is_open(self, at: datetime) -> bool:
        """Whether the payer may still choose: the session runs and nothing was chosen yet."""
        return self.status == ChargeStatus.PENDING and self.pay_at is None and self.expires_at > at

    @property
    def refundable_amount(self) -> int:
        return self.captured_amount - self.refunded_amount


class RefundStatus(models.TextChoices):
    REFUNDED = "refunded", _("Refunded")
    FAILED = "failed", _("Failed")


class ChargeRefund(models.Model):
    """A refund. A failed one may be retried with its key, a completed one is only returned."""

    reference = models.CharField(
        _("reference"), max_length=40, unique=True, default=refund_reference
    )
    charge = models.ForeignKey(
        Charge, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("charge")
    )
    idempotency_key = models.CharField(_("idempotency key"), max_length=128, unique=True)
    amount = models.PositiveBigIntegerField(_("amount"))
    status = models.CharField(_("status"), max_length=10, choices=RefundStatus)
    failure_code = models.CharField(_("failure"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        ordering = ["id"]
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="bank_refund_positive"),
            models.CheckConstraint(
                condition=Q(status="refunded", failure_code="")
                | (Q(status="failed") & ~Q(failure_code="")),
                name="bank_refund_failure_has_code",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def due(self, at: datetime) -> WebhookQuerySet:
        return self.filter(delivered_at__isnull=True, next_attempt_at__lte=at)


class Webhook(models.Model):
    """One HTTP request that reports an event to the merchant; an event may be sent repeatedly."""

    event_id = models.CharField(_("event"), max_length=40, default=event_reference, db_index=True)
    charge = models.ForeignKey(
        Charge, on_delete=models.CASCADE, related_name="webhooks", verbose_name=_("charge")
    )
    type = models.CharField(_("type"), max_length=40)
    created_at = models.DateTimeField(_("created"))
    # NULL once delivered or given up: nothing is left to attempt.
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    last_answer = models.CharField(_("last answer"), max_length=60, blank=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(delivered_at__isnull=True),
                name="bank_webhook_undelivered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.type}"
