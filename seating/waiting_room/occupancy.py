"""How many visitors are inside a waiting room, and the seats that are free for the next."""

from __future__ import annotations

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from seating.models import TAKEABLE, ShowtimeSeat, WaitingRoom
from seating.waiting_room.limits import CHOOSING_SECONDS, ENTER_SECONDS, INSIDE_SECONDS
from seating.waiting_room.rate import MINUTE_SECONDS, Occupancy

MEASURED_SECONDS = 20

COUNT_INSIDE = """
SELECT count(*) FILTER (
           WHERE ended_at IS NULL AND (
               held_at IS NOT NULL OR entered_at IS NULL
               OR entered_at > statement_timestamp() - make_interval(secs => %(choosing_seconds)s)
           )
       ),
       count(*) FILTER (
           WHERE ended_at IS NULL AND held_at IS NULL
             AND called_at > statement_timestamp() - make_interval(secs => %(choosing_seconds)s)
       ),
       count(*) FILTER (
           WHERE held_at > statement_timestamp() - make_interval(secs => %(measured_seconds)s)
       )
FROM seating_waitingplace
WHERE room_id = %(room_id)s
  AND called_at > statement_timestamp() - make_interval(secs => %(admitted_seconds)s)
"""


def occupancy_of(room: WaitingRoom) -> Occupancy:
    """Two queries, one for the whole site."""
    values = {
        "room_id": room.pk,
        "measured_seconds": MEASURED_SECONDS,
        "choosing_seconds": CHOOSING_SECONDS,
        "admitted_seconds": ENTER_SECONDS + INSIDE_SECONDS + MEASURED_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT_INSIDE, values)
        [(inside, choosing, held)] = cursor.fetchall()
    holds_per_minute = held * MINUTE_SECONDS / MEASURED_SECONDS
    return Occupancy(inside, choosing, holds_per_minute, free_seats(room))


def free_seats(room: WaitingRoom) -> int | None:
    """Seats that can be taken now, counted up to twice the limit inside; None: of the site."""
    if room.showtime_id is not None:
        where = Q(showtime_id=room.showtime_id)
    elif room.movie_id is not None:
        where = Q(showtime__movie_id=room.movie_id)
    else:
        return None
    on_sale = where & Q(
        showtime__cancelled_at__isnull=True,
        showtime__sale_opens_at__lte=Now(),
        showtime__sale_closes_at__gt=Now(),
    )
    return ShowtimeSeat.objects.filter(TAKEABLE, on_sale).order_by()[: 2 * room.inside_max].count()
