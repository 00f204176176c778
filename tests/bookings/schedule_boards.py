"""Fixtures for the schedule board: a cinema with a Tuesday programme, and parts of its page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from movies.models import Cinema, Movie, Showtime, Studio
from tests.movies.plans import AT, TUESDAY, make_scheduled, open_cinema, prices, rain

__all__ = [
    "AT",
    "PART",
    "TUESDAY",
    "Schedule",
    "address",
    "block_summaries",
    "notice",
    "open_cinema_with_schedule",
]

PART = {"X-Board-Part": "any"}


@dataclass
class Schedule:
    cinema: Cinema
    one: Studio
    two: Studio
    film: Movie
    evening: Showtime  # Studio 1, 19:00 until 21:00
    late: Showtime  # Studio 2, 00:30, still Tuesday's


def open_cinema_with_schedule() -> Schedule:
    prices()
    cinema, (one, two) = open_cinema("Layar Menteng", "Studio 1", "Studio 2")
    film = rain()
    return Schedule(
        cinema,
        one,
        two,
        film,
        evening=make_scheduled(one, "2026-11-24 19:00", film, base_price_rupiah=40_000),
        late=make_scheduled(two, "2026-11-25 00:30", film),
    )


def address(name: str, cinema: Cinema, day: object = TUESDAY) -> str:
    return reverse(f"board:{name}", args=[cinema.pk, str(day)])


def block_summaries(page: str) -> list[tuple[int, int, int]]:
    """Showtime, the minute of the business day, minutes."""
    found = re.findall(r'data-block="(\d+)" data-from="(-?\d+)" data-minutes="(\d+)"', page)
    return [(int(pk), int(start), int(minutes)) for pk, start, minutes in found]


def notice(response: Any) -> str:
    found = re.search(r'<div class="board-notice" role="status"><p>(.*?)</p>', text(response))
    return found.group(1) if found else ""


def refusal(response: Any) -> str:
    found = re.search(r"data-board-refusal>(.*?)(?: <a|</p>)", text(response))
    return found.group(1) if found else ""


def text(response: Any) -> str:
    content: str = response.content.decode()
    return content


def local(showtime: Showtime) -> tuple[str, str]:
    """Studio and wall clock, as the database has them."""
    fresh = Showtime.objects.with_places().get(pk=showtime.pk)
    starts_at: datetime = fresh.starts_at.astimezone(fresh.studio.cinema.zone)
    return fresh.studio.name, f"{starts_at:%m-%d %H:%M}"
