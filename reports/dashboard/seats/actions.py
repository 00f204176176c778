"""Seat actions of staff, performed by seating and logged as SeatDeed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from reports.errors import SeatChanged
from reports.models import SeatAction, SeatDeed
from seating.holds import sales, staff
from seating.models import ShowtimeSeat


@transaction.atomic
def change(*, seat: ShowtimeSeat, action: SeatAction, by: User, at: datetime) -> None:
    """Perform and log the action. Raises SeatChanged, SeatNotHeld, SeatBeingPaid."""
    if seat.showtime_id is None:
        raise SeatChanged()  # the showtime moved to another studio
    if action == SeatAction.RELEASE:
        staff.release_for_staff(showtime_seat_id=seat.pk)
    else:
        do = sales.block_seats if action == SeatAction.BLOCK else sales.unblock_seats
        if not do(showtime_seat_ids=[seat.pk]):
            raise SeatChanged()
    SeatDeed.objects.create(
        showtime_id=seat.showtime_id, seat_id=seat.seat_id, deed=action, at=at, by=by
    )
