"""Bookings and their ledger."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Upper
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from bookings.models.contact_words import ContactWords
from core.audit import track_history
from core.db.mailbox import Mailbox
from movies.models import Showtime, TaxRule
from seating.models import Hold

# No vowels and nothing that is misread on a small screen or over the phone.
CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ23456789"
CODE_LENGTH = 8


def full_refund_terms() -> list[dict[str, Any]]:
    """The default terms: a full refund until the show begins."""
    return [{"hours_before": 0, "refund_percent": 100, "is_fee_refunded": True}]


class _JsonType(Func):
    function = "JSONB_TYPEOF"
    output_field = models.TextField()


def new_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _index in range(CODE_LENGTH))


def normalise_code(text: str) -> str:
    """A booking code as it is stored; case, spaces and dashes as typed do not count."""
    return "".join(letter for letter in text if letter.isalnum()).upper()


class BookingStatus(models.TextChoices):
    PENDING = "pending", _("Waiting for payment")
    CONFIRMED = "confirmed", _("Confirmed")
    PARTLY_CANCELLED = "partly_cancelled", _("Partly cancelled")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")
    FAILED = "failed", _("Payment failed")


class BookingQuerySet(models.QuerySet["Booking"]):
    def of_user(self, user: Any) -> BookingQuerySet:
        return self.filter(user=user)

    def overdue(self, at: datetime) -> BookingQuerySet:
        return self.filter(status=BookingStatus.PENDING, expires_at__lte=at)

    def with_details(self) -> BookingQuerySet:
        """Prefetch everything that a confirmation shows, in two queries."""
        from bookings.models.ticket import Ticket  # circular reference

        seats = Ticket.objects.select_related("showtime_seat__seat", "ticket_type")
        return self.select_related(
            "showtime__movie", "showtime__studio__cinema", "voucher"
        ).prefetch_related(models.Prefetch("tickets", seats))

    def with_payments(self) -> BookingQuerySet:
        """Prefetch payments and refunds, in two queries."""
        return self.prefetch_related("payments__refunds")


@track_history(
    "BookingHistory",
    exclude=["visitor", "hold", "link_version", "tax_rule"],
    of_additions=False,
)
class Booking(models.Model):
    """Never deleted; constraints tie its status to its timestamps."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code)
    showtime = models.ForeignKey(
        Showtime, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("showtime")
    )
    hold = models.ForeignKey(
        Hold, on_delete=models.PROTECT, related_name="+", verbose_name=_("hold"), null=True
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bookings",
        verbose_name=_("customer"),
    )
    visitor = models.CharField(_("visitor"), max_length=80, blank=True)
    contact_name = models.CharField(_("name"), max_length=120)
    contact_email = models.EmailField(_("email"))
    contact_phone = PhoneNumberField(_("mobile phone"), blank=True)
    language = models.CharField(_("language"), max_length=5, default="id")
    status = models.CharField(
        _("status"), max_length=16, choices=BookingStatus, default=BookingStatus.PENDING
    )
    currency = models.CharField(_("currency"), max_length=3, default="IDR")
    seats_rupiah = models.PositiveIntegerField(_("tickets (Rp)"))
    fee_rupiah = models.PositiveIntegerField(_("service fee (Rp)"))
    discount_rupiah = models.PositiveIntegerField(_("discount (Rp)"), default=0)
    total_rupiah = models.PositiveIntegerField(_("total (Rp)"))
    tax_rupiah = models.PositiveIntegerField(_("tax contained (Rp)"))
    # Null: no tax rule existed, so the legal maximum applied.
    tax_rule = models.ForeignKey(
        TaxRule,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("tax rule"),
    )
    voucher = models.ForeignKey(
        "bookings.Voucher",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bookings",
        verbose_name=_("voucher"),
    )
    # Incremented when the address is corrected, so that links sent to the former address stop
    # working.
    link_version = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # Copied when the booking is made: see bookings.orders.cancellation_terms.
    cancellation_terms = models.JSONField(_("cancellation rules"), default=full_refund_terms)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("pay until"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    expired_at = models.DateTimeField(_("expired"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed"), null=True, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(status="pending"), name="booking_pending_expiry"
            ),
            models.Index(fields=["-created_at"], name="booking_newest"),
            # An app lists what it booked without an account.
            models.Index(
                fields=["visitor", "-created_at"],
                condition=Q(user__isnull=True),
                name="booking_of_visitor",
            ),
            GinIndex(ContactWords(), name="booking_contact_words"),  # the office's search
            # Erasure, export and "add to my account" look up a guest's bookings by address.
            models.Index(
                Upper("contact_email"), condition=Q(user__isnull=True), name="booking_guest_email"
            ),
            *(
                models.Index("voucher", of_customer, condition=Q(voucher__isnull=False), name=name)
                for of_customer, name in (
                    ("user", "booking_voucher_user"),
                    (Mailbox("contact_email"), "booking_voucher_mailbox"),
                    ("contact_phone", "booking_voucher_phone"),
                )
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["hold"], condition=Q(status="pending"), name="booking_one_pending_per_hold"
            ),
            models.CheckConstraint(
                condition=Q(
                    total_rupiah=F("seats_rupiah") + F("fee_rupiah") - F("discount_rupiah")
                ),
                name="booking_total_is_sum_of_parts",
            ),
            models.CheckConstraint(
                condition=Exact(_JsonType("cancellation_terms"), "array"),
                name="booking_cancellation_terms_listed",
            ),
            models.CheckConstraint(
                condition=Q(tax_rupiah__lte=F("total_rupiah")), name="booking_tax_within_total"
            ),
            models.CheckConstraint(
                condition=Q(status="pending", confirmed_at__isnull=True)
                | Q(status="confirmed", confirmed_at__isnull=False)
                | Q(
                    status="partly_cancelled",
                    confirmed_at__isnull=False,
                    cancelled_at__isnull=False,
                )
                | Q(status="cancelled", cancelled_at__isnull=False)
                | Q(status="expired", expired_at__isnull=False, confirmed_at__isnull=True)
                | Q(status="failed", failed_at__isnull=False, confirmed_at__isnull=True),
                name="booking_status_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_paid(self) -> bool:
        return self.status in (BookingStatus.CONFIRMED, BookingStatus.PARTLY_CANCELLED)

    @property
    def is_pending(self) -> bool:
        return self.status == BookingStatus.PENDING


class EventKind(models.TextChoices):
    CREATED = "created", _("Booking made")
    PAYMENT_STARTED = "payment_started", _("Payment started")
    PAYMENT_SUCCEEDED = "payment_succeeded", _("Payment received")
    PAYMENT_FAILED = "payment_failed", _("Payment failed")
    CONFIRMED = "confirmed", _("Confirmed")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")
    PARTLY_CANCELLED = "partly_cancelled", _("Partly cancelled")
    TICKET_VOIDED = "ticket_voided", _("Ticket voided")
    REFUND_DUE = "refund_due", _("Refund due")
    REFUND_SENT = "refund_sent", _("Refund sent")
    REFUNDED = "refunded", _("Refunded")
    REFUND_FAILED = "refund_failed", _("Refund failed")
    PAYOUT_DUE = "payout_due", _("To be paid out by hand")
    TICKETS_RESENT = "tickets_resent", _("Tickets sent again")
    CONTACT_CHANGED = "contact_changed", _("Contact corrected")
    JOINED_ACCOUNT = "joined_account", _("Added to an account")
    CHECKED_IN = "checked_in", _("Checked in")
    SHOWTIME_MOVED = "showtime_moved", _("Showtime moved")
    TICKETS_MOVED = "tickets_moved", _("Tickets moved to other seats")
    TAX_CORRECTED = "tax_corrected", _("Tax corrected")


class BookingEvent(models.Model):
    """Append-only ledger of a booking: event, time, actor and amount of money.

    ``amount_rupiah`` is positive for money received and negative for refunds, so a booking's
    balance is the sum of its events. A trigger refuses UPDATE and DELETE. ``facts`` never holds
    personal data.
    """

    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="events", verbose_name=_("booking")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind)
    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("by"), max_length=80, blank=True)
    amount_rupiah = models.IntegerField(_("amount (Rp)"), default=0)
    facts = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    # Id of the request (X-Request-ID) or task, as in the log.
    origin = models.CharField(
        _("request or task"), max_length=64, blank=True, default="", db_default=""
    )

    class Meta:
        ordering = ["id"]
        verbose_name = _("booking event")
        verbose_name_plural = _("booking events")
        indexes = [models.Index(fields=["at"], name="booking_event_at")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="payment_succeeded", amount_rupiah__gte=0)
                | Q(kind="refunded", amount_rupiah__lt=0)
                | (~Q(kind__in=["payment_succeeded", "refunded"]) & Q(amount_rupiah=0)),
                name="booking_event_amount_fits_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.kind}"
