"""Films out of a table: by their slug new, changed, or as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from movies.importing.columns import FILM_COLUMNS
from movies.importing.parsing import CellUnreadable, choice, day, one_of_many, whole, yes_or_no
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
from movies.models import Classification, Genre, Movie

REQUIRED_WHEN_NEW = (
    "title_id", "title_en", "synopsis_id", "synopsis_en", "duration_minutes", "classification",
    "genres", "release_date", "original_language", "country", "director",
)  # fmt: skip
CLASSIFICATIONS = {name.casefold(): value for value in Classification.values for name in (value,)}
CLASSIFICATIONS |= {"13": "13+", "17": "17+", "21": "21+", "r13+": "13+", "d17+": "17+"}
READERS: dict[str, Callable[[str], Any]] = {
    "duration_minutes": whole,
    "classification": lambda text: choice(text, CLASSIFICATIONS),
    "release_date": day,
    "is_indonesian": yes_or_no,
}
FIELDS = [column.name for column in FILM_COLUMNS if column.name not in ("slug", "genres")]


@dataclass(frozen=True)
class _FilmWork:
    movie: Movie
    fields: list[str]
    genres: list[Genre] | None  # None: as they are


def plan_films(sheet: Sheet, user: Any, at: datetime) -> ImportPlan:
    """Writes nothing. An empty cell leaves what a known film has."""
    slugs = {row.number: _slug(row) for row in sheet.rows}
    known = {
        movie.slug: movie
        for movie in Movie.objects.filter(slug__in=slugs.values()).prefetch_related("genres")
    }
    genres = _genres_by_name()
    first_row: dict[str, int] = {}
    rows = []
    for row in sheet.rows:
        slug = slugs[row.number]
        reader = RowReader(row)
        earlier = first_row.setdefault(slug, row.number)
        if not slug:
            reader.blame("slug", _("A film needs a slug or a title."))
        elif earlier != row.number:
            reader.blame("slug", _("Row %(row)d is about the same film.") % {"row": earlier})
        rows.append(_plan_film(reader, slug, known.get(slug), genres))
    return ImportPlan(tuple(rows))


def _slug(row: SheetRow) -> str:
    return row.cells.get("slug") or slugify(row.cells.get("title_id", ""))


def _genres_by_name() -> dict[str, Genre]:
    return {
        name.casefold(): genre
        for genre in Genre.objects.all()
        for name in (genre.name_en, genre.name_id, genre.slug)
    }


def _plan_film(
    reader: RowReader, slug: str, known: Movie | None, genres: dict[str, Genre]
) -> PlannedRow:
    title = reader.text("title_id") or (known.title_id if known else "") or slug
    if known is None:
        reader.need(REQUIRED_WHEN_NEW)
    movie = Movie(slug=slug) if known is None else known
    changes, fields = [], []
    for name in FIELDS:
        value = reader.value(name, READERS.get(name, str))
        old = getattr(movie, name)
        if value is None or value == old:
            continue
        if known is not None:
            changes.append(CellChange(name, _shown(old), _shown(value)))
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
    if reader.faults:
        return reader.bad(title)
    work = _FilmWork(movie, fields, chosen)
    if known is None:
        return PlannedRow(reader.row.number, title, Verdict.CREATE, work=work)
    verdict = Verdict.CHANGE if changes else Verdict.SAME
    return PlannedRow(reader.row.number, title, verdict, changes=tuple(changes), work=work)


def _validate(reader: RowReader, movie: Movie) -> None:
    """The model's own rules: lengths, addresses, slugs."""
    blamed = {fault.column for fault in reader.faults}
    try:
        movie.clean_fields(exclude={*blamed, "poster", "id"})
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            for message in messages:
                reader.blame(name, message)


def _find_genres(text: str, genres: dict[str, Genre]) -> list[Genre]:
    found = []
    for name in one_of_many(text):
        if name.casefold() not in genres:
            raise CellUnreadable(_("There is no genre “%(name)s”.") % {"name": name})
        found.append(genres[name.casefold()])
    return found


def _names(genres: Sequence[Genre]) -> str:
    return ", ".join(sorted(genre.slug for genre in genres))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return str(value)


def apply_films(rows: Sequence[PlannedRow], at: datetime) -> None:
    """All of these rows or none. Locks the films that change. Raises ImportOutdated."""
    changed = [row.work.movie.pk for row in rows if row.verdict is Verdict.CHANGE]
    try:
        with transaction.atomic():
            list(Movie.objects.select_for_update(no_key=True).filter(pk__in=changed).order_by("pk"))
            for row in rows:
                _write(row.work, is_new=row.verdict is Verdict.CREATE)
    except IntegrityError as error:  # somebody was faster with a slug
        raise ImportOutdated() from error


def _write(work: _FilmWork, *, is_new: bool) -> None:
    if is_new:
        work.movie.save(force_insert=True)
    elif work.fields:
        work.movie.save(update_fields=work.fields)
    if work.genres is not None:
        work.movie.genres.set(work.genres)


FILMS = ImportKind("films", FILM_COLUMNS, plan_films, apply_films)
