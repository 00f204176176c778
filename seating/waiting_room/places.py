"""A visitor's place in a waiting room: joining, asking, coming in, leaving."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from core.errors import NotFound
from seating.errors import NotYourTurn, PlaceNotFound, WaitingRoomClosed
from seating.models import PlaceEnd, RoomControl, WaitingPlace, WaitingRoom
from seating.waiting_room import admission, passes
from seating.waiting_room.limits import INSIDE_SECONDS, SEEN_SECONDS
from seating.waiting_room.rooms import RoomRecord

# A visitor who has a place keeps it.
JOIN = """
INSERT INTO seating_waitingplace (room_id, number, visitor, pass_number, "end")
SELECT id, gen_random_uuid(), %(visitor)s, 0, '' FROM seating_waitingroom
WHERE id = %(room_id)s AND control <> 'off'
ON CONFLICT (room_id, visitor) WHERE ended_at IS NULL DO NOTHING
"""
# The tick may have the row: then it is seen again at the next heartbeat.
SEE = """
UPDATE seating_waitingplace AS place SET seen_at = statement_timestamp()
FROM (
    SELECT id FROM seating_waitingplace WHERE id = %(id)s FOR NO KEY UPDATE SKIP LOCKED
) AS seen
WHERE place.id = seen.id
"""
ENTER = """
UPDATE seating_waitingplace
SET entered_at = coalesce(entered_at, statement_timestamp()), pass_number = pass_number + 1,
    admitted_until = CASE WHEN entered_at IS NULL
        THEN statement_timestamp() + make_interval(secs => %(inside_seconds)s)
        ELSE admitted_until END
WHERE room_id = %(room_id)s AND visitor = %(visitor)s AND called_at IS NOT NULL
  AND ended_at IS NULL AND admitted_until > statement_timestamp()
  AND EXISTS (SELECT FROM seating_waitingroom WHERE id = room_id AND control <> 'off')
"""


@dataclass(frozen=True)
class Entrance:
    """A visitor's place, and the pass that it was given."""

    place: WaitingPlace
    token: str


def get_room(room_id: int) -> WaitingRoom:
    """Raises NotFound."""
    room = (
        WaitingRoom.objects.with_now()
        .select_related("showtime__movie", "showtime__studio__cinema", "movie")
        .filter(pk=room_id)
        .first()
    )
    if room is None:
        raise NotFound()
    return room


def is_open(room: WaitingRoom, at: datetime) -> bool:
    """Whether visitors wait in it now."""
    return room.control != RoomControl.OFF and RoomRecord.of(room).is_open(at)


def join(*, room_id: int, visitor: str) -> WaitingPlace:
    """The visitor's place, a new one unless they have one. Raises NotFound, WaitingRoomClosed."""
    if not is_open(get_room(room_id), timezone.now()):
        raise WaitingRoomClosed()
    with connection.cursor() as cursor:
        cursor.execute(JOIN, {"room_id": room_id, "visitor": visitor})
    return find(room_id=room_id, visitor=visitor)


def find(*, room_id: int, visitor: str | None) -> WaitingPlace:
    """The visitor's place. Raises PlaceNotFound."""
    place = WaitingPlace.objects.of(visitor).filter(room_id=room_id).first() if visitor else None
    if place is None:
        raise PlaceNotFound()
    return place


def see(*, room_id: int, visitor: str | None) -> WaitingPlace:
    """The visitor's place, noting that they are still there. Raises PlaceNotFound."""
    admission.tick_if_due(room_id)
    place = find(room_id=room_id, visitor=visitor)
    if (timezone.now() - place.seen_at).total_seconds() >= SEEN_SECONDS:
        with connection.cursor() as cursor:
            cursor.execute(SEE, {"id": place.pk})
    return place


def enter(*, room_id: int, visitor: str | None) -> Entrance:
    """Come in with a new pass, which voids the one before. Raises PlaceNotFound, NotYourTurn."""
    values: dict[str, Any] = {
        "room_id": room_id,
        "visitor": visitor or "",
        "inside_seconds": INSIDE_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(ENTER, values)
        has_entered = bool(visitor) and cursor.rowcount == 1
    place = find(room_id=room_id, visitor=visitor)
    if not has_entered:
        raise NotYourTurn()
    return Entrance(place, passes.issue(place))


def leave(*, room_id: int, visitor: str | None) -> None:
    """Give the place up; does nothing without one."""
    if visitor:
        WaitingPlace.objects.of(visitor).filter(room_id=room_id).update(
            ended_at=Now(), end=PlaceEnd.LEFT, visitor=""
        )


def transfer(*, former: str, visitor: str) -> None:
    """Give the places of ``former`` to ``visitor``, except in rooms where they have one."""
    taken = WaitingPlace.objects.of(visitor).values("room_id")
    places = WaitingPlace.objects.of(former).exclude(room_id__in=taken)
    with suppress(IntegrityError), transaction.atomic():  # joined meanwhile
        places.update(visitor=visitor)
