"""Cinemas and their studios."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.forms.constraints import ConstraintMessages
from movies.models import business_day
from movies.models.updates import updated_at_field, updated_at_trigger

LATITUDE_MAX, LONGITUDE_MAX = 90.0, 180.0


def validate_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(zone)s” is not an IANA time zone."), params={"zone": value})


def validate_payment_providers(names: list[str]) -> None:
    unknown = sorted(set(names) - set(settings.PAYMENT_PROVIDERS))
    if unknown:
        raise ValidationError(
            _("There is no payment provider %(names)s."), params={"names": ", ".join(unknown)}
        )


class Cinema(ConstraintMessages, models.Model):
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    city = models.CharField(_("city"), max_length=60)
    city_slug = models.SlugField(_("city slug"), max_length=60)
    address = models.CharField(_("address"), max_length=200)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, validators=[validate_time_zone])
    latitude = models.FloatField(
        _("latitude"),
        null=True,
        blank=True,
        help_text=_("Degrees, south is negative: -6.1960."),
    )
    longitude = models.FloatField(
        _("longitude"),
        null=True,
        blank=True,
        help_text=_("Degrees, east is positive: 106.8320."),
    )
    payment_providers = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_("payment providers"),
        default=list,
        blank=True,
        validators=[validate_payment_providers],
        help_text=_("Names, separated by commas; empty: all that are configured."),
    )
    updated_at = updated_at_field()

    constraint_messages: ClassVar = {
        "cinema_location_is_on_earth": (
            "longitude",
            _("Give latitude (-90 to 90) and longitude (-180 to 180), or neither."),
        ),
    }

    class Meta:
        ordering = ["city", "name"]
        verbose_name = _("cinema")
        verbose_name_plural = _("cinemas")
        triggers = [updated_at_trigger()]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__gte=-LATITUDE_MAX,
                    latitude__lte=LATITUDE_MAX,
                    longitude__gte=-LONGITUDE_MAX,
                    longitude__lte=LONGITUDE_MAX,
                ),
                name="cinema_location_is_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def business_date(self, at: datetime) -> date:
        return business_day.business_date(at, self.zone)


class StudioClass(models.TextChoices):
    REGULAR = "regular", _("Regular")
    PREMIERE = "premiere", _("Premiere")
    SOFA = "sofa", _("Sofa")
    LARGE = "large", _("Large format")


class Studio(ConstraintMessages, models.Model):
    cinema = models.ForeignKey(
        Cinema, on_delete=models.PROTECT, related_name="studios", verbose_name=_("cinema")
    )
    name = models.CharField(_("name"), max_length=40)
    studio_class = models.CharField(
        _("class"), max_length=12, choices=StudioClass, default=StudioClass.REGULAR
    )
    trailers_minutes = models.PositiveSmallIntegerField(_("trailers (minutes)"), default=10)
    cleaning_minutes = models.PositiveSmallIntegerField(_("cleaning (minutes)"), default=15)

    constraint_messages: ClassVar = {
        "studio_name_once_per_cinema": (
            "name",
            _("This cinema has a studio of that name."),
        ),
    }

    class Meta:
        ordering = ["cinema", "name"]
        verbose_name = _("studio")
        verbose_name_plural = _("studios")
        constraints = [
            models.UniqueConstraint(fields=["cinema", "name"], name="studio_name_once_per_cinema"),
        ]

    def __str__(self) -> str:
        return f"{self.cinema} · {self.name}"

    def occupied_for(self, duration_minutes: int) -> timedelta:
        """Return how long a showtime occupies this studio: trailers, film and cleaning."""
        return timedelta(minutes=self.trailers_minutes + duration_minutes + self.cleaning_minutes)
