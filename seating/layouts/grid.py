"""Parser of text grids: seats of a layout, or the faults of the text.

A grid has one line per row, nearest the screen first: the row's label, white space, then one
character per cell. An empty line is a walkway. Seats are numbered from the left within a row.
A capital letter is the same seat, blocked: it is shown, but new showtimes do not sell it.

    A   rrrr_rrrrrr_rrrr
    B   ww_aarrrr_ccccRR

Lines that begin with ``@`` are rules of the layout (``seating.best_seats.rules``); they belong
below the rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import InvalidInput
from seating.best_seats.rules import RULE_MARK, rule_fault
from seating.models import SeatCategory

AISLES = "_."
CATEGORY_OF_CELL = {
    "r": SeatCategory.REGULAR,
    "p": SeatCategory.PREMIERE,
    "c": SeatCategory.COUPLE,
    "w": SeatCategory.WHEELCHAIR,
    "a": SeatCategory.COMPANION,
}
LAYOUT_SEATS_MAX = 1_000
LINES_MAX = 60
COLUMNS_MAX = 80
GRID_CHARACTERS_MAX = 8_000
FAULTS_MAX = 20  # the first ones are enough to continue editing
ROW_LABEL = re.compile(r"[A-Za-z]{1,3}")
ROW = re.compile(r"\s*(?P<label>\S+)(?:\s+(?P<cells>\S.*))?$")


class LayoutInvalid(InvalidInput):
    """``faults``: [{"line", "column", "message"}], each counted from 1."""

    code = "layout_invalid"
    message = gettext_lazy("This seating plan cannot be read.")

    def __init__(self, faults: Sequence[GridFault]) -> None:
        super().__init__(
            " ".join(str(fault) for fault in faults),
            faults=[
                {"line": fault.line, "column": fault.column, "message": fault.message}
                for fault in faults
            ],
        )


@dataclass(frozen=True, order=True)
class GridFault:
    """A fault at one position of the text; line and column count from 1."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return _("Line %(line)d, column %(column)d: %(message)s") % {
            "line": self.line,
            "column": self.column,
            "message": self.message,
        }


@dataclass(frozen=True)
class SeatDraft:
    row: str
    number: int
    line: int
    column: int
    category: SeatCategory
    partner_column: int | None = None
    is_blocked: bool = False

    @property
    def label(self) -> str:
        return f"{self.row}{self.number}"


@dataclass
class GridReading:
    drafts: list[SeatDraft] = field(default_factory=list)
    faults: list[GridFault] = field(default_factory=list)

    def counts(self) -> list[tuple[SeatCategory, int]]:
        """Number of seats per category, in the order of the categories."""
        found = Counter(draft.category for draft in self.drafts)
        return [(category, found[category]) for category in SeatCategory if found[category]]

    @property
    def blocked(self) -> int:
        return sum(draft.is_blocked for draft in self.drafts)


def parse_grid(grid: str) -> list[SeatDraft]:
    """The seats of a grid. Raises LayoutInvalid with the position of each fault."""
    reading = read_grid(grid)
    if reading.faults:
        raise LayoutInvalid(reading.faults)
    return reading.drafts


def read_grid(grid: str) -> GridReading:
    """The parseable part of a grid, and at most FAULTS_MAX of its faults in reading order."""
    reading = GridReading()
    line_of_row: dict[str, int] = {}
    lines = plain_grid(grid).split("\n")
    for line, text in enumerate(lines[:LINES_MAX]):
        if text.lstrip().startswith(RULE_MARK):
            if fault := rule_fault(text):
                _blame(reading, line, 0, fault)
        elif text.strip():
            _read_row(reading, line_of_row, line, text)
    if len(lines) > LINES_MAX:
        _blame(reading, LINES_MAX, 0, _("A plan has at most %(limit)d lines."), limit=LINES_MAX)
    seats = len(reading.drafts)
    if seats > LAYOUT_SEATS_MAX or not (seats or reading.faults):
        message = _("A seating plan has 1 to %(limit)d seats.")
        _blame(reading, max(0, len(lines) - 1), 0, message, limit=LAYOUT_SEATS_MAX)
    reading.faults = sorted(reading.faults)[:FAULTS_MAX]
    return reading


