"""Showtimes: one film in one studio at one time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q, Value
from django.db.models.fields import BigIntegerField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.audit import track_history
from core.db.prepared import CompiledQuery
from core.forms.constraints import ConstraintMessages
from movies.models import business_day
from movies.models.cinema import Studio
from movies.models.movie import Movie
from movies.models.schedule_batch import ScheduleBatch
from movies.models.updates import updated_at_field, updated_at_trigger


class ScreenFormat(models.TextChoices):
    TWO_D = "2D", "2D"
    THREE_D = "3D", "3D"
    LARGE = "LF", _("Large format")


class _TimeRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class _StudioAsRange(Func):
    """Studio id as a one-element range, so that GiST needs no extension for equality."""

    function = "INT8RANGE"
    template = "%(function)s(%(expressions)s, '[]')"
    output_field = BigIntegerField()


class ShowtimeQuerySet(models.QuerySet["Showtime"]):
    def live(self) -> ShowtimeQuerySet:
        return self.filter(cancelled_at__isnull=True)

    def on_sale(self, at: datetime) -> ShowtimeQuerySet:
        return self.live().filter(sale_opens_at__lte=at, sale_closes_at__gt=at)

    def too_short(self) -> ShowtimeQuerySet:
        """Showtimes that end before trailers, film and cleaning are over."""
        minutes = F("studio__trailers_minutes") + F("movie__duration_minutes")
        occupied = ExpressionWrapper(
            (minutes + F("studio__cleaning_minutes")) * timedelta(minutes=1),
            output_field=models.DurationField(),
        )
        return self.filter(ends_at__lt=F("starts_at") + occupied)

    def with_places(self) -> ShowtimeQuerySet:
        return self.select_related("movie", "studio__cinema")


@track_history("ShowtimeHistory", exclude=["batch", "updated_at"])
class Showtime(ConstraintMessages, models.Model):
    studio = models.ForeignKey(
        Studio, on_delete=models.PROTECT, related_name="showtimes", verbose_name=_("studio")
    )
    movie = models.ForeignKey(
        Movie, on_delete=models.PROTECT, related_name="showtimes", verbose_name=_("film")
    )
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(
        _("studio free at"), help_text=_("Trailers, film and cleaning included.")
    )
    business_date = models.DateField(_("business date"), db_index=True)
    screen_format = models.CharField(
        _("format"), max_length=4, choices=ScreenFormat, default=ScreenFormat.TWO_D
    )
    audio_language = models.CharField(_("audio"), max_length=40)
    subtitle_language = models.CharField(_("subtitles"), max_length=40, blank=True)
    sale_opens_at = models.DateTimeField(_("sale opens"))
    sale_closes_at = models.DateTimeField(_("sale closes"))
    base_price_rupiah = models.PositiveIntegerField(_("base price (Rp)"))
    # Null: added alone.
    batch = models.ForeignKey(
        ScheduleBatch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="showtimes",
        verbose_name=_("batch"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    updated_at = updated_at_field()

    objects = ShowtimeQuerySet.as_manager()

    constraint_messages: ClassVar = {
        "showtime_ends_after_start": ("ends_at", _("A showtime ends after it starts.")),
        "showtime_sale_window_ordered": (
            "sale_closes_at",
            _("The sale has to open before it closes."),
        ),
        "showtime_price_positive": (
            "base_price_rupiah",
            _("A price is a positive number of rupiah."),
        ),
        "showtime_studio_never_overlaps": ("starts_at", _("The studio is not free at that time.")),
    }

    class Meta:
        ordering = ["starts_at", "studio"]
        verbose_name = _("showtime")
        verbose_name_plural = _("showtimes")
        triggers = [updated_at_trigger()]
        indexes = [
            models.Index(fields=["movie", "starts_at"], name="showtime_movie_starts"),
            models.Index(fields=["updated_at"], name="showtime_updated"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="showtime_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(sale_closes_at__gt=F("sale_opens_at")),
                name="showtime_sale_window_ordered",
            ),
            models.CheckConstraint(
                condition=Q(base_price_rupiah__gt=0), name="showtime_price_positive"
            ),
            ExclusionConstraint(
                name="showtime_studio_never_overlaps",
                expressions=[
                    (_StudioAsRange("studio_id", "studio_id"), "&&"),
                    (_TimeRange("starts_at", "ends_at", Value("[)")), "&&"),
                ],
                condition=Q(cancelled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        """Film with the start in the active time zone, which it names."""
        local = timezone.localtime(self.starts_at)
        return f"{self.movie} · {local:%Y-%m-%d %H:%M} {local.tzname()}"

    @property
    def local_starts_at(self) -> datetime:
        return self.starts_at.astimezone(self.studio.cinema.zone)

    @property
    def film_ends_at(self) -> datetime:
        """When the audience leaves; the studio is free only after cleaning."""
        return self.ends_at - timedelta(minutes=self.studio.cleaning_minutes)

    @property
    def night_of(self) -> str:
        """``night of Friday`` if it starts after midnight of that business date."""
        return business_day.night_of(self.local_starts_at, self.business_date)

    def is_on_sale(self, at: datetime) -> bool:
        return self.cancelled_at is None and self.sale_opens_at <= at < self.sale_closes_at


def _with_places(showtime_id: int) -> ShowtimeQuerySet:
    return Showtime.objects.with_places().filter(pk=showtime_id)


_WITH_PLACES = CompiledQuery(_with_places, 987_654_321)


def showtime_with_places(showtime_id: int) -> Showtime:
    """As ``Showtime.objects.with_places``, compiled and planned once. Raises DoesNotExist."""
    found = _WITH_PLACES.first(showtime_id)
    if found is None:
        raise Showtime.DoesNotExist
    return found
