"""Why seats could not be taken: found out only after they could not be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from core.errors import LayarError, NotFound
from movies.errors import ShowtimeClosed
from movies.models import Showtime
from seating import metrics
from seating.errors import SeatTaken, SeatUnknown
from seating.models import TAKEABLE, SeatStatus, ShowtimeSeat
from seating.seatmap import state
from seating.seatmap.state import SeatPlace


def refusal(showtime_id: int, seat_ids: Sequence[int], hold_id: UUID) -> LayarError:
    """The error that tells what is in the way: the showtime, a foreign seat, or somebody else."""
    row = Showtime.objects.filter(pk=showtime_id).values_list("pk", Now()).first()
    if row is None:
        return NotFound()
    if not Showtime.objects.on_sale(row[1]).filter(pk=showtime_id).exists():
        return ShowtimeClosed()
    places = state.places(showtime_id)
    unknown = [seat_id for seat_id in seat_ids if seat_id not in places]
    if unknown:
        return SeatUnknown(seats=unknown)
    free = set(
        ShowtimeSeat.objects.filter(
            TAKEABLE | Q(status=SeatStatus.HELD, hold_id=hold_id),
            showtime_id=showtime_id,
            seat_id__in=seat_ids,
        ).values_list("seat_id", flat=True)
    )
    return seat_taken(showtime_id, [seat_id for seat_id in seat_ids if seat_id not in free])


def seat_taken(showtime_id: int, seat_ids: Sequence[int]) -> SeatTaken:
    """SeatTaken, naming the lost seats and the nearest free ones."""
    metrics.TAKEN.inc()
    by_id = state.current_map(showtime_id).places
    return SeatTaken(
        seats=[_named(by_id[seat_id]) for seat_id in sorted(seat_ids) if seat_id in by_id],
        nearest=[_named(place) for place in state.nearest_free(showtime_id, seat_ids)],
    )


def _named(place: SeatPlace) -> dict[str, Any]:
    return {"id": place["id"], "label": f"{place['row']}{place['number']}"}
