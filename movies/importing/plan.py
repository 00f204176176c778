"""What an import would do, row by row, before anything is written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Refused
from movies.importing.parsing import CellUnreadable
from movies.importing.spreadsheets import FileUnreadable, Sheet, SheetRow

Value = TypeVar("Value")


class Verdict(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    SAME = "same"
    BAD = "bad"


@dataclass(frozen=True)
class Column:
    name: str
    meaning: Any  # translated when shown
    examples: tuple[str, str]
    is_required: bool = False


@dataclass(frozen=True)
class CellFault:
    """``column`` is empty for what concerns the whole row."""

    column: str
    message: str


@dataclass(frozen=True)
class CellChange:
    column: str
    old: str
    new: str


@dataclass(frozen=True)
class PlannedRow:
    number: int
    title: str
    verdict: Verdict
    faults: tuple[CellFault, ...] = ()
    changes: tuple[CellChange, ...] = ()
    # What ``apply`` works with.
    work: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class ImportPlan:
    rows: tuple[PlannedRow, ...]

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
        """Equal for plans that would do the same."""
        return hashlib.sha256(repr(self.rows).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class ImportKind:
    """One sort of table that can be uploaded. ``plan`` and ``apply`` are its two steps."""

    name: str
    columns: tuple[Column, ...]
    plan: Callable[[Sheet, Any, datetime], ImportPlan]  # sheet, who uploads, at
    apply: Callable[[Sequence[PlannedRow], datetime], None]  # rows, at

    def demand_columns(self, sheet: Sheet) -> None:
        """Raises FileUnreadable: a column that is misspelt would be left out without a word."""
        known = [column.name for column in self.columns]
        unknown = [name for name in sheet.columns if name and name not in known]
        if unknown:
            text = _("There is no column “%(name)s”. The columns are: %(known)s.")
            raise FileUnreadable(text % {"name": unknown[0], "known": ", ".join(known)})
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
    """Reads the cells of one row and gathers what is wrong with them."""

    def __init__(self, row: SheetRow) -> None:
        self.row = row
        self.faults: list[CellFault] = []

    def text(self, column: str) -> str:
        return self.row.cells.get(column, "")

    def blame(self, column: str, message: Any) -> None:
        self.faults.append(CellFault(column, str(message)))

    def need(self, columns: Iterable[str]) -> None:
        for column in columns:
            if not self.text(column):
                self.blame(column, _("This cell is empty."))

    def value(self, column: str, read: Callable[[str], Value]) -> Value | None:
        """None for an empty cell, and for one that cannot be read."""
        text = self.text(column)
        if not text:
            return None
        try:
            return read(text)
        except CellUnreadable as error:
            self.blame(column, error)
            return None

    def bad(self, title: str) -> PlannedRow:
        return PlannedRow(self.row.number, title, Verdict.BAD, tuple(self.faults))
