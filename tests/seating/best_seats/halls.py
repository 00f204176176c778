"""Small halls for tests of the choice of seats, drawn as grids; ids count from 1.

A ``#`` is a taken seat.
"""

from __future__ import annotations

from seating.best_seats.hall import Hall, HallSeat
from seating.best_seats.party import Availability
from seating.best_seats.rules import parse_rules
from seating.layouts.grid import read_grid

PRICE_RUPIAH = 50_000


def hall(grid: str) -> Hall:
    """The hall of a grid."""
    drafts = read_grid(grid).drafts
    ids = {(draft.line, draft.column): number for number, draft in enumerate(drafts, 1)}
    return Hall(
        [
            HallSeat(
                id=ids[draft.line, draft.column],
                row=draft.row,
                number=draft.number,
                line=draft.line,
                column=draft.column,
                category=draft.category,
                other_half_id=ids[draft.line, draft.partner_column or 0]
                if draft.category == "couple"
                else None,
            )
            for draft in drafts
        ],
        parse_rules(grid),
    )


def available(grid: str, *taken: str, **fields: bool) -> Availability:
    """Availability in which every seat except ``taken`` (labels) is free, at one price."""
    built = hall(grid)
    return Availability(
        hall=built,
        free=frozenset(seat.id for seat in built.seats if seat.label not in taken),
        prices={seat.id: PRICE_RUPIAH for seat in built.seats},
        **fields,
    )


def labels(seats: object) -> list[str]:
    return [seat.label for seat in seats]  # type: ignore[attr-defined]
