"""Scheduling many showtimes as a batch for each cinema, which can be undone as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from movies.models import BatchKind, ScheduleBatch, Showtime
from movies.scheduling.showtimes import ShowtimeDraft, schedule_showtimes


@transaction.atomic
def schedule_as_batch(
    drafts: Sequence[ShowtimeDraft], *, kind: BatchKind, by: Any, at: datetime
) -> list[Showtime]:
    """Schedule all or none. Raises what ``schedule_showtimes`` raises."""
    cinemas = {draft.studio.cinema_id for draft in drafts}
    batches = {
        cinema_id: ScheduleBatch.objects.create(
            kind=kind, cinema_id=cinema_id, made_by=by, made_at=at
        )
        for cinema_id in sorted(cinemas)
    }
    return schedule_showtimes(drafts, at=at, batches=batches)
