"""Status of seats for each showtime, and holds.

Only ``seating.holds`` writes seats of showtimes (docs/locking.md, "One writer").
"""

from __future__ import annotations

import uuid
from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from movies.models import Showtime
from seating.lapses import EXTENDED_AGAIN, LET_GO, REFUSE_EXTENSION, WRITE_LAPSE
from seating.models.layouts import Seat


class SeatStatus(models.TextChoices):
    AVAILABLE = "available", _("Available")
    HELD = "held", _("Held")
    SOLD = "sold", _("Sold")
    BLOCKED = "blocked", _("Blocked")


class HoldEnd(models.TextChoices):
    RELEASED = "released", _("Released")
    EXPIRED = "expired", _("Expired")
    SOLD = "sold", _("Sold")


class HoldQuerySet(models.QuerySet["Hold"]):
    def open(self) -> HoldQuerySet:
        """Not ended; may be past its time until the sweep ends it."""
        return self.filter(ended_at__isnull=True)

    def of(self, visitor: str) -> HoldQuerySet:
        return self.filter(visitor=visitor)

    def with_now(self) -> HoldQuerySet:
        """Each hold with ``now``, the database's clock at the time of the statement."""
        return self.annotate(**{"now": Now()})  # by name: the model declares it, for types


class Hold(models.Model):
    """A visitor's claim on seats of one showtime until ``expires_at``.

    ``visitor`` is opaque: ``web:<uuid>`` (browser cookie), ``user:<id>`` (API token),
    ``app:<secret>`` (app install) or ``bearer:<uuid>`` (a client that knows only the hold's id).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    showtime = models.ForeignKey(
        Showtime, on_delete=models.PROTECT, related_name="holds", verbose_name=_("showtime")
    )
    visitor = models.CharField(_("visitor"), max_length=80)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))
    # Set while a booking made from this hold waits for its payment: its seats are then fixed.
    sealed_at = models.DateTimeField(_("sealed"), null=True, blank=True)
    # Set once, when its owner requests an extension (``seating.holds.extension``).
    extended_at = models.DateTimeField(_("extended"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end = models.CharField(_("how it ended"), max_length=8, choices=HoldEnd, blank=True)

    objects = HoldQuerySet.as_manager()

    now: datetime  # only from HoldQuerySet.with_now

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        triggers = [
            pgtrigger.Trigger(
                name="hold_extended_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(EXTENDED_AGAIN),
                func=REFUSE_EXTENSION,
            )
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(ended_at__isnull=True), name="hold_open_expiry"
            ),
            models.Index(
                fields=["visitor", "ended_at"],
                condition=Q(end=HoldEnd.SOLD),
                name="hold_sold_by_visitor",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["visitor", "showtime"],
                condition=Q(ended_at__isnull=True),
                name="hold_one_open_per_visitor",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="")
                | Q(ended_at__isnull=False, end__in=HoldEnd.values),
                name="hold_end_has_time_and_kind",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="hold_expires_after_start"
            ),
            models.CheckConstraint(
                condition=Q(extended_at__isnull=True) | Q(extended_at__gte=F("created_at")),
                name="hold_extended_after_start",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def is_live(self, at: datetime) -> bool:
        return self.ended_at is None and self.expires_at > at


# Whether it can be taken: available, or held past its time by the database's clock.
TAKEABLE = Q(status="available") | Q(status="held", held_until__lte=Now())


class ShowtimeSeatQuerySet(models.QuerySet["ShowtimeSeat"]):
    def held_by(self, hold: uuid.UUID) -> ShowtimeSeatQuerySet:
        return self.filter(status=SeatStatus.HELD, hold_id=hold)


class ShowtimeSeat(models.Model):
    """The status and price of one seat for one showtime.

    No index on a column that changes and a fill factor of 80: every change of state then stays
    a heap-only update in PostgreSQL.
    """

    # None: detached when the showtime moved; only tickets of ended bookings refer to it.
    showtime = models.ForeignKey(
        Showtime,
        on_delete=models.PROTECT,
        null=True,
        related_name="seats",
        db_index=False,  # the unique constraint's index begins with it
        verbose_name=_("showtime"),
    )
    seat = models.ForeignKey(
        Seat, on_delete=models.PROTECT, related_name="+", verbose_name=_("seat"), db_index=False
    )
    price_rupiah = models.PositiveIntegerField(
        _("price (Rp)"), help_text=_("Base price of the showtime plus the category's surcharge.")
    )
    status = models.CharField(
        _("status"), max_length=9, choices=SeatStatus, default=SeatStatus.AVAILABLE
    )
    hold = models.ForeignKey(
        Hold,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="seats",
        db_index=False,
        verbose_name=_("hold"),
    )
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    # The booking that owns the seat; opaque here, since seating knows no bookings.
    sale = models.UUIDField(_("sale"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=0)

    objects = ShowtimeSeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat of a showtime")
        verbose_name_plural = _("seats of a showtime")
        triggers = [
            pgtrigger.Trigger(
                name="seat_let_go",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(LET_GO),
                func=WRITE_LAPSE,
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["showtime", "seat"], name="showtime_seat_once"),
            models.CheckConstraint(
                condition=Q(status="held", hold__isnull=False, held_until__isnull=False)
                | (~Q(status="held") & Q(hold__isnull=True, held_until__isnull=True)),
                name="showtime_seat_held_has_hold",
            ),
            models.CheckConstraint(
                condition=Q(status="sold", sale__isnull=False)
                | (~Q(status="sold") & Q(sale__isnull=True)),
                name="showtime_seat_sold_has_sale",
            ),
            models.CheckConstraint(
                condition=Q(status__in=SeatStatus.values), name="showtime_seat_status_known"
            ),
            models.CheckConstraint(
                condition=Q(showtime__isnull=False) | Q(status="blocked"),
                name="showtime_seat_left_behind_is_blocked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.showtime_id}/{self.seat_id} {self.status}"
