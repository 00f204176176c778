"""Films, with texts in Indonesian and English."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.forms.constraints import ConstraintMessages
from movies.models.updates import updated_at_field, updated_at_trigger


class Classification(models.TextChoices):
    """Age classes of the Indonesian film censorship board (LSF)."""

    SU = "SU", _("All ages")
    R13 = "13+", _("13 and over")
    D17 = "17+", _("17 and over")
    D21 = "21+", _("21 and over")

    @property
    def needs_age_proof(self) -> bool:
        """Whether ages are checked at the door, so that buyers confirm the rule."""
        return self in (Classification.D17, Classification.D21)


def in_reader_language(text_id: str, text_en: str) -> str:
    """The Indonesian text for Indonesian readers, the English one for everybody else."""
    return text_id if (get_language() or "").startswith("id") else text_en


class Genre(models.Model):
    slug = models.SlugField(_("slug"), max_length=30, unique=True)
    name_id = models.CharField(_("name (Indonesian)"), max_length=40)
    name_en = models.CharField(_("name (English)"), max_length=40)

    class Meta:
        ordering = ["slug"]
        verbose_name = _("genre")
        verbose_name_plural = _("genres")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self.name_id, self.name_en)


class Movie(ConstraintMessages, models.Model):
    slug = models.SlugField(_("slug"), max_length=90, unique=True)
    title_id = models.CharField(_("title (Indonesian)"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=120)
    synopsis_id = models.TextField(_("synopsis (Indonesian)"))
    synopsis_en = models.TextField(_("synopsis (English)"))
    duration_minutes = models.PositiveSmallIntegerField(_("duration (minutes)"))
    classification = models.CharField(_("classification"), max_length=3, choices=Classification)
    genres = models.ManyToManyField(Genre, related_name="movies", verbose_name=_("genres"))
    release_date = models.DateField(_("release date"))
    original_language = models.CharField(_("original language"), max_length=40)
    country = models.CharField(_("country"), max_length=60)
    director = models.CharField(_("director"), max_length=120)
    cast = models.CharField(_("cast"), max_length=300, blank=True)
    distributor = models.CharField(_("distributor"), max_length=80, blank=True)
    is_indonesian = models.BooleanField(_("Indonesian film"), default=False)
    attribution = models.CharField(_("attribution"), max_length=300, blank=True)
    trailer_url = models.URLField(_("trailer"), blank=True)
    # ``MovieForm`` checks uploads: SVG can contain scripts. Posters of the demo chain are SVG.
    poster = models.FileField(_("poster"), upload_to="posters/", blank=True)
    # Smaller copies of an uploaded poster: [{"name": …, "width": pixels}], narrowest first.
    resized_posters = models.JSONField(default=list, db_default=[], blank=True, editable=False)
    updated_at = updated_at_field()

    constraint_messages: ClassVar = {
        "movie_duration_positive": ("duration_minutes", _("A film lasts at least one minute.")),
        "movie_classification_known": ("classification", _("Choose a classification of the list.")),
    }

    class Meta:
        ordering = ["-release_date", "title_en"]
        verbose_name = _("film")
        verbose_name_plural = _("films")
        triggers = [updated_at_trigger()]
        constraints = [
            models.CheckConstraint(
                condition=Q(duration_minutes__gt=0), name="movie_duration_positive"
            ),
            models.CheckConstraint(
                condition=Q(classification__in=Classification.values),
                name="movie_classification_known",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return in_reader_language(self.title_id, self.title_en)

    @property
    def needs_age_proof(self) -> bool:
        return Classification(self.classification).needs_age_proof

    @property
    def poster_url(self) -> str:
        return self.poster.url if self.poster else ""

    @property
    def posters(self) -> list[dict[str, Any]]:
        """Address and width of each smaller copy of the poster; none if it has none.

        Copies are named after their poster: those of one that was replaced meanwhile (by a program
        without copies, during a rolling restart) are left out.
        """
        return [
            {"url": self.poster.storage.url(copy["name"]), "width": copy["width"]}
            for copy in self.resized_posters
            if copy["name"].startswith(f"{self.poster.name}-")
        ]

    @property
    def synopsis(self) -> str:
        return in_reader_language(self.synopsis_id, self.synopsis_en)
