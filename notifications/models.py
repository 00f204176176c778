"""The outbox: messages and their delivery attempts."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, BookingEvent, WaitlistEvent


class Channel(models.TextChoices):
    EMAIL = "email", _("Email")
    SMS = "sms", _("SMS")


class MessageKind(models.TextChoices):
    BOOKING_CONFIRMED = "booking_confirmed", _("Booking confirmed")
    PAYMENT_FAILED = "payment_failed", _("Payment failed")
    PAID_TOO_LATE = "paid_too_late", _("Paid too late, refund on its way")
    REFUND_DONE = "refund_done", _("Refund done")
    TICKETS_RESENT = "tickets_resent", _("Tickets sent again")
    BOOKING_CANCELLED = "booking_cancelled", _("Booking cancelled")
    TICKETS_CANCELLED = "tickets_cancelled", _("Tickets of a booking cancelled")
    SHOWTIME_CHANGED = "showtime_changed", _("Showtime moved")
    SHOWTIME_CANCELLED = "showtime_cancelled", _("Showtime cancelled")
    REMINDER = "reminder", _("Reminder before the show")
    ADDRESS_CHANGED = "address_changed", _("Address corrected")
    WAITLIST_CONFIRM = "waitlist_confirm", _("Waitlist: confirm the address")
    WAITLIST_OFFER = "waitlist_offer", _("Waitlist: seats offered")


class MessageStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    DEAD = "dead", _("Given up")


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, at: datetime) -> MessageQuerySet:
        """Untried messages are always due: the clock of their creator may be ahead of ours."""
        is_due = Q(attempts=0) | Q(next_attempt_at__lte=at)
        return self.filter(is_due, status=MessageStatus.WAITING)


class Message(models.Model):
    """Written in the transaction of its event; delivered by a worker at least once.

    About an event of a booking, or one of a waitlist.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    booking = models.ForeignKey(
        Booking,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("booking"),
    )
    event = models.ForeignKey(
        BookingEvent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("event"),
    )
    waitlist_event = models.ForeignKey(
        WaitlistEvent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # the unique constraint's index begins with it
        related_name="messages",
        verbose_name=_("waitlist event"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=MessageKind)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel)
    recipient = models.CharField(_("recipient"), max_length=254)
    language = models.CharField(_("language"), max_length=5)
    status = models.CharField(
        _("status"), max_length=8, choices=MessageStatus, default=MessageStatus.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"))
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    provider_reference = models.CharField(_("provider's reference"), max_length=120, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(status="waiting"), name="message_waiting"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "recipient", "channel", "kind"], name="message_once"
            ),
            models.UniqueConstraint(
                fields=["waitlist_event", "channel", "kind"],
                condition=Q(waitlist_event__isnull=False),
                name="message_of_waitlist_once",
            ),
            models.CheckConstraint(
                condition=Q(booking__isnull=False, event__isnull=False, waitlist_event__isnull=True)
                | Q(booking__isnull=True, event__isnull=True, waitlist_event__isnull=False),
                name="message_of_booking_or_waitlist",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", sent_at__isnull=True, next_attempt_at__isnull=False)
                | Q(status="sent", sent_at__isnull=False)
                | Q(status="dead", sent_at__isnull=True),
                name="message_status_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel}"


class DeliveryAttempt(models.Model):
    """One attempt to deliver a message, successful or not."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="delivery_attempts")
    at = models.DateTimeField(_("at"))
    succeeded = models.BooleanField(_("succeeded"))
    detail = models.CharField(_("detail"), max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")

    def __str__(self) -> str:
        return f"{self.message_id} {self.at:%Y-%m-%d %H:%M:%S}"
