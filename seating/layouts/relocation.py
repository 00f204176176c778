"""Seat reassignment for a showtime that moves to another studio.

A row moves to the seat of the same label and category, with its hold, its sale and its tickets.
A taken seat that has no such counterpart gets the nearest other one of its category, couple seats
both halves together; without one it is stranded, and the move is refused. Free rows without a
counterpart are deleted, or detached if tickets of old bookings refer to them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.utils.translation import gettext_lazy as _

from core.errors import Refused
from movies.models import Studio
from seating.holds.stock import Reassignment
from seating.layouts.publishing import StudioWithoutLayout, current_layouts
from seating.models import (
    Seat,
    SeatCategory,
    SeatStatus,
    ShowtimeSeat,
)

TAKEN = (SeatStatus.HELD, SeatStatus.SOLD)
ROW_APART = 3  # distance of one row, in seats


class SeatsStranded(Refused):
    """``seats``: labels of sold and held seats without a counterpart in the other studio."""

    code = "seats_stranded"
    message = _("Some sold or held seats have no counterpart in that studio.")


def read_seats(showtime_id: int) -> list[ShowtimeSeat]:
    """Every seat row of the showtime with its seat, unlocked."""
    rows = ShowtimeSeat.objects.filter(showtime=showtime_id).select_related("seat__partner")
    return list(rows.order_by("seat__line", "seat__column"))


def plan_reassignment(
    rows: Sequence[ShowtimeSeat], studio: Studio, referenced: Collection[int]
) -> Reassignment:
    """The new seat of each of ``rows`` in ``studio``. ``referenced``: those that tickets refer to.

    Raises StudioWithoutLayout.
    """
    layout_id = current_layouts([studio.pk]).get(studio.pk)
    if layout_id is None:
        raise StudioWithoutLayout()
    seats = Seat.objects.filter(layout=layout_id).select_related("partner")
    there = {seat.label: seat for seat in seats.order_by("line", "column")}
    plan, displaced = Reassignment(), []
    for row in rows:
        seat = there.get(row.seat.label)
        if seat is not None and _is_alike(row, seat):
            plan.goes_to[row.pk] = seat
        elif row.status in TAKEN:
            displaced.append(row)
        else:
            plan.ends.append(row)
    if displaced:
        _make_room(plan, rows, referenced)
        _house(plan, displaced, there.values())
    used = {seat.pk for seat in plan.goes_to.values()}
    plan.begins = [seat for seat in there.values() if seat.pk not in used]
    return plan


def _is_alike(row: ShowtimeSeat, seat: Seat) -> bool:
    """Whether a seat is a counterpart; a blocked seat of the new studio is none."""
    if row.seat.category != seat.category or (seat.is_blocked and row.status in TAKEN):
        return False
    return seat.category != SeatCategory.COUPLE or _half(row.seat) == _half(seat)


def _half(seat: Seat) -> str:
    return seat.partner.label if seat.partner else ""


def _make_room(
    plan: Reassignment, rows: Iterable[ShowtimeSeat], referenced: Collection[int]
) -> None:
    """Free the places of unsold rows that no ticket references."""
    for row in rows:
        if row.pk in plan.goes_to and row.status not in TAKEN and row.pk not in referenced:
            del plan.goes_to[row.pk]
            plan.ends.append(row)


def _house(plan: Reassignment, displaced: list[ShowtimeSeat], seats: Iterable[Seat]) -> None:
    used = {seat.pk for seat in plan.goes_to.values()}
    free = {seat.pk: seat for seat in seats if seat.pk not in used and not seat.is_blocked}
    waiting = {row.seat_id: row for row in displaced}
    for row in displaced:
        if row.pk in plan.goes_to:
            continue  # assigned with its other half
        is_couple = row.seat.category == SeatCategory.COUPLE
        other = waiting.get(row.seat.partner_id or 0) if is_couple else None
        seat = _nearest(row.seat, free, needs_pair=is_couple)
        if seat is None or (is_couple and other is None):
            plan.stranded.append(row.seat.label)
            continue
        _give(plan, row, free.pop(seat.pk))
        if other is not None:
            _give(plan, other, free.pop(seat.partner_id or 0))


def _give(plan: Reassignment, row: ShowtimeSeat, seat: Seat) -> None:
    plan.goes_to[row.pk] = seat
    plan.changes.append((row.seat.label, seat.label))


def _nearest(old: Seat, free: dict[int, Seat], *, needs_pair: bool) -> Seat | None:
    fitting = [
        seat
        for seat in free.values()
        if seat.category == old.category and (not needs_pair or seat.partner_id in free)
    ]
    return min(fitting, key=lambda seat: _distance(old, seat), default=None)


def _distance(one: Seat, other: Seat) -> int:
    return ROW_APART * abs(one.line - other.line) + abs(one.column - other.column)
