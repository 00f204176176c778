"""The places of those who wait in a waiting room."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from seating.models.waiting_room import RoomControl, WaitingRoom


class PlaceEnd(models.TextChoices):
    LEFT = "left", _("Left")
    ABANDONED = "abandoned", _("Away for too long")
    MISSED = "missed", _("Called, but did not come")
    OVER = "over", _("Time inside was over")
    CLOSED = "closed", _("Waiting room closed")


class WaitingPlaceQuerySet(models.QuerySet["WaitingPlace"]):
    def live(self) -> WaitingPlaceQuerySet:
        return self.filter(ended_at__isnull=True)

    def waiting(self) -> WaitingPlaceQuerySet:
        """Not called yet."""
        return self.live().filter(called_at__isnull=True)

    def inside(self) -> WaitingPlaceQuerySet:
        """Called, and its time is not over by the database's clock."""
        return self.live().filter(admitted_until__gt=Now())

    def of(self, visitor: str) -> WaitingPlaceQuerySet:
        """Places of rooms that are switched off count as ended before they are."""
        return self.live().filter(visitor=visitor).exclude(room__control=RoomControl.OFF)


class WaitingPlace(models.Model):
    """The place of one visitor in a waiting room.

    ``number`` is its public id in the draw. ``visitor`` is as in ``Hold``, and emptied at the end.
    No index on ``seen_at``, and a fill factor of 80 (set by a migration), so that a heartbeat stays
    a heap-only update.
    """

    room = models.ForeignKey(
        WaitingRoom, on_delete=models.PROTECT, related_name="places", db_index=False
    )
    number = models.UUIDField(_("number"), default=uuid.uuid4, unique=True, editable=False)
    visitor = models.CharField(_("visitor"), max_length=80, blank=True)
    arrived_at = models.DateTimeField(_("arrived"), db_default=Now())
    seen_at = models.DateTimeField(_("last seen"), db_default=Now())
    rank = models.PositiveIntegerField(_("rank"), null=True)
    called_at = models.DateTimeField(_("called"), null=True)
    # First the time to come in, then the time inside.
    admitted_until = models.DateTimeField(_("admitted until"), null=True)
    entered_at = models.DateTimeField(_("came in"), null=True)
    # Its first hold of seats.
    held_at = models.DateTimeField(null=True)
    # Of the only valid pass; each new one is the next.
    pass_number = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(_("ended"), null=True)
    end = models.CharField(_("how it ended"), max_length=9, choices=PlaceEnd, blank=True)

    objects = WaitingPlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place in a waiting room")
        verbose_name_plural = _("places in waiting rooms")
        triggers = [
            pgtrigger.Protect(
                name="rank_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.rank IS NOT NULL AND OLD.rank IS DISTINCT FROM NEW.rank"
                ),
            )
        ]
        indexes = [
            models.Index(
                fields=["room", "rank"],
                condition=Q(called_at__isnull=True, ended_at__isnull=True),
                name="waiting_place_queue",
            ),
            models.Index(
                fields=["room", "called_at"],
                condition=Q(called_at__isnull=False),
                name="waiting_place_called",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "visitor"],
                condition=Q(ended_at__isnull=True),
                name="waiting_place_one_per_visitor",
            ),
            models.UniqueConstraint(fields=["room", "rank"], name="waiting_place_rank_once"),
            models.CheckConstraint(
                condition=Q(called_at__isnull=True, admitted_until__isnull=True)
                | Q(rank__isnull=False, admitted_until__gt=F("called_at")),
                name="waiting_place_called_in_order",
            ),
            models.CheckConstraint(
                condition=Q(entered_at__isnull=True, pass_number=0)
                | Q(entered_at__gte=F("called_at"), pass_number__gt=0),
                name="waiting_place_entered_after_call",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="")
                | Q(ended_at__isnull=False, end__in=PlaceEnd.values, visitor=""),
                name="waiting_place_end_has_time_and_kind",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)
