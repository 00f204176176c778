"""Import of showtimes: matched by studio and start, then created, repriced or unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.errors import LayarError
from movies.errors import ShowtimeClosed
from movies.importing.choices import screen_formats
from movies.importing.columns import SHOWTIME_COLUMNS
from movies.importing.parsing import choice, day, is_month_first, minute_of_day, price
from movies.importing.places import Films, Places
from movies.importing.plan import CellChange, ImportKind, ImportPlan, PlannedRow, RowReader, Verdict
from movies.importing.spreadsheets import Sheet, SheetRow
from movies.models import BatchKind, ScreenFormat, Showtime
from movies.scheduling.batches import schedule_as_batch
from movies.scheduling.business_day import moment
from movies.scheduling.pricing import PriceList
from movies.scheduling.showtimes import (
    ShowtimeDraft,
    ShowtimeInPast,
    overlap_error,
    reprice_showtime,
    schedule_showtimes,
)
from movies.scheduling.usual_prices import price_unlike_cards, unusual_price

REQUIRED = [column.name for column in SHOWTIME_COLUMNS if column.is_required]
LANGUAGE_CHARACTERS_MAX = 40  # as the columns of a showtime


@dataclass
class _Context:
    """Everything the rows refer to, and the showtimes around them."""

    places: Places
    films: Films
    formats: dict[str, str]
    prices: PriceList
    month_first: bool
    at: datetime
    # studio → (row of the file or None for a scheduled showtime, showtime)
    occupied: dict[int, list[tuple[int | None, Showtime]]] = field(default_factory=dict)


@dataclass(frozen=True)
class _ShowtimeWork:
    draft: ShowtimeDraft
    existing: Showtime | None = None


@dataclass(frozen=True)
class _ReadRow:
    reader: RowReader
    title: str
    draft: ShowtimeDraft | None = None

    @property
    def reading(self) -> str:
        """Start with weekday and zone, studio and film, as they were understood."""
        if self.draft is None:
            return ""
        local = self.draft.starts_at.astimezone(self.draft.studio.cinema.zone)
        start = f"{date_format(local, 'D, j M Y, H:i')} {local.tzname()}"
        return f"{start} · {self.draft.studio} · {self.draft.movie}"


def plan_showtimes(sheet: Sheet, user: Any, at: datetime) -> ImportPlan:
    """Plan an import; writes nothing. Of two rows that overlap the later one is refused."""
    context = _context(sheet, user, at)
    read = [_read_row(RowReader(row), context) for row in sheet.rows]
    _note_scheduled(context, [row.draft for row in read if row.draft])
    rows = [_plan_row(row, context) for row in read]
    notes = list(sheet.notes)
    if context.month_first:
        notes.append(_("Dates of this file are read as month/day/year."))
    return ImportPlan(tuple(_dry_run(rows, at)), tuple(notes))


def _context(sheet: Sheet, user: Any, at: datetime) -> _Context:
    places = Places(user)
    return _Context(
        places=places,
        films=Films(),
        formats=screen_formats(),
        prices=PriceList.of(places.cinemas),
        month_first=is_month_first(row.cells.get("date", "") for row in sheet.rows),
        at=at,
    )


def _read_row(reader: RowReader, context: _Context) -> _ReadRow:
    title = " · ".join(filter(None, (reader.text(name) for name in REQUIRED)))
    reader.need(REQUIRED)
    studio = context.places.studio(reader)
    movie = context.films.film(reader)
    on = reader.value("date", partial(day, month_first=context.month_first))
    minute = reader.value("time", minute_of_day)
    screen_format = reader.value("format", partial(choice, known=context.formats))
    price_rupiah = reader.value("price", price)
    for name in ("audio", "subtitles"):
        if len(reader.text(name)) > LANGUAGE_CHARACTERS_MAX:
            text = _("At most %(limit)d characters.")
            reader.add_fault(name, text % {"limit": LANGUAGE_CHARACTERS_MAX})
    if reader.faults or not (studio and movie and on and minute is not None):
        return _ReadRow(reader, title)
    local = datetime(on.year, on.month, on.day) + timedelta(minutes=minute)  # noqa: DTZ001 (local)
    try:
        starts_at = moment(local, studio.cinema.zone)
    except LayarError as error:
        reader.add_fault("time", error)
        return _ReadRow(reader, title)
    if on < movie.release_date:
        text = _("Before the film’s release on %(day)s.")
        reader.note(text % {"day": date_format(movie.release_date, "D, j M Y")})
    draft = ShowtimeDraft(
        studio=studio,
        movie=movie,
        starts_at=starts_at,
        screen_format=screen_format or ScreenFormat.TWO_D.value,
        audio_language=reader.text("audio") or movie.original_language,
        subtitle_language=reader.text("subtitles"),
        base_price_rupiah=price_rupiah,
    )
    return _ReadRow(reader, title, draft)


def _note_scheduled(context: _Context, drafts: Sequence[ShowtimeDraft]) -> None:
    if not drafts:
        return
    ends = [_ends_at(draft) for draft in drafts]
    existing = Showtime.objects.live().filter(
        studio__in={draft.studio.pk for draft in drafts},
        starts_at__lt=max(ends),
        ends_at__gt=min(draft.starts_at for draft in drafts),
    )
    for showtime in existing.select_related("movie", "studio__cinema"):
        context.occupied.setdefault(showtime.studio_id, []).append((None, showtime))


def _ends_at(draft: ShowtimeDraft) -> datetime:
    return draft.starts_at + draft.studio.occupied_for(draft.movie.duration_minutes)


def _plan_row(row: _ReadRow, context: _Context) -> PlannedRow:
    reader, draft = row.reader, row.draft
    if draft is None:
        return reader.bad(row.title)
    ends_at = _ends_at(draft)
    occupied = context.occupied.setdefault(draft.studio.pk, [])
    for number, other in occupied:
        if other.starts_at == draft.starts_at and _is_same_showtime(other, row):
            if number is None:
                return _plan_existing(row, draft, other, context)
            if draft.base_price_rupiah in (None, other.base_price_rupiah):
                reader.note(_("The same as row %(row)d.") % {"row": number})
                return reader.planned(row.title, Verdict.SAME, reading=row.reading)
        if draft.starts_at < other.ends_at and other.starts_at < ends_at:
            reader.add_fault("time", _clash(number, other))
            return reader.bad(row.title)
    price_rupiah = _price_rupiah(reader, draft, context)
    if price_rupiah is None:
        return reader.bad(row.title)
    occupied.append((reader.row.number, _showtime(draft, ends_at, price_rupiah)))
    _note_doubt(reader, price_unlike_cards(draft, context.prices))
    changes = (CellChange("price", "", str(price_rupiah)),)
    work = _ShowtimeWork(draft)
    return reader.planned(
        row.title, Verdict.CREATE, changes=changes, reading=row.reading, work=work
    )


def _price_rupiah(reader: RowReader, draft: ShowtimeDraft, context: _Context) -> int | None:
    """The given price or that of the cards; None with a fault if it cannot be scheduled."""
    try:
        if draft.starts_at <= context.at:
            raise ShowtimeInPast()
        if draft.base_price_rupiah is not None:
            return draft.base_price_rupiah
        return context.prices.price_rupiah(draft.studio, draft.screen_format, draft.starts_at)
    except LayarError as error:
        reader.add_fault("date" if isinstance(error, ShowtimeInPast) else "price", error)
        return None


def _note_doubt(reader: RowReader, doubt: str) -> None:
    if doubt:
        reader.note(doubt)


def _showtime(draft: ShowtimeDraft, ends_at: datetime, price_rupiah: int) -> Showtime:
    return Showtime(
        studio=draft.studio,
        movie=draft.movie,
        starts_at=draft.starts_at,
        ends_at=ends_at,
        screen_format=draft.screen_format,
        audio_language=draft.audio_language,
        subtitle_language=draft.subtitle_language,
        base_price_rupiah=price_rupiah,
    )


def _is_same_showtime(other: Showtime, row: _ReadRow) -> bool:
    """Empty cells of the row match anything."""
    draft, text = row.draft, row.reader.text
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


def _plan_existing(
    row: _ReadRow, draft: ShowtimeDraft, existing: Showtime, context: _Context
) -> PlannedRow:
    """A showtime that is scheduled already: at most its price changes."""
    reader, price_rupiah = row.reader, draft.base_price_rupiah
    if price_rupiah is None or price_rupiah == existing.base_price_rupiah:
        return reader.planned(row.title, Verdict.SAME, reading=row.reading)
    cinema = draft.studio.cinema
    if cinema.pk not in context.places.priceable:
        text = _("You may not change the prices of “%(cinema)s”.")
        reader.add_fault("price", text % {"cinema": cinema.name})
    elif existing.sale_closes_at <= context.at:
        reader.add_fault("price", ShowtimeClosed())
    if reader.faults:
        return reader.bad(row.title)
    _note_doubt(reader, unusual_price(price_rupiah, existing.base_price_rupiah))
    changes = (CellChange("price", str(existing.base_price_rupiah), str(price_rupiah)),)
    work = _ShowtimeWork(draft, existing)
    return reader.planned(
        row.title, Verdict.CHANGE, changes=changes, reading=row.reading, work=work
    )


def _dry_run(rows: Iterable[PlannedRow], at: datetime) -> list[PlannedRow]:
    """Schedule the first new showtime of each studio and roll it back: refusals by receivers
    (a studio without seats) are listed with the other faults."""
    refused: dict[int, str | None] = {}
    checked = []
    for row in rows:
        if row.verdict is Verdict.CREATE:
            draft = row.work.draft
            if draft.studio.pk not in refused:
                refused[draft.studio.pk] = _refusal(draft, at)
            message = refused[draft.studio.pk]
            if message is not None:
                reader = RowReader(SheetRow(row.number, {}, row.table))
                reader.add_fault("studio", message)
                checked.append(reader.bad(row.title))
                continue
        checked.append(row)
    return checked


def _refusal(draft: ShowtimeDraft, at: datetime) -> str | None:
    try:
        with transaction.atomic():
            schedule_showtimes([draft], at=at)
            transaction.set_rollback(True)
    except LayarError as error:
        return str(error)
    return None


@transaction.atomic
def apply_showtimes(rows: Sequence[PlannedRow], at: datetime, by: Any = None) -> list[Showtime]:
    """Apply all of these rows or none; return the new showtimes.

    Raises what scheduling and repricing raise.
    """
    drafts = [row.work.draft for row in rows if row.verdict is Verdict.CREATE]
    created = schedule_as_batch(drafts, kind=BatchKind.IMPORT, by=by, at=at)
    for row in rows:
        if row.verdict is Verdict.CHANGE:
            reprice_showtime(row.work.existing, row.work.draft.base_price_rupiah, at)
    return created


SHOWTIMES = ImportKind("showtimes", SHOWTIME_COLUMNS, plan_showtimes, apply_showtimes)
