"""Waitlists of sold-out showtimes and their entries."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from core.db.mailbox import Mailbox
from core.forms.constraints import ConstraintMessages
from movies.models import Showtime
from seating.models import SeatCategory

if TYPE_CHECKING:
    from bookings.models.waitlist_offer import WaitlistOffer

# Wheelchair spaces are asked for by number; companion places come with them.
WAITLIST_CATEGORIES = (SeatCategory.REGULAR, SeatCategory.PREMIERE, SeatCategory.COUPLE)


class Waitlist(models.Model):
    """The waitlist of one showtime. Every transition of its entries and offers locks this row."""

    showtime = models.OneToOneField(
        Showtime,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="waitlist",
        verbose_name=_("showtime"),
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("waitlist")
        verbose_name_plural = _("waitlists")

    def __str__(self) -> str:
        return str(self.pk)


class EntryEnd(models.TextChoices):
    BOUGHT = "bought", _("Bought")
    LEFT = "left", _("Left the waitlist")
    MISSED = "missed", _("Did not take its offers")
    UNCONFIRMED = "unconfirmed", _("Address never confirmed")
    CLOSED = "closed", _("Waitlist closed")


class WaitlistEntryQuerySet(models.QuerySet["WaitlistEntry"]):
    def active(self) -> WaitlistEntryQuerySet:
        return self.filter(ended_at__isnull=True)

    def confirmed(self) -> WaitlistEntryQuerySet:
        """Active entries whose owner has confirmed the address."""
        return self.active().filter(confirmed_at__isnull=False)

    def with_details(self) -> WaitlistEntryQuerySet:
        return self.select_related(
            "waitlist__showtime__movie", "waitlist__showtime__studio__cinema"
        )


class WaitlistEntry(ConstraintMessages, models.Model):
    """A party that waits for seats together of one showtime.

    It waits from the confirmation of its address on, and again, behind the others, from an offer
    that it did not take. ``price_max_rupiah``: of one ticket, service fee included.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waitlist = models.ForeignKey(
        Waitlist, on_delete=models.PROTECT, related_name="entries", verbose_name=_("showtime")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="waitlist_entries",
        verbose_name=_("customer"),
    )
    visitor = models.CharField(_("visitor"), max_length=80, blank=True)
    email = models.EmailField(_("email"), blank=True)
    phone = PhoneNumberField(_("mobile phone"), blank=True)
    language = models.CharField(_("language"), max_length=5)
    party_size = models.PositiveSmallIntegerField(_("people"))
    wheelchairs = models.PositiveSmallIntegerField(_("wheelchair spaces"), default=0)
    categories = ArrayField(
        models.CharField(max_length=12, choices=SeatCategory),
        verbose_name=_("seat categories"),
        default=list,
        blank=True,
        help_text=_("Empty: any."),
    )
    price_max_rupiah = models.PositiveIntegerField(
        _("highest price of a ticket (Rp)"), null=True, blank=True
    )
    created_at = models.DateTimeField(_("created"))
    confirmed_at = models.DateTimeField(_("address confirmed"), null=True, blank=True)
    waits_since = models.DateTimeField(_("waits since"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end = models.CharField(_("how it ended"), max_length=11, choices=EntryEnd, blank=True)

    objects = WaitlistEntryQuerySet.as_manager()

    constraint_messages: ClassVar = {
        "waitlist_entry_end_has_time_and_kind": (
            "end",
            _("An ended entry says when and how it ended."),
        ),
        "waitlist_entry_waits_once_confirmed": (
            "waits_since",
            _("An entry waits once its address is confirmed."),
        ),
        "waitlist_entry_party_possible": (
            "party_size",
            _("Please say for how many people you want seats."),
        ),
        "waitlist_entry_categories_known": (
            "categories",
            _("Choose seat categories of the list."),
        ),
        "waitlist_entry_price_positive": (
            "price_max_rupiah",
            _("A price is a positive number of rupiah."),
        ),
        "waitlist_entry_active_has_address": ("email", _("An entry needs an address to write to.")),
        "waitlist_entry_once_per_mailbox": (
            "email",
            _("You are on the waitlist of this showtime already."),
        ),
    }

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("waitlist entry")
        verbose_name_plural = _("waitlist entries")
        indexes = [
            models.Index(
                fields=["waitlist", "waits_since"],
                condition=Q(ended_at__isnull=True),
                name="waitlist_entry_active",
            ),
            # Erasure and export look up entries by address.
            models.Index(Lower("email"), name="waitlist_entry_email"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="")
                | Q(ended_at__isnull=False, end__in=EntryEnd.values),
                name="waitlist_entry_end_has_time_and_kind",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, waits_since__isnull=True)
                | Q(confirmed_at__isnull=False, waits_since__gte=F("confirmed_at")),
                name="waitlist_entry_waits_once_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(party_size__gte=1, wheelchairs__lte=F("party_size")),
                name="waitlist_entry_party_possible",
            ),
            models.CheckConstraint(
                condition=Q(categories__contained_by=[each.value for each in WAITLIST_CATEGORIES]),
                name="waitlist_entry_categories_known",
            ),
            models.CheckConstraint(
                condition=Q(price_max_rupiah__isnull=True) | Q(price_max_rupiah__gt=0),
                name="waitlist_entry_price_positive",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | ~Q(email=""),
                name="waitlist_entry_active_has_address",
            ),
            models.UniqueConstraint(
                F("waitlist"),
                Mailbox("email"),
                condition=Q(ended_at__isnull=True, confirmed_at__isnull=False),
                name="waitlist_entry_once_per_mailbox",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def showtime(self) -> Showtime:
        return self.waitlist.showtime

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None

    def open_offer(self) -> WaitlistOffer | None:
        return self.offers.open().select_related("hold").first()
