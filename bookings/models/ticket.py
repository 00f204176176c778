"""Ticket types and tickets."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.audit import track_history
from core.forms.constraints import ConstraintMessages
from movies.models import Classification, Movie
from movies.models.movie import in_reader_language
from seating.models import ShowtimeSeat

SERIAL_BYTES = 16  # 128 random bits cannot be guessed


def all_classifications() -> list[str]:
    return list(Classification.values)


def new_serial() -> str:
    return secrets.token_hex(SERIAL_BYTES)


@track_history("TicketTypeHistory")
class TicketType(ConstraintMessages, models.Model):
    """Adult, child, student…: a percentage of the seat's price, and the rule for its use."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name_id = models.CharField(_("name (Indonesian)"), max_length=40)
    name_en = models.CharField(_("name (English)"), max_length=40)
    rule_id = models.CharField(_("rule (Indonesian)"), max_length=160, blank=True)
    rule_en = models.CharField(_("rule (English)"), max_length=160, blank=True)
    price_percent = models.PositiveSmallIntegerField(_("percent of the price"), default=100)
    classifications = ArrayField(
        models.CharField(max_length=3, choices=Classification),
        verbose_name=_("sold for films of these classifications"),
        default=all_classifications,
        db_default=all_classifications(),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_offered = models.BooleanField(_("offered"), default=True)

    constraint_messages: ClassVar = {
        "ticket_type_percent_1_to_100": ("price_percent", _("Between 1 and 100 percent.")),
        "ticket_type_classifications_known": (
            "classifications",
            _("Choose at least one classification of the list."),
        ),
    }

    class Meta:
        ordering = ["position", "code"]
        verbose_name = _("ticket type")
        verbose_name_plural = _("ticket types")
        constraints = [
            models.CheckConstraint(
                condition=Q(price_percent__gt=0, price_percent__lte=100),
                name="ticket_type_percent_1_to_100",
            ),
            models.CheckConstraint(
                condition=Q(
                    classifications__contained_by=Classification.values, classifications__len__gt=0
                ),
                name="ticket_type_classifications_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self.name_id, self.name_en)

    def is_sold_for(self, movie: Movie) -> bool:
        return movie.classification in self.classifications

    @property
    def rule(self) -> str:
        return in_reader_language(self.rule_id, self.rule_en)


class TicketQuerySet(models.QuerySet["Ticket"]):
    def live(self) -> TicketQuerySet:
        """Issued and not voided: the tickets that own a seat."""
        return self.filter(issued_at__isnull=False, voided_at__isnull=True)


class Ticket(models.Model):
    """One seat of a booking: an order line until paid (``issued_at``), then a ticket."""

    booking = models.ForeignKey(
        "bookings.Booking",
        on_delete=models.PROTECT,
        related_name="tickets",
        verbose_name=_("booking"),
    )
    showtime_seat = models.ForeignKey(
        ShowtimeSeat, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("seat")
    )
    ticket_type = models.ForeignKey(
        TicketType, on_delete=models.PROTECT, related_name="+", verbose_name=_("type")
    )
    serial = models.CharField(_("serial"), max_length=32, unique=True, default=new_serial)
    seat_price_rupiah = models.PositiveIntegerField(_("seat price (Rp)"))
    price_rupiah = models.PositiveIntegerField(_("ticket price (Rp)"))
    fee_rupiah = models.PositiveIntegerField(_("service fee (Rp)"))
    discount_rupiah = models.PositiveIntegerField(_("discount (Rp)"), default=0)
    # Tax at the time of sale: a later rule is recorded in the ledger as a correction.
    tax_basis_points = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    tax_rupiah = models.PositiveIntegerField(_("tax contained (Rp)"), default=0, db_default=0)
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True)
    refund_rupiah = models.PositiveIntegerField(
        _("refunded (Rp)"), default=0, help_text=_("What came back for it when it was voided.")
    )
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True)
    checked_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("checked in by"),
    )

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["booking", "id"]
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes = [
            # For reports of refunds by day.
            models.Index(
                fields=["voided_at"], condition=Q(voided_at__isnull=False), name="ticket_voided_at"
            ),
        ]
        constraints = [
            # Even without any lock a seat is sold only once.
            models.UniqueConstraint(
                fields=["showtime_seat"],
                condition=Q(issued_at__isnull=False, voided_at__isnull=True),
                name="ticket_seat_sold_once",
            ),
            models.UniqueConstraint(
                fields=["booking", "showtime_seat"], name="ticket_seat_once_per_booking"
            ),
            models.CheckConstraint(
                condition=Q(price_rupiah__lte=F("seat_price_rupiah")),
                name="ticket_price_at_most_seat_price",
            ),
            models.CheckConstraint(
                condition=Q(discount_rupiah__lte=F("price_rupiah") + F("fee_rupiah")),
                name="ticket_discount_within_price",
            ),
            models.CheckConstraint(
                condition=Q(tax_rupiah__lte=F("price_rupiah")), name="ticket_tax_within_price"
            ),
            models.CheckConstraint(
                condition=Q(refund_rupiah=0)
                | Q(
                    voided_at__isnull=False,
                    refund_rupiah__lte=F("price_rupiah") + F("fee_rupiah") - F("discount_rupiah"),
                ),
                name="ticket_refund_within_payment",
            ),
            models.CheckConstraint(
                condition=Q(checked_in_at__isnull=True) | Q(issued_at__isnull=False),
                name="ticket_checked_in_was_issued",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id}/{self.showtime_seat_id}"

    @property
    def paid_rupiah(self) -> int:
        return self.price_rupiah + self.fee_rupiah - self.discount_rupiah

    def is_live(self) -> bool:
        return self.issued_at is not None and self.voided_at is None
