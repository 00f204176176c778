"""Waiting rooms in front of a sale (``seating.waiting_room``)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.audit import track_history
from core.forms.constraints import ConstraintMessages
from movies.models import Movie, Showtime

SEED_BYTES = 32
INSIDE_LIMIT = 100_000
PER_MINUTE_LIMIT = 60_000


def new_seed() -> str:
    return secrets.token_hex(SEED_BYTES)


def commitment_of(seed: str) -> str:
    """The SHA-256 of a seed, which is published before the draw."""
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


class RoomControl(models.TextChoices):
    OFF = "off", _("Off")
    ON = "on", _("On")
    AUTOMATIC = "automatic", _("Automatic")


class WaitingRoomQuerySet(models.QuerySet["WaitingRoom"]):
    def switched_on(self) -> WaitingRoomQuerySet:
        """On or automatic; whether it is open depends on the time and on the demand."""
        return self.exclude(control=RoomControl.OFF)

    def with_now(self) -> WaitingRoomQuerySet:
        """Each room with ``now``, the database's clock at the time of the statement."""
        return self.annotate(**{"now": Now()})


@track_history(
    "WaitingRoomHistory",
    exclude=[
        *("seed", "drawn_at", "drawn_count", "last_rank", "called_count", "credit"),
        *("rate_per_minute", "ticked_at", "swept_at", "engaged_at"),
    ],
)
class WaitingRoom(ConstraintMessages, models.Model):
    """A queue in front of one showtime, one film, or the whole site (neither is set).

    Whoever joins before ``opens_at`` is drawn: the order is that of SHA-256(seed, place id). The
    hash of the seed is public from the beginning, the seed from the draw on.
    """

    showtime = models.ForeignKey(
        Showtime,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="waiting_rooms",
        verbose_name=_("showtime"),
    )
    movie = models.ForeignKey(
        Movie,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="waiting_rooms",
        verbose_name=_("film"),
        help_text=_("All of its showtimes. Without a showtime and a film: the whole site."),
    )
    control = models.CharField(
        _("switch"),
        max_length=9,
        choices=RoomControl,
        default=RoomControl.OFF,
        help_text=_("Automatic: opens while more people choose seats than seats are being held."),
    )
    waits_from = models.DateTimeField(
        _("waiting begins"),
        null=True,
        blank=True,
        help_text=_("Empty: at once."),
    )
    opens_at = models.DateTimeField(
        _("opening"),
        null=True,
        blank=True,
        help_text=_(
            "Until then everybody waits together; then their turns are drawn. Empty: no draw,"
            " first come, first served."
        ),
    )
    closes_at = models.DateTimeField(
        _("end"), null=True, blank=True, help_text=_("Empty: until it is switched off.")
    )
    inside_max = models.PositiveIntegerField(
        _("people inside at most"),
        default=200,
        validators=[MinValueValidator(1), MaxValueValidator(INSIDE_LIMIT)],
    )
    per_minute_max = models.PositiveIntegerField(
        _("people admitted per minute at most"),
        default=120,
        validators=[MinValueValidator(1), MaxValueValidator(PER_MINUTE_LIMIT)],
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    seed = models.CharField(max_length=2 * SEED_BYTES, default=new_seed, editable=False)
    commitment = models.CharField(_("SHA-256 of the seed"), max_length=64, editable=False)
    # What follows is written by ``seating.waiting_room.admission`` alone.
    drawn_at = models.DateTimeField(_("drawn"), null=True, editable=False)
    drawn_count = models.PositiveIntegerField(_("places in the draw"), default=0, editable=False)
    last_rank = models.PositiveIntegerField(default=0, editable=False)
    called_count = models.PositiveIntegerField(_("called"), default=0, editable=False)
    credit = models.FloatField(default=1, editable=False)
    rate_per_minute = models.FloatField(default=0, editable=False)
    ticked_at = models.DateTimeField(null=True, editable=False)
    swept_at = models.DateTimeField(null=True, editable=False)
    # Set while an automatic room is open.
    engaged_at = models.DateTimeField(_("opened by demand"), null=True, editable=False)

    objects = WaitingRoomQuerySet.as_manager()

    now: datetime  # only from WaitingRoomQuerySet.with_now

    constraint_messages: ClassVar = {
        "waiting_room_one_scope": ("movie", _("Choose a showtime or a film, not both.")),
        "waiting_room_control_known": ("control", _("Choose one of the switches.")),
        "waiting_room_opens_after_waiting": (
            "opens_at",
            _("The opening is after the beginning of the waiting."),
        ),
        "waiting_room_closes_after_opening": ("closes_at", _("The end is after the opening.")),
        "waiting_room_automatic_has_no_draw": (
            "opens_at",
            _("An automatic waiting room has no opening."),
        ),
        "waiting_room_draw_before_ranks": (
            "opens_at",
            _("People have their turns already, so there can be no draw any more."),
        ),
        "waiting_room_limits_positive": (
            "inside_max",
            _("At least one person inside and one per minute."),
        ),
        "waiting_room_one_per_showtime": (
            "showtime",
            _("This showtime has a waiting room that is switched on."),
        ),
        "waiting_room_one_per_movie": (
            "movie",
            _("This film has a waiting room that is switched on."),
        ),
        "waiting_room_one_for_site": (
            "control",
            _("The site has a waiting room that is switched on."),
        ),
        "waiting_room_ranks_counted": (
            "last_rank",
            _("Not more places can be drawn or called than have a rank."),
        ),
        "waiting_room_drawn_after_opening": (
            "drawn_at",
            _("The turns are drawn at the opening, not before."),
        ),
    }

    class Meta:
        verbose_name = _("waiting room")
        verbose_name_plural = _("waiting rooms")
        ordering = ["-pk"]
        triggers = [pgtrigger.ReadOnly(name="seed_is_fixed", fields=["seed", "commitment"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(showtime__isnull=True) | Q(movie__isnull=True),
                name="waiting_room_one_scope",
            ),
            models.CheckConstraint(
                condition=Q(control__in=RoomControl.values), name="waiting_room_control_known"
            ),
            models.CheckConstraint(
                condition=Q(waits_from__isnull=True)
                | Q(opens_at__isnull=True)
                | Q(opens_at__gt=F("waits_from")),
                name="waiting_room_opens_after_waiting",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True)
                | (
                    (Q(opens_at__isnull=True) | Q(closes_at__gt=F("opens_at")))
                    & (Q(waits_from__isnull=True) | Q(closes_at__gt=F("waits_from")))
                ),
                name="waiting_room_closes_after_opening",
            ),
            models.CheckConstraint(
                condition=~Q(control=RoomControl.AUTOMATIC) | Q(opens_at__isnull=True),
                name="waiting_room_automatic_has_no_draw",
            ),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(drawn_at__isnull=False) | Q(last_rank=0),
                name="waiting_room_draw_before_ranks",
            ),
            models.CheckConstraint(
                condition=Q(inside_max__gt=0, per_minute_max__gt=0),
                name="waiting_room_limits_positive",
            ),
            models.CheckConstraint(
                condition=Q(drawn_count__lte=F("last_rank"), called_count__lte=F("last_rank")),
                name="waiting_room_ranks_counted",
            ),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True)
                | Q(opens_at__isnull=True)
                | Q(drawn_at__gte=F("opens_at")),
                name="waiting_room_drawn_after_opening",
            ),
            models.UniqueConstraint(
                fields=["showtime"],
                condition=~Q(control=RoomControl.OFF) & Q(showtime__isnull=False),
                name="waiting_room_one_per_showtime",
            ),
            models.UniqueConstraint(
                fields=["movie"],
                condition=~Q(control=RoomControl.OFF) & Q(movie__isnull=False),
                name="waiting_room_one_per_movie",
            ),
            models.UniqueConstraint(
                models.ExpressionWrapper(
                    Q(control=RoomControl.OFF), output_field=models.BooleanField()
                ),
                condition=~Q(control=RoomControl.OFF)
                & Q(showtime__isnull=True, movie__isnull=True),
                name="waiting_room_one_for_site",
            ),
        ]

    def __str__(self) -> str:
        return str(self.showtime or self.movie or _("The whole site"))

    def save(self, *args: object, **kwargs: object) -> None:
        if self._state.adding:
            self.commitment = commitment_of(self.seed)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def public_seed(self) -> str:
        """The seed once it was drawn with; empty before."""
        return self.seed if self.drawn_at else ""
