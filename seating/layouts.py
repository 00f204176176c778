"""Seating plans: from a manager's text grid to seats, and from seats to a showtime's stock.

A grid has one line per row, nearest the screen first: the row's label, white space, then one
character per cell. An empty line is a walkway. Seats are numbered from the left within a row.

    A   rrrr_rrrrrr_rrrr
    B   ww_aarrrr_cccc
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from movies.errors import InvalidInput
from movies.models import Showtime, Studio
from movies.signals import showtime_repriced, showtimes_scheduled
from seating.models import (
    CategorySurcharge,
    Layout,
    Seat,
    SeatCategory,
    SeatStatus,
    ShowtimeSeat,
)

AISLES = "_."
CATEGORY_OF_CELL = {
    "r": SeatCategory.REGULAR,
    "p": SeatCategory.PREMIERE,
    "c": SeatCategory.COUPLE,
    "w": SeatCategory.WHEELCHAIR,
    "a": SeatCategory.COMPANION,
}
LAYOUT_SEATS_MAX = 1_000
INSERT_BATCH_ROWS = 5_000


class LayoutInvalid(InvalidInput):
    code = "layout_invalid"
    message = _("This seating plan cannot be read.")


class StudioWithoutLayout(InvalidInput):
    code = "studio_without_layout"
    message = _("This studio has no seating plan yet.")


@dataclass(frozen=True)
class SeatDraft:
    row: str
    number: int
    line: int
    column: int
    category: SeatCategory
    partner_column: int | None = None


def parse_grid(grid: str) -> list[SeatDraft]:
    """The seats a grid describes. Raises LayoutInvalid naming the line that is wrong."""
    drafts: list[SeatDraft] = []
    rows_seen: set[str] = set()
    for line, text in enumerate(grid.rstrip().splitlines()):
        if not text.strip():
            continue
        row, _space, cells = text.strip().partition(" ")
        if row in rows_seen or not cells.strip():
            raise LayoutInvalid(
                _("Line %(line)d: the row “%(row)s” is repeated or empty.")
                % {"line": line + 1, "row": row}
            )
        rows_seen.add(row)
        drafts += _parse_row(row, cells.strip(), line)
    if not 0 < len(drafts) <= LAYOUT_SEATS_MAX:
        raise LayoutInvalid(
            _("A seating plan has 1 to %(limit)d seats.") % {"limit": LAYOUT_SEATS_MAX}
        )
    return drafts


def _parse_row(row: str, cells: str, line: int) -> list[SeatDraft]:
    unknown = set(cells) - set(AISLES) - set(CATEGORY_OF_CELL)
    if unknown:
        raise LayoutInvalid(
            _("Line %(line)d: “%(cells)s” is no kind of seat.")
            % {"line": line + 1, "cells": "".join(sorted(unknown))}
        )
    partners = _couples(cells, line) | _companions(cells)
    seats = [(column, cell) for column, cell in enumerate(cells) if cell not in AISLES]
    return [
        SeatDraft(row, number, line, column, CATEGORY_OF_CELL[cell], partners.get(column))
        for number, (column, cell) in enumerate(seats, start=1)
    ]


def _couples(cells: str, line: int) -> dict[int, int]:
    """Couple cells pair up from the left: column → column of the other half."""
    partners: dict[int, int] = {}
    column = 0
    while column < len(cells):
        if cells[column] == "c":
            if cells[column : column + 2] != "cc":
                raise LayoutInvalid(
                    _("Line %(line)d: a couple seat needs its other half beside it.")
                    % {"line": line + 1}
                )
            partners |= {column: column + 1, column + 1: column}
            column += 1
        column += 1
    return partners


def _companions(cells: str) -> dict[int, int]:
    """A companion cell serves the wheelchair space beside it, where there is one."""
    return {
        column: neighbour
        for column, cell in enumerate(cells)
        if cell == "a"
        for neighbour in (column - 1, column + 1)
        if 0 <= neighbour < len(cells) and cells[neighbour] == "w"
    }


@transaction.atomic
def publish_layout(studio: Studio, grid: str) -> Layout:
    """Make ``grid`` the studio's plan for showtimes scheduled from now on.

    Showtimes that exist keep the version they were made with. Locks the studio's row, so that two
    managers get two versions. Raises LayoutInvalid.
    """
    drafts = parse_grid(grid)
    Studio.objects.select_for_update().get(pk=studio.pk)
    newest = Layout.objects.filter(studio=studio).aggregate(version=Max("version"))["version"]
    layout = Layout.objects.create(studio=studio, version=(newest or 0) + 1, grid=grid)
    seats = Seat.objects.bulk_create(
        Seat(
            layout=layout,
            row=draft.row,
            number=draft.number,
            line=draft.line,
            column=draft.column,
            category=draft.category,
        )
        for draft in drafts
    )
    at_place = {(seat.line, seat.column): seat for seat in seats}
    paired = []
    for draft in drafts:
        if draft.partner_column is not None:
            seat = at_place[draft.line, draft.column]
            seat.partner = at_place[draft.line, draft.partner_column]
            paired.append(seat)
    Seat.objects.bulk_update(paired, ["partner"])
    return layout


def current_layouts(studio_ids: Iterable[int]) -> dict[int, int]:
    """studio id → id of the layout that its next showtime gets."""
    newest = (
        Layout.objects.filter(studio_id__in=studio_ids)
        .order_by("studio_id", "-version")
        .distinct("studio_id")
    )
    return dict(newest.values_list("studio_id", "pk"))


def stock_showtimes(sender: Any, *, showtimes: Sequence[Showtime], **_extra: Any) -> None:
    """Give each new showtime its seats, in the transaction that made it.

    Raises StudioWithoutLayout, which undoes the scheduling.
    """
    layouts = current_layouts({showtime.studio_id for showtime in showtimes})
    if any(showtime.studio_id not in layouts for showtime in showtimes):
        raise StudioWithoutLayout()
    surcharges = dict(CategorySurcharge.objects.values_list("category", "surcharge_rupiah"))
    seats_of: dict[int, list[tuple[int, int]]] = {}
    for seat_id, layout_id, category in Seat.objects.filter(
        layout_id__in=layouts.values()
    ).values_list("pk", "layout_id", "category"):
        seats_of.setdefault(layout_id, []).append((seat_id, surcharges.get(category, 0)))
    ShowtimeSeat.objects.bulk_create(
        (
            ShowtimeSeat(
                showtime_id=showtime.pk,
                seat_id=seat_id,
                price_rupiah=showtime.base_price_rupiah + surcharge_rupiah,
            )
            for showtime in showtimes
            for seat_id, surcharge_rupiah in seats_of[layouts[showtime.studio_id]]
        ),
        batch_size=INSERT_BATCH_ROWS,
    )


def reprice_seats(
    sender: Any, *, showtime: Showtime, price_change_rupiah: int, **_extra: Any
) -> None:
    """Move the price of every seat that is not sold; a sold one keeps what was paid for it."""
    unsold = ShowtimeSeat.objects.filter(showtime=showtime).exclude(status=SeatStatus.SOLD)
    locked = list(
        unsold.select_for_update(of=("self",), no_key=True)
        .order_by("seat_id")
        .values_list("pk", flat=True)
    )
    ShowtimeSeat.objects.filter(pk__in=locked).update(
        price_rupiah=F("price_rupiah") + price_change_rupiah
    )


def connect() -> None:
    showtimes_scheduled.connect(stock_showtimes, dispatch_uid="seating.stock_showtimes")
    showtime_repriced.connect(reprice_seats, dispatch_uid="seating.reprice_seats")
