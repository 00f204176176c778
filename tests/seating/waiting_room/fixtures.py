"""Waiting rooms and places for tests, with times moved instead of waited for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from movies.models import Showtime
from seating.models import RoomControl, WaitingPlace, WaitingRoom
from seating.waiting_room import admission, rooms


def make_room(showtime: Showtime | None = None, **fields: Any) -> WaitingRoom:
    """A room that is on; every process knows it."""
    values = {
        "showtime": showtime,
        "control": RoomControl.ON,
        "inside_max": 10,
        "per_minute_max": 2_400,
    } | fields
    room = WaitingRoom.objects.create(**values)
    rooms.refresh()
    return room


def before_opening(showtime: Showtime | None = None, **fields: Any) -> WaitingRoom:
    return make_room(showtime, opens_at=timezone.now() + timedelta(hours=1), **fields)


def reach_opening(room: WaitingRoom) -> None:
    """Move the room and its places an hour back, so that it opened a moment ago."""
    passed = timedelta(hours=1, seconds=1)
    WaitingRoom.objects.filter(pk=room.pk).update(opens_at=F("opens_at") - passed)
    WaitingPlace.objects.filter(room=room).update(arrived_at=F("arrived_at") - passed)
    rooms.refresh()


def pass_time(room: WaitingRoom, seconds: float) -> None:
    """Let time pass for the ticks of a room; its places stay as they are."""
    passed = timedelta(seconds=seconds)
    WaitingRoom.objects.filter(pk=room.pk).update(
        opens_at=F("opens_at") - passed, ticked_at=F("ticked_at") - passed
    )


def tick(room: WaitingRoom, after_seconds: float = 5) -> int:
    pass_time(room, after_seconds)
    return admission.tick(room.pk)


def waiting(room: WaitingRoom, visitors: Sequence[str]) -> list[WaitingPlace]:
    return WaitingPlace.objects.bulk_create(
        WaitingPlace(room=room, visitor=visitor) for visitor in visitors
    )


def called(room: WaitingRoom) -> list[str]:
    """The visitors that are called or inside, by rank."""
    live = WaitingPlace.objects.live().filter(room=room, called_at__isnull=False)
    return list(live.order_by("rank").values_list("visitor", flat=True))
