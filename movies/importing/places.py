"""Cinemas, studios and films that the rows of an import name, compared without case, spaces and
punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _

from movies.importing.parsing import fold
from movies.importing.plan import RowReader
from movies.models import Cinema, Movie, Studio
from movies.staff.permissions import Permission, cinemas_with

CLOSE_MATCH_CUTOFF = 0.75
NUMBER = re.compile(r"\d+")
WORDS_FOR_STUDIO = {
    "",
    "studio",
    "std",
    "audi",
    "auditorium",
    "screen",
    "teater",
    "theater",
    "layar",
}


class Places:
    """Lookups of one import, read in three queries."""

    def __init__(self, user: Any) -> None:
        self.cinemas = list(Cinema.objects.all())
        self.schedulable = _ids(user, Permission.PROGRAMME)
        self.priceable = _ids(user, Permission.PRICES)
        self._by_slug = {cinema.slug: cinema for cinema in self.cinemas}
        self._cinemas: dict[str, dict[int, Cinema]] = {}
        for cinema in self.cinemas:
            for key in (fold(cinema.name), fold(cinema.slug)):
                self._cinemas.setdefault(key, {})[cinema.pk] = cinema
        self._studios: dict[int, list[Studio]] = {}
        for studio in Studio.objects.select_related("cinema"):
            self._studios.setdefault(studio.cinema_id, []).append(studio)

    def studio(self, reader: RowReader) -> Studio | None:
        """Find the row's studio at a cinema that the user may schedule; adds faults and notes."""
        cinema = self._cinema(reader)
        if cinema is None:
            return None
        name = reader.text("studio")
        known = self._studios.get(cinema.pk, [])
        exact = [studio for studio in known if studio.name == name]
        found = exact or [studio for studio in known if fold(studio.name) == fold(name)]
        if len(found) > 1:
            text = _(
                "“%(cinema)s” has several studios “%(name)s”. Write the name of one: %(names)s."
            )
            names = ", ".join(sorted(studio.name for studio in found))
            facts = {"cinema": cinema.name, "name": name, "names": names}
            reader.add_fault("studio", text % facts)
            return None
        studio = found[0] if found else _by_number(name, known)
        if studio is None and name:
            text = _("“%(cinema)s” has no studio “%(name)s”.")
            reader.add_fault("studio", text % {"cinema": cinema.name, "name": name})
        elif studio is not None and fold(name) != fold(studio.name):
            reader.note(_read_as(name, studio.name))
        return studio

    def _cinema(self, reader: RowReader) -> Cinema | None:
        name = reader.text("cinema")
        cinema = self._by_slug.get(name) or self._named(reader, name)
        if cinema is not None and cinema.pk not in self.schedulable:
            text = _("You may not change the programme of “%(cinema)s”.")
            reader.add_fault("cinema", text % {"cinema": cinema.name})
            return None
        return cinema

    def _named(self, reader: RowReader, name: str) -> Cinema | None:
        """Find a cinema by its whole name, or by a part that only one has."""
        found = list(self._cinemas.get(fold(name), {}).values())
        if len(found) > 1:
            text = _("Several cinemas are called “%(name)s”. Write the slug of one: %(slugs)s.")
            slugs = ", ".join(sorted(cinema.slug for cinema in found))
            reader.add_fault("cinema", text % {"name": name, "slugs": slugs})
            return None
        if found or not fold(name):
            return next(iter(found), None)
        similar = (by_id for key, by_id in self._cinemas.items() if fold(name) in key)
        partial = {pk: cinema for by_id in similar for pk, cinema in by_id.items()}
        if len(partial) != 1:
            reader.add_fault("cinema", _("There is no cinema “%(name)s”.") % {"name": name})
            return None
        [cinema] = partial.values()
        reader.note(_read_as(name, cinema.name))
        return cinema


class Films:
    """Films by slug and by folded title, read in one query."""

    def __init__(self) -> None:
        movies = Movie.objects.defer("synopsis_id", "synopsis_en").order_by("pk")
        self._by_slug: dict[str, Movie] = {}
        self._by_title: dict[str, dict[int, Movie]] = {}
        for movie in movies:
            self._by_slug[movie.slug] = movie
            for title in (movie.title_id, movie.title_en):
                self._by_title.setdefault(fold(title), {})[movie.pk] = movie

    def film(self, reader: RowReader) -> Movie | None:
        """Find the row's film; adds a fault if there is none, or several of that title."""
        name = reader.text("film")
        if name in self._by_slug:
            return self._by_slug[name]
        found = list(self._by_title.get(fold(name), {}).values()) if fold(name) else []
        if len(found) == 1:
            return found[0]
        if found:
            text = _("Several films are called “%(name)s”. Write the slug of one: %(slugs)s.")
            slugs = ", ".join(sorted(movie.slug for movie in found))
            reader.add_fault("film", text % {"name": name, "slugs": slugs})
        elif name:
            reader.add_fault("film", self._unknown(name))
        return None

    def _unknown(self, name: str) -> str:
        text = _("There is no film “%(name)s”.") % {"name": name}
        close = get_close_matches(fold(name), self._by_title, n=1, cutoff=CLOSE_MATCH_CUTOFF)
        if not close:
            return text
        (movie, *_others) = self._by_title[close[0]].values()
        return f"{text} " + _("Did you mean “%(title)s”?") % {"title": movie.title}


def _ids(user: Any, permission: Permission) -> set[int]:
    return set(cinemas_with(user, permission).values_list("pk", flat=True))


def _by_number(name: str, studios: Iterable[Studio]) -> Studio | None:
    """``1`` or ``Audi 1`` for ``Studio 1``, if only one studio has that number."""
    numbers = NUMBER.findall(name)
    if len(numbers) != 1 or NUMBER.sub("", fold(name)) not in WORDS_FOR_STUDIO:
        return None
    found = [studio for studio in studios if NUMBER.findall(studio.name) == numbers]
    return found[0] if len(found) == 1 else None


def _read_as(text: str, name: str) -> str:
    return _("“%(text)s” is read as %(name)s.") % {"text": text, "name": name}
