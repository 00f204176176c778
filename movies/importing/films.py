"""Import of films: matched by slug or title, then created, changed or unchanged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from zlib import crc32

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import LayarError
from movies.importing.choices import classifications
from movies.importing.columns import FILM_COLUMNS
from movies.importing.parsing import (
    CellUnreadable,
    choice,
    day,
    fold,
    is_month_first,
    length_minutes,
    one_of_many,
    yes_or_no,
)
from movies.importing.plan import (
    CellChange,
    ImportKind,
    ImportOutdated,
    ImportPlan,
    PlannedRow,
    RowReader,
    Verdict,
)
from movies.importing.spreadsheets import Sheet, SheetRow
from movies.models import Genre, Movie
from movies.scheduling.ends import EndsOverlap, conflicts, plan_ends, save_with_ends

REQUIRED_WHEN_NEW = (
    "title_id", "title_en", "synopsis_id", "synopsis_en", "duration_minutes", "classification",
    "genres", "release_date", "original_language", "country", "director",
)  # fmt: skip
# Distributors' lists have no English texts: without these columns the Indonesian ones are used.
ENGLISH_FROM = {"title_en": "title_id", "synopsis_en": "synopsis_id"}
SLUG_CHARACTERS_MAX = 90  # as the column of a film
FIELDS = [column.name for column in FILM_COLUMNS if column.name not in ("slug", "genres")]

Readers = dict[str, Callable[[str], Any]]


@dataclass(frozen=True)
class _FilmWork:
    movie: Movie
    fields: list[str]
    genres: list[Genre] | None  # None: unchanged


class _KnownFilms:
    """Existing films by slug and by folded title, read in two queries."""

    def __init__(self, sheet: Sheet) -> None:
        self._by_slug: dict[str, int] = {}
        self._by_title: dict[str, dict[int, str]] = {}
        for pk, slug, *titles in Movie.objects.values_list("pk", "slug", "title_id", "title_en"):
            self._by_slug[slug] = pk
            for title in titles:
                self._by_title.setdefault(fold(title), {})[pk] = slug
        found = {pk for row in sheet.rows for pk in self.matches(row)}
        movies = Movie.objects.prefetch_related("genres")
        self._movies = movies.in_bulk(found) if found else {}

    def matches(self, row: SheetRow) -> dict[int, str]:
        """Ids and slugs of the films that the row may be about."""
        slug, title = row.cells.get("slug"), row.cells.get("title_id", "")
        if slug:
            return {self._by_slug[slug]: slug} if slug in self._by_slug else {}
        return self._by_title.get(fold(title), {}) if fold(title) else {}

    def find(self, reader: RowReader) -> Movie | None:
        found = self.matches(reader.row)
        if len(found) > 1:
            text = _("Several films have this title. Fill in the slug of one: %(slugs)s.")
            reader.add_fault("title_id", text % {"slugs": ", ".join(sorted(found.values()))})
        return self._movies[next(iter(found))] if len(found) == 1 else None


def plan_films(sheet: Sheet, user: Any, at: datetime) -> ImportPlan:
    """Plan an import; writes nothing. An empty cell keeps the value of an existing film."""
    known = _KnownFilms(sheet)
    genres = _genres_by_name()
    month_first = is_month_first(row.cells.get("release_date", "") for row in sheet.rows)
    readers: Readers = {
        "duration_minutes": length_minutes,
        "classification": partial(choice, known=classifications()),
        "release_date": partial(day, month_first=month_first),
        "is_indonesian": yes_or_no,
    }
    first_row: dict[str, int] = {}
    rows = []
    for row in sheet.rows:
        reader = RowReader(_with_english(row, sheet.columns))
        film = known.find(reader)
        if reader.faults:  # several films have the title
            rows.append(reader.bad(row.cells["title_id"]))
            continue
        slug = film.slug if film is not None else _slug(row)
        earlier = first_row.setdefault(slug, row.number)
        if not slug:
            reader.add_fault("slug", _("A film needs a slug or a title."))
        elif earlier != row.number:
            reader.add_fault("slug", _("Row %(row)d is about the same film.") % {"row": earlier})
        rows.append(_plan_film(reader, slug, film, readers, genres, at))
    return ImportPlan(tuple(rows), sheet.notes)


def _with_english(row: SheetRow, columns: Sequence[str]) -> SheetRow:
    copied = {
        name: row.cells[source]
        for name, source in ENGLISH_FROM.items()
        if name not in columns and source in row.cells
    }
    return SheetRow(row.number, row.cells | copied, row.table)


def _slug(row: SheetRow) -> str:
    """The given slug, or a valid one from a title in any script."""
    titles = [row.cells[name] for name in ("title_id", "title_en") if name in row.cells]
    if row.cells.get("slug") or not titles[:1] or "title_id" not in row.cells:
        return row.cells.get("slug", "")
    slug = next(filter(None, map(slugify, titles)), f"film-{crc32(titles[0].encode()):08x}")
    return slug[:SLUG_CHARACTERS_MAX].strip("-")


def _genres_by_name() -> dict[str, Genre]:
    return {
        name.casefold(): genre
        for genre in Genre.objects.all()
        for name in (genre.name_en, genre.name_id, genre.slug)
    }


def _plan_film(
    reader: RowReader,
    slug: str,
    known: Movie | None,
    readers: Readers,
    genres: dict[str, Genre],
    at: datetime,
) -> PlannedRow:
    title = reader.text("title_id") or (known.title_id if known else "") or slug
    if known is None:
        reader.need(REQUIRED_WHEN_NEW)
    movie = Movie(slug=slug) if known is None else known
    changes, fields = [], []
    for name in FIELDS:
        value = reader.value(name, readers.get(name, str))
        old = getattr(movie, name)
        if value is None or value == old:
            continue
        if known is not None:
            changes.append(CellChange(name, _format(old), _format(value)))
        fields.append(name)
        setattr(movie, name, value)
    chosen = reader.value("genres", lambda text: _find_genres(text, genres))
    old_genres = list(movie.genres.all()) if known else []
    if chosen is not None and {genre.pk for genre in chosen} != {genre.pk for genre in old_genres}:
        if known is not None:
            changes.append(CellChange("genres", _names(old_genres), _names(chosen)))
    else:
        chosen = None
    _validate(reader, movie)
    if known is not None and "duration_minutes" in fields and not reader.faults:
        _check_ends(reader, movie, at)
    if reader.faults:
        return reader.bad(title)
    work = _FilmWork(movie, fields, chosen)
    verdict = Verdict.CREATE if known is None else Verdict.CHANGE if changes else Verdict.SAME
    reading = date_format(movie.release_date, "D, j M Y")
    return reader.planned(title, verdict, changes=tuple(changes), reading=reading, work=work)


def _check_ends(reader: RowReader, movie: Movie, at: datetime) -> None:
    """List showtimes that the new length makes overlap, or report how many ends move."""
    try:
        changes = plan_ends(at, movie=movie)
    except LayarError as error:
        reader.add_fault("duration_minutes", error)
        return
    if found := conflicts(changes):
        for message in EndsOverlap(found).conflicts:
            reader.add_fault("duration_minutes", message)
    elif changes:
        text = ngettext(
            "The end of %(count)d future showtime moves.",
            "The ends of %(count)d future showtimes move.",
            len(changes),
        )
        reader.note(text % {"count": len(changes)})


def _validate(reader: RowReader, movie: Movie) -> None:
    """Apply the model's own rules: lengths, URLs, slugs."""
    faulty = {fault.column for fault in reader.faults}
    try:
        movie.clean_fields(exclude={*faulty, "poster", "id"})
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            for message in messages:
                reader.add_fault(name, message)


