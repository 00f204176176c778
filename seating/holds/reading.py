"""Reads of a hold for its owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from core.db.prepared import CompiledQuery
from seating.holds import locking
from seating.holds.locking import SeatRow
from seating.holds.types import HeldSeat, HeldSeats
from seating.lapses import expired_with
from seating.models import Hold, HoldEnd, Seat, ShowtimeSeat


def _open_holds(showtime_id: int, visitor: str) -> QuerySet[Hold]:
    theirs = Hold.objects.of(visitor).open().with_now()
    return theirs.filter(showtime_id=showtime_id, expires_at__gt=Now()).order_by("pk")


def _seat_rows(showtime_id: int, hold_id: UUID) -> QuerySet[Any, Any]:
    seats = ShowtimeSeat.objects.filter(showtime_id=showtime_id).held_by(hold_id)
    return seats.values_list(*locking.SEAT_ROW_FIELDS, Now())


_OPEN_HOLDS = CompiledQuery(_open_holds, 987_654_321, "visitor")
_SEAT_ROWS = CompiledQuery(_seat_rows, 987_654_321, UUID(int=1))


def open_hold(*, showtime_id: int, visitor: str) -> Hold | None:
    """The visitor's live hold of this showtime, without locking."""
    return _OPEN_HOLDS.first(showtime_id, visitor)


def read_hold(hold: Hold) -> HeldSeats:
    """The hold's seats, without locking."""
    seats = _SEAT_ROWS.all(hold.showtime_id, hold.pk)
    return describe(hold, [SeatRow(*values) for values in seats])


def expired_seats(*, showtime_id: int, visitor: str) -> list[Seat]:
    """The seats of the visitor's newest hold of this showtime, if its time ran out."""
    theirs = Hold.objects.of(visitor).with_now().filter(showtime_id=showtime_id)
    hold = theirs.order_by("-created_at").first()
    if hold is None or hold.is_live(hold.now) or hold.end not in ("", HoldEnd.EXPIRED):
        return []
    # Until the sweep ends the hold, its seats still name it.
    unswept = ShowtimeSeat.objects.filter(showtime_id=showtime_id).held_by(hold.pk)
    lapsed = expired_with(showtime_id=showtime_id, hold_id=hold.pk)
    lost = Q(pk__in=unswept.values("seat_id")) | Q(pk__in=lapsed)
    return list(Seat.objects.filter(lost).order_by("line", "column"))


def describe(hold: Hold, held: Sequence[SeatRow], *, taken: int = 0) -> HeldSeats:
    return HeldSeats(
        hold_id=hold.pk,
        showtime_id=hold.showtime_id,
        seats=tuple(
            HeldSeat(row.pk, row.seat_id, row.label, row.category, row.price_rupiah)
            for row in sorted(held, key=lambda row: row.seat_id)
        ),
        expires_at=hold.expires_at,
        server_time=hold.now,
        is_sealed=hold.sealed_at is not None,
        is_extendable=hold.sealed_at is None and hold.extended_at is None,
        taken=taken,
    )
