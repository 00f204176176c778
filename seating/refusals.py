"""Why seats could not be taken: found out only after they could not be."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from movies.errors import LayarError, NotFound, ShowtimeClosed
from movies.models import Showtime
from seating import seatmap
from seating.errors import SeatTaken, SeatUnknown
from seating.models import TAKEABLE, SeatStatus, ShowtimeSeat


def refusal(showtime_id: int, seat_ids: Sequence[int], hold_id: UUID) -> LayarError:
    """The error that tells what is in the way: the showtime, a foreign seat, or somebody else."""
    row = Showtime.objects.filter(pk=showtime_id).values_list("pk", Now()).first()
    if row is None:
        return NotFound()
    if not Showtime.objects.on_sale(row[1]).filter(pk=showtime_id).exists():
        return ShowtimeClosed()
    wanted = ShowtimeSeat.objects.filter(showtime_id=showtime_id, seat_id__in=seat_ids)
    known = set(wanted.values_list("seat_id", flat=True))
    unknown = [seat_id for seat_id in seat_ids if seat_id not in known]
    if unknown:
        return SeatUnknown(seats=unknown)
    takeable = wanted.filter(TAKEABLE | Q(status=SeatStatus.HELD, hold_id=hold_id))
    free = set(takeable.values_list("seat_id", flat=True))
    return seat_taken(showtime_id, [seat_id for seat_id in seat_ids if seat_id not in free])


def seat_taken(showtime_id: int, seat_ids: Sequence[int]) -> SeatTaken:
    """SeatTaken, naming the lost seats and the nearest free ones."""
    lost = ShowtimeSeat.objects.filter(showtime_id=showtime_id, seat_id__in=seat_ids)
    return SeatTaken(
        seats=[
            {"id": seat_id, "label": f"{row}{number}"}
            for seat_id, row, number in lost.order_by("seat_id").values_list(
                "seat_id", "seat__row", "seat__number"
            )
        ],
        nearest=[
            {"id": place["id"], "label": f"{place['row']}{place['number']}"}
            for place in seatmap.nearest_free(showtime_id, list(seat_ids))
        ],
    )
