"""Releasing a held seat for staff."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from core.errors import NotFound
from seating.errors import SeatBeingPaid, SeatNotHeld
from seating.holds import locking
from seating.holds.transitions import end_hold, lock_hold
from seating.models import HoldEnd, SeatStatus, ShowtimeSeat


@transaction.atomic
def release_for_staff(*, showtime_seat_id: int) -> None:
    """Release a held seat: with its hold, or alone if that hold has ended.

    Locks the hold, then its seats. Raises SeatNotHeld, and SeatBeingPaid while a booking waits for
    its payment.
    """
    seat = ShowtimeSeat.objects.filter(pk=showtime_seat_id).values("status", "hold_id").first()
    if seat is None:
        raise NotFound()
    if seat["status"] != SeatStatus.HELD:
        raise SeatNotHeld()
    hold = lock_hold(seat["hold_id"])
    if hold.sealed_at is not None and hold.is_live(hold.now):
        raise SeatBeingPaid()
    end_hold(hold, HoldEnd.RELEASED, by_chain=True)
    # The hold has ended, or belongs to another showtime.
    locking.mark_available(
        locking.lock_by_id([showtime_seat_id], Q(status=SeatStatus.HELD, hold_id=hold.pk))
    )
