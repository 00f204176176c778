"""Import plans: dry run of an import, row by row."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Refused
from movies.importing.parsing import CellUnreadable, fold
from movies.importing.spreadsheets import FileUnreadable, Sheet, SheetRow, read_sheet
from movies.models import Showtime

Value = TypeVar("Value")


class Verdict(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    SAME = "same"
    BAD = "bad"


@dataclass(frozen=True)
class Column:
    """``label`` is its name in the office; ``aliases`` are also accepted as headings."""

    name: str
    meaning: Any  # translated when shown
    examples: tuple[str, str]
    is_required: bool = False
    label: Any = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class CellFault:
    """``column`` is empty for faults of the whole row."""

    column: str
    message: str


@dataclass(frozen=True)
class CellChange:
    column: str
    old: str
    new: str


@dataclass(frozen=True)
class PlannedRow:
    """``reading`` is the interpretation of the row, ``notes`` are points for the user to check."""

    number: int
    title: str
    verdict: Verdict
    faults: tuple[CellFault, ...] = ()
    changes: tuple[CellChange, ...] = ()
    reading: str = ""
    notes: tuple[str, ...] = ()
    table: str = ""
    # Input of ``apply``.
    work: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class ImportPlan:
    rows: tuple[PlannedRow, ...]
    notes: tuple[str, ...] = ()

    def of(self, verdict: Verdict) -> list[PlannedRow]:
        return [row for row in self.rows if row.verdict is verdict]

    @property
    def bad(self) -> list[PlannedRow]:
        return self.of(Verdict.BAD)

    @property
    def work(self) -> list[PlannedRow]:
        return [row for row in self.rows if row.verdict in (Verdict.CREATE, Verdict.CHANGE)]

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(row.verdict for row in self.rows)
        return {verdict.value: found[verdict] for verdict in Verdict}

    @property
    def fingerprint(self) -> str:
        """Hash that is equal for plans that would do the same."""
        return hashlib.sha256(repr(self.rows).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class ImportKind:
    """A kind of table that can be uploaded. ``plan`` and ``apply`` are its two steps."""

    name: str
    columns: tuple[Column, ...]
    plan: Callable[[Sheet, Any, datetime], ImportPlan]  # sheet, user, at
    # rows, at, by (the user, for the audit log); returns new showtimes, if it makes any
    apply: Callable[..., list[Showtime] | None]

    def read(self, content: bytes) -> Sheet:
        """Read an uploaded file. Raises FileUnreadable, FileTooLarge."""
        sheet = read_sheet(content, self.headings)
        self.demand_columns(sheet)
        return sheet

    @cached_property
    def headings(self) -> dict[str, str]:
        """Column names by folded heading: names, labels in each language, aliases."""
        found: dict[str, str] = {}
        for code, _name in settings.LANGUAGES:
            with translation.override(code):
                for column in self.columns:
                    texts = (column.name, str(column.label), *column.aliases)
                    found |= {fold(text): column.name for text in texts if text}
        return found

    def demand_columns(self, sheet: Sheet) -> None:
        """Raise FileUnreadable for a file without any known column, or without a required one."""
        known = [column.name for column in self.columns]
        if not set(known) & set(sheet.columns):
            text = _("There is no column “%(name)s”. The columns are: %(known)s.")
            unknown = next((name for name in sheet.columns if name), "")
            raise FileUnreadable(text % {"name": unknown, "known": ", ".join(known)})
        missing = [
            column.name
            for column in self.columns
            if column.is_required and column.name not in sheet.columns
        ]
        if missing:
            text = _("The column “%(name)s” is missing.")
            raise FileUnreadable(text % {"name": missing[0]})


class ImportOutdated(Refused):
    code = "import_outdated"
    message = gettext_lazy("Something changed meanwhile. Look at the rows again, then confirm.")


class RowReader:
    """Reads the cells of one row and collects faults and notes."""

    def __init__(self, row: SheetRow) -> None:
        self.row = row
        self.faults: list[CellFault] = []
        self.notes: list[str] = []

    def text(self, column: str) -> str:
        return self.row.cells.get(column, "")

    def add_fault(self, column: str, message: Any) -> None:
        self.faults.append(CellFault(column, str(message)))

    def note(self, message: Any) -> None:
        self.notes.append(str(message))

    def need(self, columns: Iterable[str]) -> None:
        for column in columns:
            if not self.text(column):
                self.add_fault(column, _("This cell is empty."))

    def value(self, column: str, read: Callable[[str], Value]) -> Value | None:
        """Return None for an empty cell, and for one that cannot be read."""
        text = self.text(column)
        if not text:
            return None
        try:
            return read(text)
        except CellUnreadable as error:
            self.add_fault(column, error)
            return None

    def planned(self, title: str, verdict: Verdict, **values: Any) -> PlannedRow:
        row, notes = self.row, tuple(self.notes)
        return PlannedRow(row.number, title, verdict, notes=notes, table=row.table, **values)

    def bad(self, title: str) -> PlannedRow:
        return self.planned(title, Verdict.BAD, faults=tuple(self.faults))
