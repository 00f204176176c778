"""A cinema for measurements: halls of 200 seats, scheduled by the product's own functions."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from movies.models import Cinema, Movie, Showtime, Studio
from movies.scheduling.showtimes import ShowtimeDraft, schedule_showtimes
from seating.layouts.publishing import publish_layout

CITY = "ukur"
ROWS = "ABCDEFGHIJ"
SEATS_PER_ROW = 20


def open_hall(showtimes: int) -> list[Showtime]:
    at = timezone.now()
    name = f"ukur-{uuid4().hex[:8]}"
    cinema = Cinema.objects.create(
        name=name,
        slug=name,
        city="Ukur",
        city_slug=CITY,
        address="-",
        time_zone="Asia/Jakarta",
    )
    studio = Studio.objects.create(cinema=cinema, name="Studio 1")
    publish_layout(studio, "\n".join(f"{row} {'r' * SEATS_PER_ROW}" for row in ROWS))
    movie = Movie.objects.create(
        slug=name,
        title_id="Ukur",
        title_en="Measure",
        synopsis_id="-",
        synopsis_en="-",
        duration_minutes=100,
        classification="SU",
        release_date=at.date(),
        original_language="Indonesia",
        country="Indonesia",
        director="-",
    )
    drafts = [
        ShowtimeDraft(
            studio=studio,
            movie=movie,
            starts_at=at + timedelta(hours=6 + 4 * number),
            audio_language="Indonesia",
            base_price_rupiah=50_000,
        )
        for number in range(showtimes)
    ]
    return schedule_showtimes(drafts, at=at)


def seats_of(showtime: Showtime) -> list[int]:
    return list(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))


def reopen(showtimes: list[Showtime]) -> None:
    """Free every seat and reset the tables, so that all rounds start alike."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE seating_showtimeseat SET status = 'available', hold_id = NULL,"
            " held_until = NULL WHERE showtime_id = ANY(%s) AND status = 'held'",
            [[showtime.pk for showtime in showtimes]],
        )
        cursor.execute(
            "UPDATE seating_hold SET ended_at = now(), \"end\" = 'released'"
            " WHERE showtime_id = ANY(%s) AND ended_at IS NULL",
            [[showtime.pk for showtime in showtimes]],
        )
        cursor.execute("VACUUM (ANALYZE) seating_showtimeseat")
        cursor.execute("VACUUM (ANALYZE) seating_hold")
