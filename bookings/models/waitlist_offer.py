"""Offers of a waitlist, and the log that explains them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.models.waitlist import EntryEnd, Waitlist, WaitlistEntry
from core.forms.constraints import ConstraintMessages
from seating.models import Hold


class OfferEnd(models.TextChoices):
    BOUGHT = "bought", _("Bought")
    DECLINED = "declined", _("Declined")
    LAPSED = "lapsed", _("Not accepted in time")
    UNPAID = "unpaid", _("Accepted and not paid")
    WITHDRAWN = "withdrawn", _("Withdrawn: the showtime is not on sale")


class WaitlistOfferQuerySet(models.QuerySet["WaitlistOffer"]):
    def open(self) -> WaitlistOfferQuerySet:
        """Offers whose end is not recorded yet."""
        return self.filter(ended_at__isnull=True)


class WaitlistOffer(ConstraintMessages, models.Model):
    """Seats together that are held for one entry alone until ``expires_at``.

    The hold belongs to a visitor of its own until the entry's owner accepts it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(
        WaitlistEntry, on_delete=models.PROTECT, related_name="offers", verbose_name=_("entry")
    )
    hold = models.OneToOneField(
        Hold, on_delete=models.PROTECT, related_name="+", verbose_name=_("hold")
    )
    party_size = models.PositiveSmallIntegerField(_("people"))
    seat_ids = ArrayField(models.BigIntegerField(), verbose_name=_("seats"))
    labels = models.CharField(_("seats"), max_length=200)
    price_rupiah = models.PositiveIntegerField(_("price (Rp)"))
    offered_at = models.DateTimeField(_("offered"))
    expires_at = models.DateTimeField(_("open until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end = models.CharField(_("how it ended"), max_length=9, choices=OfferEnd, blank=True)

    objects = WaitlistOfferQuerySet.as_manager()

    constraint_messages: ClassVar = {
        "waitlist_offer_one_open_per_entry": ("entry", _("This entry has an open offer already.")),
        "waitlist_offer_seats_whole_party": (
            "seat_ids",
            _("An offer has a seat for each person of the party."),
        ),
        "waitlist_offer_end_has_time_and_kind": (
            "end",
            _("An ended offer says when and how it ended."),
        ),
        "waitlist_offer_end_fits_acceptance": (
            "end",
            _("Only an accepted offer can be left unpaid, and no accepted one is declined."),
        ),
        "waitlist_offer_expires_after_start": (
            "expires_at",
            _("An offer ends after it was made."),
        ),
    }

    class Meta:
        ordering = ["-offered_at"]
        verbose_name = _("waitlist offer")
        verbose_name_plural = _("waitlist offers")
        constraints = [
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(ended_at__isnull=True),
                name="waitlist_offer_one_open_per_entry",
            ),
            models.CheckConstraint(
                condition=Q(seat_ids__len=F("party_size")),
                name="waitlist_offer_seats_whole_party",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="")
                | Q(ended_at__isnull=False, end__in=OfferEnd.values),
                name="waitlist_offer_end_has_time_and_kind",
            ),
            models.CheckConstraint(
                condition=Q(end__in=["", "bought", "withdrawn"])
                | Q(end="unpaid", accepted_at__isnull=False)
                | Q(end__in=["declined", "lapsed"], accepted_at__isnull=True),
                name="waitlist_offer_end_fits_acceptance",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("offered_at")),
                name="waitlist_offer_expires_after_start",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def is_open(self, at: datetime) -> bool:
        return self.ended_at is None and self.hold.is_live(at)


class WaitlistEventKind(models.TextChoices):
    JOINED = "joined", _("Joined")
    CONFIRMED = "confirmed", _("Address confirmed")
    OFFERED = "offered", _("Offer made")
    SKIPPED = "skipped", _("Skipped")
    ACCEPTED = "accepted", _("Offer accepted")
    OFFER_ENDED = "offer_ended", _("Offer ended")
    ENDED = "ended", _("Entry ended")


class SkipReason(models.TextChoices):
    NO_BLOCK = "no_block", _("Not so many seats together were free")
    CATEGORY = "category", _("The free seats together are of another category")
    PRICE = "price", _("The free seats together cost more than the highest price")
    CATEGORY_AND_PRICE = "category_price", _("Another category, or above the highest price")
    BEING_TAKEN = "being_taken", _("Somebody else was taking the seats at that moment")


class WaitlistEvent(ConstraintMessages, models.Model):
    """Append-only log of a waitlist.

    For a skipped entry ``offer`` is the offer that went past it to a later entry. ``detail``: the
    reason of a skip, or how the offer or entry ended. ``facts`` never holds personal data.
    """

    waitlist = models.ForeignKey(
        Waitlist, on_delete=models.PROTECT, related_name="events", verbose_name=_("showtime")
    )
    entry = models.ForeignKey(
        WaitlistEntry, on_delete=models.PROTECT, related_name="events", verbose_name=_("entry")
    )
    offer = models.ForeignKey(
        WaitlistOffer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("offer"),
    )
    kind = models.CharField(_("kind"), max_length=11, choices=WaitlistEventKind)
    detail = models.CharField(_("detail"), max_length=16, blank=True)
    at = models.DateTimeField(_("at"))
    facts: Any = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)

    constraint_messages: ClassVar = {
        "waitlist_event_skip_has_reason": (
            "detail",
            _("A skipped entry has a reason and the offer that went past it."),
        ),
    }

    class Meta:
        ordering = ["id"]
        verbose_name = _("waitlist event")
        verbose_name_plural = _("waitlist events")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="skipped") | Q(offer__isnull=False, detail__in=SkipReason.values),
                name="waitlist_event_skip_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.kind}"

    @property
    def detail_label(self) -> str:
        """The detail in the reader's language."""
        choices: dict[str, type[models.TextChoices]] = {
            WaitlistEventKind.SKIPPED: SkipReason,
            WaitlistEventKind.OFFER_ENDED: OfferEnd,
            WaitlistEventKind.ENDED: EntryEnd,
        }
        known = choices.get(self.kind)
        return str(known(self.detail).label) if known and self.detail else self.detail
