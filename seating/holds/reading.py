"""Holds as their owners see them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models.functions import Now

from seating.holds import locking
from seating.holds.locking import SeatRow
from seating.holds.types import HeldSeat, HeldSeats
from seating.models import Hold, ShowtimeSeat


def read_hold(hold: Hold) -> HeldSeats:
    """The hold's seats as they are, without locking."""
    seats = (
        ShowtimeSeat.objects.filter(showtime_id=hold.showtime_id)
        .held_by(hold.pk)
        .values_list(*locking.SEAT_ROW_FIELDS, Now())
    )
    return describe(hold, [SeatRow(*values) for values in seats])


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
        taken=taken,
    )
