"""The office's search: bookings by code, contact or payment reference, showtimes by film and day.

A user finds bookings of their cinemas only, and by contact only where they may see people. Every
lookup uses an index and reads a limited number of rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.search import SearchQuery
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bookings.models import Booking, Payment
from bookings.models.booking import CODE_LENGTH, normalise_code
from bookings.models.contact_words import ContactWords, digits_query, words_query
from movies.importing.parsing import MONTHS
from movies.models import Movie, Showtime
from movies.models.business_day import business_date
from movies.office.admin import cinema_ids_with, office_zone
from movies.staff.permissions import Permission

BOOKINGS_MAX, SHOWTIMES_MAX, FILMS_MAX = 10, 8, 5
CANDIDATES_MAX = 500  # bookings that are sorted; of more, the newest are read by their time
COMING_DAYS = 7
WORD = re.compile(r"[^\W_]+")
RELATIVE_DAYS = {
    "today": 0, "hari ini": 0, "tomorrow": 1, "besok": 1, "yesterday": -1, "kemarin": -1,
}  # fmt: skip
ISO_DAY = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
NUMERIC_DAY = re.compile(r"\b(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}))?\b")
WRITTEN_DAY = re.compile(r"\b(\d{1,2})\s+([^\W\d_]{3,9})(?:\s+(\d{4}))?\b")


@dataclass(frozen=True)
class Found:
    title: str
    description: str
    link: str


def results(request: HttpRequest, text: str) -> list[Found]:
    """Bookings first, then showtimes and films."""
    if not cinema_ids_with(request, Permission.SEE_SALES):
        return []
    return [*_bookings(request, text), *_showtimes(request, text)]


def _bookings(request: HttpRequest, text: str) -> list[Found]:
    seen = cinema_ids_with(request, Permission.SEE_SALES)
    shown = Booking.objects.filter(
        pk__in={*_by_code(text), *_by_reference(text), *_by_contact(request, text)},
        showtime__studio__cinema__in=seen,
    )
    sees_people = cinema_ids_with(request, Permission.SEE_PEOPLE)
    latest = shown.select_related("showtime__movie", "showtime__studio__cinema")
    bookings = list(latest.order_by("-created_at")[: BOOKINGS_MAX + 1])
    found = [
        _booking(booking, sees_people=booking.showtime.studio.cinema_id in sees_people)
        for booking in bookings[:BOOKINGS_MAX]
    ]
    return [*found, _more()] if len(bookings) > BOOKINGS_MAX else found


def _booking(booking: Booking, *, sees_people: bool) -> Found:
    name = f" · {booking.contact_name}" if sees_people and booking.contact_name else ""
    return Found(
        f"{booking.code}{name}",
        f"{_when(booking.showtime)} · {booking.showtime.movie} · {booking.get_status_display()}",
        reverse("admin:bookings_booking_change", args=[booking.pk]),
    )


def _more() -> Found:
    return Found(
        _("More bookings match"),
        _("These are the newest. Add a word, more digits or the booking code."),
        reverse("admin:bookings_booking_changelist"),
    )


def _by_code(text: str) -> Iterable[UUID]:
    code = normalise_code(text)
    if len(code) != CODE_LENGTH:
        return []
    return Booking.objects.filter(code=code).values_list("pk", flat=True)


def _by_reference(text: str) -> Iterable[UUID]:
    """The provider's reference of a payment, or our own id that the provider shows."""
    wanted = Q(provider__in=list(settings.PAYMENT_PROVIDERS), reference=text)
    found = Payment.objects.filter(wanted).values_list("booking", flat=True)[:BOOKINGS_MAX]
    try:
        own = Payment.objects.filter(pk=UUID(text))
    except ValueError:
        return found
    return {*found, *own.values_list("booking", flat=True)}


def _by_contact(request: HttpRequest, text: str) -> Iterable[UUID]:
    """By name, parts of the address or last digits, where the user may see people."""
    sees_people = cinema_ids_with(request, Permission.SEE_PEOPLE)
    query = digits_query(text) or words_query(text)
    if not query or not sees_people:
        return []
    found = (
        Booking.objects.annotate(words=ContactWords())
        .filter(words=SearchQuery(query, config="simple", search_type="raw"))
        .filter(showtime__studio__cinema__in=sees_people)
        .values_list("pk", flat=True)
    )
    # Few are read by the index of words and sorted by the caller. Only of many does the index of
    # times find the newest soon.
    few = list(found[: CANDIDATES_MAX + 1])
    is_complete = len(few) <= CANDIDATES_MAX
    return few if is_complete else found.order_by("-created_at")[: BOOKINGS_MAX + 1]


def _showtimes(request: HttpRequest, text: str) -> list[Found]:
    """Showtimes of a film, a day, or both; the films themselves without a day."""
    today = business_date(timezone.now(), office_zone(request))
    day, rest = _day(text, today)
    words = WORD.findall(rest)
    films = _films(words) if words else []
    if words and not films:
        return []
    if day is None and not films:
        return []
    rows = Showtime.objects.live().filter(
        studio__cinema__in=cinema_ids_with(request, Permission.SEE_SALES)
    )
    rows = rows.filter(movie__in=films) if films else rows
    last = today + timedelta(days=COMING_DAYS)
    rows = (
        rows.filter(business_date=day) if day else rows.filter(business_date__range=(today, last))
    )
    ordered = rows.with_places().order_by("starts_at", "pk")
    found = [
        Found(
            f"{showtime.movie} · {_when(showtime)}",
            str(showtime.studio),
            reverse("reports:showtime", args=[showtime.pk]),
        )
        for showtime in ordered[:SHOWTIMES_MAX]
    ]
    if day is None:
        found += [
            Found(film.title, _("Film"), reverse("admin:movies_movie_change", args=[film.pk]))
            for film in films
        ]
    return found


def _films(words: list[str]) -> list[Movie]:
    every_word = Q()
    for word in words:
        every_word &= Q(title_id__icontains=word) | Q(title_en__icontains=word)
    return list(Movie.objects.filter(every_word).order_by("-release_date")[:FILMS_MAX])


def _day(text: str, today: date) -> tuple[date | None, str]:
    """The day that the text names, in the year nearest to today, and the text without it."""
    lowered = text.lower()
    for name, offset in RELATIVE_DAYS.items():
        if re.search(rf"\b{name}\b", lowered):
            return today + timedelta(days=offset), lowered.replace(name, " ")
    for pattern in (ISO_DAY, NUMERIC_DAY, WRITTEN_DAY):
        if (match := pattern.search(lowered)) and (day := _date(pattern, match, today)):
            return day, lowered.replace(match[0], " ")
    return None, text


def _date(pattern: re.Pattern[str], match: re.Match[str], today: date) -> date | None:
    first, second, third = match.groups()
    if pattern is ISO_DAY:
        year, month, number = int(first), int(second), int(third)
    else:
        month = MONTHS.get(second, 0) if pattern is WRITTEN_DAY else int(second)
        number, year = int(first), int(third) if third else 0
    years = [year] if year else [today.year, today.year + 1, today.year - 1]
    days = []
    for one in years:
        try:
            days.append(date(one, month, number))
        except ValueError:
            continue
    return min(days, key=lambda day: abs(day - today), default=None)


def _when(showtime: Showtime) -> str:
    local = showtime.local_starts_at
    return f"{date_format(local, 'D, j M Y, H:i')} {local.tzname()}"
