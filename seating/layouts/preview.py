"""Preview of a grid: drawing, counts, faults and changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from movies.models import Studio
from seating.layouts.changes import (
    Comparison,
    ShowtimeImpact,
    compare,
    drafted,
    published_plan,
    survey,
)
from seating.layouts.grid import CATEGORY_OF_CELL, GridFault, GridReading, SeatDraft, read_grid
from seating.models import Layout, SeatStatus
from seating.seatmap.drawing import Drawing, DrawnSeat, plan_from
from seating.seatmap.state import LayoutSeat


@dataclass(frozen=True)
class LegendEntry:
    cell: str
    meaning: str
    category: str = ""


@dataclass(frozen=True)
class LayoutPreview:
    reading: GridReading
    drawing: Drawing | None
    comparison: Comparison | None
    impacts: tuple[ShowtimeImpact, ...]

    @property
    def faults(self) -> Sequence[GridFault]:
        return self.reading.faults

    @property
    def total(self) -> int:
        return len(self.reading.drafts)

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """(category, its name, how many)"""
        return [
            (category.value, str(category.label), count)
            for category, count in self.reading.counts()
        ]

    @property
    def stranding(self) -> list[ShowtimeImpact]:
        return [impact for impact in self.impacts if impact.stranded]


def preview(studio: Studio, grid: str, current: Layout | None, at: datetime) -> LayoutPreview:
    """Preview of a grid; with faults, a drawing of the parseable part without comparison."""
    reading = read_grid(grid)
    drawing = _draw(reading.drafts) if reading.drafts else None
    if reading.faults:
        return LayoutPreview(reading, drawing, None, ())
    plan = drafted(reading.drafts)
    old = published_plan(current) if current else {}
    return LayoutPreview(reading, drawing, compare(old, plan), tuple(survey(studio, plan, at)))


def legend() -> list[LegendEntry]:
    """Every character of the grid with its meaning."""
    seats = [
        LegendEntry(cell, str(category.label), category.value)
        for cell, category in CATEGORY_OF_CELL.items()
    ]
    return [
        *seats,
        LegendEntry("R P CC …", _("the same seat, blocked: it stands there and is not sold")),
        LegendEntry("_", _("an aisle: no seat here")),
        LegendEntry("", _("an empty line: a walkway between the rows")),
    ]


def _draw(drafts: Sequence[SeatDraft]) -> Drawing:
    """The drawing as on a showtime's page; ids are indexes in ``drafts``."""
    ids = {(draft.line, draft.column): index for index, draft in enumerate(drafts)}
    places: list[LayoutSeat] = [
        {
            "id": index,
            "row": draft.row,
            "number": draft.number,
            "line": draft.line,
            "column": draft.column,
            "category": draft.category.value,
            "partner": None
            if draft.partner_column is None
            else ids.get((draft.line, draft.partner_column)),
        }
        for index, draft in enumerate(drafts)
    ]
    plan = plan_from(places)
    seats = tuple(
        DrawnSeat(
            id=index,
            row=draft.row,
            number=draft.number,
            category=draft.category.value,
            x=plan.places[index].x,
            y=plan.places[index].y,
            price_rupiah=0,
            status=(SeatStatus.BLOCKED if draft.is_blocked else SeatStatus.AVAILABLE).value,
            version=0,
        )
        for index, draft in enumerate(drafts)
    )
    return Drawing(plan=plan, seats=seats)
