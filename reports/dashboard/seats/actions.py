"""Staff change a seat from the office: through the domain, and written down."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from reports.errors import SeatChanged
from reports.models import SeatAction, SeatDeed
from seating.holds import sales, staff
from seating.models import ShowtimeSeat


@transaction.atomic
def change(*, seat: ShowtimeSeat, deed: SeatAction, by: User, at: datetime) -> None:
    """Raises SeatNotSo where the seat is not as the deed needs it, SeatNotHeld, SeatBeingPaid."""
    if seat.showtime_id is None:
        raise SeatChanged()  # left behind when its showtime moved
    if deed == SeatAction.RELEASE:
        staff.release_for_staff(showtime_seat_id=seat.pk)
    else:
        do = sales.block_seats if deed == SeatAction.BLOCK else sales.unblock_seats
        if not do(showtime_seat_ids=[seat.pk]):
            raise SeatChanged()
    SeatDeed.objects.create(
        showtime_id=seat.showtime_id, seat_id=seat.seat_id, deed=deed, at=at, by=by
    )
