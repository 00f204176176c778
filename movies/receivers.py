"""Signal receivers: invalidate the catalogue when one of its models changes."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

from movies.catalogue.catalogue import new_generation
from movies.models import Cinema, Genre, Movie, Showtime, Studio

ROW_CHANGED = (post_save, post_delete)


@receiver(m2m_changed, sender=Movie.genres.through)
def touch_film(instance: Any, action: str, using: str = "default", **_extra: Any) -> None:
    """A film's genres are a part of it for clients that keep a copy; its own trigger sees no
    change."""
    if isinstance(instance, Movie) and action.startswith("post_"):
        Movie.objects.using(using).filter(pk=instance.pk).update(updated_at=Now())


@receiver(ROW_CHANGED, sender=Studio)
def touch_cinema(instance: Studio, using: str = "default", **_extra: Any) -> None:
    """A cinema's studios are a part of it."""
    Cinema.objects.using(using).filter(pk=instance.cinema_id).update(updated_at=Now())


@receiver(post_save, sender=Genre)
def touch_films(instance: Genre, using: str = "default", **_extra: Any) -> None:
    Movie.objects.using(using).filter(genres=instance).update(updated_at=Now())


@receiver(ROW_CHANGED, sender=Cinema)
@receiver(ROW_CHANGED, sender=Genre)
@receiver(ROW_CHANGED, sender=Movie)
@receiver(ROW_CHANGED, sender=Showtime)
@receiver(ROW_CHANGED, sender=Studio)
@receiver(m2m_changed, sender=Movie.genres.through)
def invalidate_catalogue(sender: Any, using: str = "default", **_extra: Any) -> None:
    transaction.on_commit(new_generation, using=using)
