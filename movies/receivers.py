"""Signal receivers: invalidate the catalogue when one of its models changes."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

from movies.catalogue.catalogue import new_generation
from movies.models import Cinema, Genre, Movie, Showtime, Studio

ROW_CHANGED = (post_save, post_delete)


@receiver(ROW_CHANGED, sender=Cinema)
@receiver(ROW_CHANGED, sender=Genre)
@receiver(ROW_CHANGED, sender=Movie)
@receiver(ROW_CHANGED, sender=Showtime)
@receiver(ROW_CHANGED, sender=Studio)
@receiver(m2m_changed, sender=Movie.genres.through)
def invalidate_catalogue(sender: Any, using: str = "default", **_extra: Any) -> None:
    transaction.on_commit(new_generation, using=using)
