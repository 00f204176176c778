"""Which of several rooms in front of a showtime decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from movies.models import Showtime
from seating.models import RoomControl, WaitingRoom
from seating.waiting_room import demand, rooms
from tests.factories import make_showtime
from tests.seating.waiting_room.fixtures import make_room, tick
from tests.seating.waiting_room.test_passes import ANI, app, hold, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="AB", seats_per_row=10)


@pytest.mark.parametrize("idle", ["automatic", "begins later", "is over"])
@pytest.mark.parametrize("outer", ["film", "site"])
def test_room_that_is_not_open_does_not_hide_an_open_one(
    showtime: Showtime, idle: str, outer: str
) -> None:
    closed: dict[str, dict[str, Any]] = {
        "automatic": {"control": RoomControl.AUTOMATIC},
        "begins later": {"waits_from": timezone.now() + timedelta(hours=1)},
        "is over": {"closes_at": timezone.now() - timedelta(seconds=1)},
    }
    make_room(showtime, **closed[idle])
    if outer == "site":
        make_room(movie=showtime.movie, **closed[idle])
    room = make_room(movie=showtime.movie) if outer == "film" else make_room()

    assert refusal(hold(app(ANI), showtime)) == (409, "waiting_room", room.pk)


def test_automatic_room_waits_for_its_beginning(showtime: Showtime) -> None:
    room = make_room(
        showtime,
        control=RoomControl.AUTOMATIC,
        per_minute_max=4,
        waits_from=timezone.now() + timedelta(hours=1),
    )
    for number in range(11):
        demand.count(room.pk, demand.WANTED, f"web:{number}", "")

    tick(room)

    room.refresh_from_db()
    assert room.engaged_at is None
    WaitingRoom.objects.update(engaged_at=timezone.now())  # of an earlier time
    rooms.refresh()
    assert hold(app(ANI), showtime).status_code == 201


def test_demand_is_counted_for_the_most_specific_room_while_none_is_open(
    showtime: Showtime,
) -> None:
    make_room(control=RoomControl.AUTOMATIC)
    own = make_room(showtime, control=RoomControl.AUTOMATIC)

    assert rooms.deciding(showtime.pk, timezone.now()) == rooms.RoomRecord.of(own)
