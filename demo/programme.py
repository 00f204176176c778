"""Schedule of a studio for one day: a pure function of the studio and the date.

The rules: the first film starts at the studio's opening minute, the next one when the room is clean
again (rounded up to five minutes), the last one by 22:30. Popular films are shown more often, but
not twice in a row in one studio if there is another film. Films for children are shown early, films
for adults late. One studio shows shorts first. On Fridays one studio adds a show at 00:15, which
belongs to Friday's evening.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from demo.films.film import Film
from demo.studios import DemoStudio

DAYS_BACK = 7
DAYS_AHEAD = 14
LAST_START_MINUTE = 22 * 60 + 30
MIDNIGHT_START_MINUTE = 24 * 60 + 15
CHILDREN_UNTIL_MINUTE = 19 * 60 + 30
ADULTS_FROM_MINUTE = 13 * 60
TRAILERS_MINUTES = 10
ROUND_TO_MINUTES = 5
SHORTS_PER_DAY = 2
LARGE_FORMAT_WEIGHT = 3
SHOWS_PER_DAY_MAX = 12
FRIDAY = 4


@dataclass(frozen=True, slots=True)
class Slot:
    """One showtime; ``start_minute`` counts from the business date's midnight, may exceed 1440."""

    film: Film
    start_minute: int
    screen_format: str

    def starts_at(self, day: date, zone: ZoneInfo) -> datetime:
        """Start in UTC; ``day`` is the business day."""
        midnight = datetime.combine(day, datetime.min.time())
        return (midnight + timedelta(minutes=self.start_minute)).replace(tzinfo=zone)


def plan_day(studio: DemoStudio, key: str, day: date, films: Sequence[Film]) -> list[Slot]:
    """The day's showtimes in order. ``films`` are those released by ``day``; ``key`` identifies the
    studio, so that studios differ."""
    chance = random.Random(f"{key} {day.isoformat()}")
    is_midnight_day = studio.shows_midnight and day.weekday() == FRIDAY
    free_by_minute = MIDNIGHT_START_MINUTE if is_midnight_day else None
    slots = _shorts(studio, key, day, films) if studio.shows_shorts else []
    minute = _next_start(studio, slots[-1]) if slots else studio.opens_minute
    for _show in range(SHOWS_PER_DAY_MAX):
        fitting = [film for film in films if _may_start(film, studio, minute, free_by_minute)]
        film = _next_feature(fitting, studio, slots, chance)
        if film is None:
            break
        slots.append(Slot(film, minute, screen_format(film, studio, chance)))
        minute = _next_start(studio, slots[-1])
    if is_midnight_day:
        film = _midnight_film(films)
        if film is not None:
            slots.append(Slot(film, MIDNIGHT_START_MINUTE, screen_format(film, studio, chance)))
    return slots


def screen_format(film: Film, studio: DemoStudio, chance: random.Random) -> str:
    if studio.studio_class == "large" and "LF" in film.formats:
        return "LF"
    if "3D" in film.formats and studio.shows_3d:
        return chance.choice(("3D", "2D"))
    return "2D"


def occupied_minutes(film: Film, studio: DemoStudio) -> int:
    return TRAILERS_MINUTES + film.duration_minutes + studio.cleaning_minutes


def _next_start(studio: DemoStudio, slot: Slot) -> int:
    free = slot.start_minute + occupied_minutes(slot.film, studio)
    return -(-free // ROUND_TO_MINUTES) * ROUND_TO_MINUTES


def _shorts(studio: DemoStudio, key: str, day: date, films: Sequence[Film]) -> list[Slot]:
    """Two short films, rotating by day and differing between studios."""
    shorts = [film for film in films if film.is_short]
    slots: list[Slot] = []
    first = day.toordinal() * SHORTS_PER_DAY + crc32(key.encode())
    for turn in range(min(SHORTS_PER_DAY, len(shorts))):
        film = shorts[(first + turn) % len(shorts)]
        minute = _next_start(studio, slots[-1]) if slots else studio.opens_minute
        slots.append(Slot(film, minute, "2D"))
    return slots


def _next_feature(
    fitting: Sequence[Film], studio: DemoStudio, slots: Sequence[Slot], chance: random.Random
) -> Film | None:
    """Popular films more often, those already shown today less often; not the same one twice in a
    row.

    Films in the large format are preferred on the large screen.
    """
    shown = [slot.film for slot in slots]
    others = [film for film in fitting if not shown or film is not shown[-1]] or list(fitting)
    if not others:
        return None
    weights = [
        film.popularity
        * (LARGE_FORMAT_WEIGHT if studio.studio_class == "large" and "LF" in film.formats else 1)
        / (1 + 2 * shown.count(film))
        for film in others
    ]
    return chance.choices(others, weights)[0]


def _may_start(film: Film, studio: DemoStudio, minute: int, free_by_minute: int | None) -> bool:
    if film.is_short or minute > LAST_START_MINUTE:
        return False
    if film.classification == "SU" and minute > CHILDREN_UNTIL_MINUTE:
        return False
    if film.classification in ("17+", "21+") and minute < ADULTS_FROM_MINUTE:
        return False
    return free_by_minute is None or minute + occupied_minutes(film, studio) <= free_by_minute


def _midnight_film(films: Sequence[Film]) -> Film | None:
    """Return the most popular film for adults."""
    adult = [film for film in films if film.classification in ("17+", "21+")]
    return max(adult, key=lambda film: (film.popularity, film.slug), default=None)
