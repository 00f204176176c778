"""Entertainment tax (PBJT) by city, film origin and date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.fields import BigIntegerField
from django.utils.translation import gettext_lazy as _

from core.audit import track_history
from core.db.prepared import CompiledQuery
from core.forms.constraints import ConstraintMessages
from movies.models.movie import Movie

TAX_BASIS_POINTS_MAX = 1000  # PBJT on cinema tickets: at most 10 % (UU 1/2022, art. 58)
CEILING_REFERENCE = "UU 1/2022, Pasal 58"


class FilmOrigin(models.TextChoices):
    NATIONAL = "national", _("national films")
    IMPORTED = "imported", _("imported films")

    @classmethod
    def of(cls, movie: Movie) -> FilmOrigin:
        return cls.NATIONAL if movie.is_indonesian else cls.IMPORTED


class _DateRange(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class _TextHash(Func):
    """Hash of two texts, halved, because a range ends one after its last element."""

    function = "HASHTEXTEXTENDED"
    template = "(%(function)s(%(expressions)s, 0) >> 1)"
    arg_joiner = " || ' ' || "
    output_field = BigIntegerField()


class _HashAsRange(Func):
    """Two texts as a range of one element, so that GiST needs no extension for equality."""

    function = "INT8RANGE"
    template = "%(function)s(%(expressions)s, '[]')"
    output_field = BigIntegerField()


class TaxRuleQuerySet(models.QuerySet["TaxRule"]):
    def applying(self, city_slug: str, film_origin: str, day: date) -> TaxRuleQuerySet:
        valid = Q(valid_from__lte=day) & (Q(valid_until=None) | Q(valid_until__gte=day))
        return self.filter(valid, city_slug=city_slug, film_origin=film_origin)


@track_history("TaxRuleHistory", exclude=["is_corrected"])
class TaxRule(ConstraintMessages, models.Model):
    """Rate of one authority for films of one origin; both dates are inclusive business dates.

    ``is_corrected``: whether what was sold before the rule was written has been corrected.
    """

    city_slug = models.SlugField(_("city"), max_length=60)
    film_origin = models.CharField(_("films"), max_length=8, choices=FilmOrigin)
    basis_points = models.PositiveSmallIntegerField(
        _("rate"), validators=[MaxValueValidator(TAX_BASIS_POINTS_MAX)]
    )
    legal_reference = models.CharField(_("legal reference"), max_length=160)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The last day; empty: no end.")
    )
    is_corrected = models.BooleanField(_("sales corrected"), default=False, editable=False)

    objects = TaxRuleQuerySet.as_manager()

    constraint_messages: ClassVar = {
        "tax_rule_at_most_ten_percent": ("basis_points", _("The tax is at most 10 %.")),
        "tax_rule_validity_ordered": ("valid_until", _("A rule ends after it begins.")),
        "tax_rule_never_overlaps": (
            "valid_from",
            _("Another rule for these films in this city is valid then. End it first."),
        ),
    }

    class Meta:
        ordering = ["city_slug", "film_origin", "-valid_from"]
        verbose_name = _("tax rule")
        verbose_name_plural = _("tax rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(basis_points__lte=TAX_BASIS_POINTS_MAX),
                name="tax_rule_at_most_ten_percent",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="tax_rule_validity_ordered",
            ),
            ExclusionConstraint(
                name="tax_rule_never_overlaps",
                expressions=[
                    (
                        _HashAsRange(
                            _TextHash("city_slug", "film_origin"),
                            _TextHash("city_slug", "film_origin"),
                        ),
                        "&&",
                    ),
                    (_DateRange("valid_from", "valid_until", Value("[]")), "&&"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city_slug}, {self.get_film_origin_display()}: {self.legal_reference}"


@dataclass(frozen=True)
class AppliedTax:
    """The rate that applies, and the rule it comes from; without a rule the legal ceiling."""

    basis_points: int
    legal_reference: str
    rule_id: int | None


CEILING = AppliedTax(TAX_BASIS_POINTS_MAX, CEILING_REFERENCE, None)

_APPLYING = CompiledQuery(TaxRule.objects.applying, "a city", "an origin", date(2000, 1, 1))


def applied_tax(city_slug: str, origin: FilmOrigin | Movie, business_date: date) -> AppliedTax:
    """Of a film, or of films of an origin."""
    film_origin = origin if isinstance(origin, FilmOrigin) else FilmOrigin.of(origin)
    rule = _APPLYING.first(city_slug, film_origin.value, business_date)
    if rule is None:
        return CEILING
    return AppliedTax(rule.basis_points, rule.legal_reference, rule.pk)