def _find_genres(text: str, genres: dict[str, Genre]) -> list[Genre]:
    found = []
    for name in one_of_many(text):
        if name.casefold() not in genres:
            raise CellUnreadable(_("There is no genre “%(name)s”.") % {"name": name})
        found.append(genres[name.casefold()])
    return found


def _names(genres: Sequence[Genre]) -> str:
    return ", ".join(sorted(genre.slug for genre in genres))


def _format(value: Any) -> str:
    if isinstance(value, date):
        return date_format(value, "D, j M Y")
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return str(value)


def apply_films(rows: Sequence[PlannedRow], at: datetime, by: Any = None) -> None:
    """Write all of these rows or none. Locks the films that change by id.

    Raises ImportOutdated, EndsOverlap.
    """
    changed = [row.work.movie.pk for row in rows if row.verdict is Verdict.CHANGE]
    try:
        with transaction.atomic():
            list(Movie.objects.select_for_update().filter(pk__in=changed).order_by("pk"))
            for row in rows:
                _write(row.work, at, by, is_new=row.verdict is Verdict.CREATE)
    except IntegrityError as error:  # a slug was taken meanwhile
        raise ImportOutdated() from error


def _write(work: _FilmWork, at: datetime, by: Any, *, is_new: bool) -> None:
    if is_new:
        work.movie.save(force_insert=True)
    elif work.fields:
        save_with_ends(work.movie, fields=work.fields, at=at, by=by)
    if work.genres is not None:
        work.movie.genres.set(work.genres)


FILMS = ImportKind("films", FILM_COLUMNS, plan_films, apply_films)
