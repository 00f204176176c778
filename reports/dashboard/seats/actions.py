"""Staff change a seat from the office: through the domain, and written down."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from reports.dashboard.seats.models import Deed, SeatDeed
from reports.errors import SeatNotSo
from seating.holds import sales, staff
from seating.models import ShowtimeSeat


@transaction.atomic
def change(*, seat: ShowtimeSeat, deed: Deed, by: User, at: datetime) -> None:
    """Raises SeatNotSo where the seat is not as the deed needs it, SeatNotHeld, SeatBeingPaid."""
    if seat.showtime_id is None:
        raise SeatNotSo()  # left behind when its showtime moved
    if deed == Deed.RELEASE:
        staff.release_for_staff(showtime_seat_id=seat.pk)
    else:
        do = sales.block_seats if deed == Deed.BLOCK else sales.unblock_seats
        if not do(showtime_seat_ids=[seat.pk]):
            raise SeatNotSo()
    SeatDeed.objects.create(
        showtime_id=seat.showtime_id, seat_id=seat.seat_id, deed=deed, at=at, by=by
    )
