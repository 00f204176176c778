"""Showtimes out of a table: by studio and start new, of another price, or as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core.errors import LayarError
from movies.errors import ShowtimeClosed
from movies.importing.columns import SHOWTIME_COLUMNS
from movies.importing.parsing import choice, day, hour, whole
from movies.importing.plan import CellChange, ImportKind, ImportPlan, PlannedRow, RowReader, Verdict
from movies.importing.spreadsheets import Sheet, SheetRow
from movies.models import Cinema, Movie, ScreenFormat, Showtime, Studio
from movies.scheduling.business_day import moment
from movies.scheduling.pricing import PriceList
from movies.scheduling.showtimes import (
    ShowtimeDraft,
    ShowtimeInPast,
    overlap_error,
    reprice_showtime,
    schedule_showtimes,
)
from movies.staff.permissions import Permission, cinemas_with

REQUIRED = [column.name for column in SHOWTIME_COLUMNS if column.is_required]
LANGUAGE_CHARACTERS_MAX = 40  # as the columns of a showtime
FORMATS = {value.casefold(): value for value in ScreenFormat.values}


@dataclass
class _Scene:
    """What the rows name, read once, and what is on the programme around them."""

    cinemas: dict[str, Cinema]
    own: set[int]  # ids of the cinemas whose programme the reader may change
    priced: set[int]  # and of those whose prices
    studios: dict[tuple[int, str], Studio]
    movies: dict[str, Movie]
    prices: PriceList
    at: datetime
    # studio → (row of the file, or None for the programme; showing)
    taken: dict[int, list[tuple[int | None, Showtime]]] = field(default_factory=dict)


@dataclass(frozen=True)
class _ShowtimeWork:
    draft: ShowtimeDraft
    existing: Showtime | None = None


@dataclass(frozen=True)
class _Wish:
    reader: RowReader
    title: str
    draft: ShowtimeDraft | None = None


def plan_showtimes(sheet: Sheet, user: Any, at: datetime) -> ImportPlan:
    """Writes nothing. Rows are taken in their order: of two that clash the later one is bad."""
    scene = _scene(sheet, user, at)
    wishes = [_wish(RowReader(row), scene) for row in sheet.rows]
    _note_programme(scene, [wish.draft for wish in wishes if wish.draft])
    rows = [_judge(wish, scene) for wish in wishes]
    return ImportPlan(tuple(_rehearse(rows, at)))


def _scene(sheet: Sheet, user: Any, at: datetime) -> _Scene:
    cinemas = list(Cinema.objects.all())
    films = {row.cells.get("film", "") for row in sheet.rows}
    named = Q(slug__in=films) | Q(title_id__in=films) | Q(title_en__in=films)
    movies = list(Movie.objects.filter(named).defer("synopsis_id", "synopsis_en").order_by("pk"))
    return _Scene(
        cinemas={
            name.casefold(): cinema for cinema in cinemas for name in (cinema.name, cinema.slug)
        },
        own=set(cinemas_with(user, Permission.PROGRAMME).values_list("pk", flat=True)),
        priced=set(cinemas_with(user, Permission.PRICES).values_list("pk", flat=True)),
        studios={
            (studio.cinema_id, studio.name.casefold()): studio
            for studio in Studio.objects.select_related("cinema")
        },
        # A slug names one film; titles are only asked for what no slug says.
        movies={movie.title_en: movie for movie in movies}
        | {movie.title_id: movie for movie in movies}
        | {movie.slug: movie for movie in movies},
        prices=PriceList.of(cinemas),
        at=at,
    )


def _wish(reader: RowReader, scene: _Scene) -> _Wish:
    title = " · ".join(filter(None, (reader.text(name) for name in REQUIRED)))
    reader.need(REQUIRED)
    studio = _studio(reader, scene)
    movie = scene.movies.get(reader.text("film"))
    if movie is None and reader.text("film"):
        reader.blame("film", _("There is no film “%(name)s”.") % {"name": reader.text("film")})
    on, begins = reader.value("date", day), reader.value("time", hour)
    screen_format = reader.value("format", lambda text: choice(text, FORMATS))
    price_rupiah = reader.value("price", whole)
    for name in ("audio", "subtitles"):
        if len(reader.text(name)) > LANGUAGE_CHARACTERS_MAX:
            text = _("At most %(limit)d characters.")
            reader.blame(name, text % {"limit": LANGUAGE_CHARACTERS_MAX})
    if reader.faults or not (studio and movie and on and begins is not None):
        return _Wish(reader, title)
    try:
        starts_at = moment(datetime.combine(on, begins), studio.cinema.zone)
    except LayarError as error:
        reader.blame("time", error)
        return _Wish(reader, title)
    draft = ShowtimeDraft(
        studio=studio,
        movie=movie,
        starts_at=starts_at,
        screen_format=screen_format or ScreenFormat.TWO_D.value,
        audio_language=reader.text("audio") or movie.original_language,
        subtitle_language=reader.text("subtitles"),
        base_price_rupiah=price_rupiah,
    )
    return _Wish(reader, title, draft)


def _studio(reader: RowReader, scene: _Scene) -> Studio | None:
    name = reader.text("cinema")
    cinema = scene.cinemas.get(name.casefold())
    if cinema is None:
        if name:
            reader.blame("cinema", _("There is no cinema “%(name)s”.") % {"name": name})
        return None
    if cinema.pk not in scene.own:
        text = _("You may not change the programme of “%(cinema)s”.")
        reader.blame("cinema", text % {"cinema": cinema.name})
        return None
    studio = scene.studios.get((cinema.pk, reader.text("studio").casefold()))
    if studio is None and reader.text("studio"):
        text = _("“%(cinema)s” has no studio “%(name)s”.")
        reader.blame("studio", text % {"cinema": cinema.name, "name": reader.text("studio")})
    return studio


def _note_programme(scene: _Scene, drafts: Sequence[ShowtimeDraft]) -> None:
    if not drafts:
        return
    ends = [_ends_at(draft) for draft in drafts]
    existing = Showtime.objects.live().filter(
        studio__in={draft.studio.pk for draft in drafts},
        starts_at__lt=max(ends),
        ends_at__gt=min(draft.starts_at for draft in drafts),
    )
    for showtime in existing.select_related("movie", "studio__cinema"):
        scene.taken.setdefault(showtime.studio_id, []).append((None, showtime))


def _ends_at(draft: ShowtimeDraft) -> datetime:
    return draft.starts_at + draft.studio.occupied_for(draft.movie.duration_minutes)


def _judge(wish: _Wish, scene: _Scene) -> PlannedRow:
    reader, draft = wish.reader, wish.draft
    if draft is None:
        return reader.bad(wish.title)
    number, ends_at = reader.row.number, _ends_at(draft)
    taken = scene.taken.setdefault(draft.studio.pk, [])
    for row, other in taken:
        if row is None and other.starts_at == draft.starts_at and _is_same_showing(other, wish):
            return _again(wish, draft, other, scene)
        if draft.starts_at < other.ends_at and other.starts_at < ends_at:
            reader.blame("time", _clash(row, other))
            return reader.bad(wish.title)
    price_rupiah = draft.base_price_rupiah
    try:
        if draft.starts_at <= scene.at:
            raise ShowtimeInPast()
        if price_rupiah is None:
            price_rupiah = scene.prices.price_rupiah(
                draft.studio, draft.screen_format, draft.starts_at
            )
    except LayarError as error:
        reader.blame("date" if isinstance(error, ShowtimeInPast) else "price", error)
        return reader.bad(wish.title)
    made = Showtime(
        studio=draft.studio, movie=draft.movie, starts_at=draft.starts_at, ends_at=ends_at
    )
    taken.append((number, made))
    change = CellChange("price", "", str(price_rupiah))
    work = _ShowtimeWork(draft)
    return PlannedRow(number, wish.title, Verdict.CREATE, changes=(change,), work=work)


def _is_same_showing(other: Showtime, wish: _Wish) -> bool:
    """What the row leaves empty may be as it is."""
    draft, text = wish.draft, wish.reader.text
    return draft is not None and (
        other.movie_id == draft.movie.pk
        and (not text("format") or other.screen_format == draft.screen_format)
        and text("audio") in ("", other.audio_language)
        and text("subtitles") in ("", other.subtitle_language)
    )


def _clash(row: int | None, other: Showtime) -> str:
    if row is None:
        return str(overlap_error(other))
    return _("Row %(row)d of this file: %(clash)s") % {"row": row, "clash": overlap_error(other)}


def _again(wish: _Wish, draft: ShowtimeDraft, existing: Showtime, scene: _Scene) -> PlannedRow:
    """A showing that is on the programme already: at most its price changes."""
    number, price_rupiah = wish.reader.row.number, draft.base_price_rupiah
    if price_rupiah is None or price_rupiah == existing.base_price_rupiah:
        return PlannedRow(number, wish.title, Verdict.SAME)
    cinema = draft.studio.cinema
    if cinema.pk not in scene.priced:
        text = _("You may not change the prices of “%(cinema)s”.")
        wish.reader.blame("price", text % {"cinema": cinema.name})
    elif existing.sale_closes_at <= scene.at:
        wish.reader.blame("price", ShowtimeClosed())
    if wish.reader.faults:
        return wish.reader.bad(wish.title)
    change = CellChange("price", str(existing.base_price_rupiah), str(price_rupiah))
    work = _ShowtimeWork(draft, existing)
    return PlannedRow(number, wish.title, Verdict.CHANGE, changes=(change,), work=work)


def _rehearse(rows: Iterable[PlannedRow], at: datetime) -> list[PlannedRow]:
    """Schedule the first new showing of each studio and take it back: what the floors above refuse
    (a studio without seats) is told with the other faults."""
    refused: dict[int, str | None] = {}
    judged = []
    for row in rows:
        if row.verdict is Verdict.CREATE:
            draft = row.work.draft
            if draft.studio.pk not in refused:
                refused[draft.studio.pk] = _refusal(draft, at)
            message = refused[draft.studio.pk]
            if message is not None:
                reader = RowReader(SheetRow(row.number, {}))
                reader.blame("studio", message)
                judged.append(reader.bad(row.title))
                continue
        judged.append(row)
    return judged


def _refusal(draft: ShowtimeDraft, at: datetime) -> str | None:
    try:
        with transaction.atomic():
            schedule_showtimes([draft], at=at)
            transaction.set_rollback(True)
    except LayarError as error:
        return str(error)
    return None


@transaction.atomic
def apply_showtimes(rows: Sequence[PlannedRow], at: datetime) -> None:
    """All of these rows or none, through the domain. Raises what it refuses."""
    schedule_showtimes([row.work.draft for row in rows if row.verdict is Verdict.CREATE], at=at)
    for row in rows:
        if row.verdict is Verdict.CHANGE:
            reprice_showtime(row.work.existing, row.work.draft.base_price_rupiah, at)


SHOWTIMES = ImportKind("showtimes", SHOWTIME_COLUMNS, plan_showtimes, apply_showtimes)