def plain_grid(grid: str) -> str:
    """The text as stored: unified line ends, no trailing whitespace."""
    lines = grid.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).rstrip()


def _blame(reading: GridReading, line: int, column: int, message: str, /, **facts: object) -> None:
    reading.faults.append(GridFault(line + 1, column + 1, message % facts if facts else message))


def _read_row(reading: GridReading, line_of_row: dict[str, int], line: int, text: str) -> None:
    found = ROW.match(text)
    if found is None:  # pragma: no cover (a line with something on it always has a first word)
        return
    row, cells = found["label"], found["cells"] or ""
    at_label = found.start("label")
    if not ROW_LABEL.fullmatch(row):
        message = _("“%(row)s” is no name of a row: 1 to 3 letters, then a space, then the seats.")
        _blame(reading, line, at_label, message, row=row)
        return
    earlier = line_of_row.setdefault(row.upper(), line)
    if earlier != line:
        message = _("The row “%(row)s” is already in line %(line)d.")
        _blame(reading, line, at_label, message, row=row, line=earlier + 1)
        return
    if not cells.strip(AISLES):
        message = _("The row “%(row)s” has no seats; for a walkway leave the line empty.")
        _blame(reading, line, at_label, message, row=row)
        return
    _read_cells(reading, row, cells, line, found.start("cells"))


def _read_cells(reading: GridReading, row: str, cells: str, line: int, offset: int) -> None:
    """``offset``: position of the first cell in the text."""
    faults = list(_cell_faults(cells))
    for column, message in faults[:FAULTS_MAX]:
        _blame(reading, line, offset + column, message)
    if len(cells) > COLUMNS_MAX:
        message = _("A row is at most %(limit)d cells wide.")
        _blame(reading, line, offset + COLUMNS_MAX, message, limit=COLUMNS_MAX)
        return
    partners = _couples(cells) | _companions(cells)
    number = 0
    for column, cell in enumerate(cells):
        if cell.lower() not in CATEGORY_OF_CELL:
            continue
        number += 1
        category = CATEGORY_OF_CELL[cell.lower()]
        partner = partners.get(column)
        draft = SeatDraft(row, number, line, column, category, partner, cell.isupper())
        reading.drafts.append(draft)


def _cell_faults(cells: str) -> Iterator[tuple[int, str]]:
    couples = _couples(cells)
    for column, cell in enumerate(cells):
        if cell.isspace():
            yield column, _("There is a space between the seats; an aisle is written “_”.")
        elif cell not in AISLES and cell.lower() not in CATEGORY_OF_CELL:
            yield column, _("“%(cell)s” is no kind of seat.") % {"cell": cell}
        elif cell.lower() == "c" and column not in couples:
            yield column, _("A couple seat needs its other half beside it: “cc”.")
        elif cell.lower() == "c" and cells[couples[column]] != cell and couples[column] < column:
            yield column, _("Both halves of a couple seat are blocked, or none: “cc” or “CC”.")


def _couples(cells: str) -> dict[int, int]:
    """Pairs couple cells from the left: column → column of the other half."""
    partners: dict[int, int] = {}
    for pair in re.finditer("cc", cells, re.IGNORECASE):
        left = pair.start()
        partners |= {left: left + 1, left + 1: left}
    return partners


def _companions(cells: str) -> dict[int, int]:
    """Assigns each companion cell to the adjacent wheelchair space, if there is one."""
    return {
        column: neighbour
        for column, cell in enumerate(cells.lower())
        if cell == "a"
        for neighbour in (column - 1, column + 1)
        if 0 <= neighbour < len(cells) and cells[neighbour].lower() == "w"
    }
