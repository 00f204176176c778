"""Showtime labels for report rows, without model instances."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from movies.models import Showtime
from movies.models.movie import in_reader_language


def showtime_labels(showtimes: QuerySet[Showtime]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield showtime id and label columns in chronological order."""
    rows = showtimes.order_by("business_date", "starts_at", "studio").values_list(
        "pk",
        "business_date",
        "starts_at",
        "studio__cinema__time_zone",
        "studio__cinema__name",
        "studio__name",
        "movie__title_id",
        "movie__title_en",
    )
    for pk, day, starts_at, zone, cinema, studio, title_id, title_en in rows.iterator():
        yield (
            pk,
            {
                "day": day,
                "starts": starts_at.astimezone(ZoneInfo(zone)).strftime("%H:%M"),
                "cinema": cinema,
                "studio": studio,
                "film": in_reader_language(title_id, title_en),
            },
        )
