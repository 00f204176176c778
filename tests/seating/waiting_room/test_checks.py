"""The seconds after which a waiting page or an app asks again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from seating.models import WaitingPlace, WaitingRoom
from seating.waiting_room import progress
from seating.waiting_room.limits import (
    CHECK_SECONDS_MAX,
    CHECKS_PER_SECOND_MAX,
    ENTER_SECONDS,
)
from seating.waiting_room.progress import Phase, RoomState
from tests.seating.waiting_room.fixtures import make_room, tick, waiting

OPENS_AT = timezone.now()
WAITING = 100_000


def state(**fields: object) -> RoomState:
    """A room of WAITING people with ranks in order."""
    values = RoomState(
        room_id=1,
        phase=Phase.OPEN,
        waiting=WAITING,
        inside=0,
        called=0,
        per_minute=1_200,
        per_minute_max=1_200,
        is_new=False,
        called_last_minute=600,
        steps=[(WAITING, WAITING)],
        opens_at=None,
        server_time=OPENS_AT.isoformat(),
    )
    return replace(values, **fields)  # type: ignore[arg-type]


def check_seconds(rank: int | None, room: RoomState) -> int:
    return progress.position_of(WaitingPlace(rank=rank), room).check_seconds


def before(seconds: int, **fields: object) -> RoomState:
    opens_at = (OPENS_AT + timedelta(seconds=seconds)).isoformat()
    return state(phase=Phase.BEFORE, opens_at=opens_at, **fields)


@pytest.mark.parametrize("left", [3_600, 300, 30, 5])
def test_crowd_before_the_opening_asks_within_the_rate(left: int) -> None:
    asked = check_seconds(None, before(left))

    # In the last seconds everybody has to ask once before the first of them misses the call.
    assert asked >= min(WAITING // CHECKS_PER_SECOND_MAX, left + 90)
    assert asked < left + ENTER_SECONDS


@pytest.mark.parametrize("phase", [Phase.OPEN, Phase.SOLD_OUT])
def test_crowd_behind_the_front_asks_within_the_rate(phase: Phase) -> None:
    asked = check_seconds(90_000, state(phase=phase))

    assert WAITING // CHECKS_PER_SECOND_MAX <= asked <= CHECK_SECONDS_MAX


@pytest.mark.parametrize("phase", [Phase.OPEN, Phase.SOLD_OUT])
@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("called_last_minute", [0, 1, 600])
@pytest.mark.parametrize("rank", [250, 500, 1_000, 3_000, 10_000, 90_000])
def test_who_asks_as_told_never_misses_the_earliest_call(
    phase: Phase, is_new: bool, called_last_minute: int, rank: int
) -> None:
    room = state(phase=phase, is_new=is_new, called_last_minute=called_last_minute)
    earliest = (rank - 1) * 60 / room.per_minute_max

    assert check_seconds(rank, room) < earliest + ENTER_SECONDS


@pytest.mark.django_db
def test_pace_of_the_first_seconds_is_the_planned_one() -> None:
    opens_at = timezone.now() - timedelta(seconds=3)
    room = make_room(per_minute_max=240, opens_at=opens_at)
    WaitingPlace.objects.bulk_create(
        WaitingPlace(room=room, visitor=f"web:{number}", arrived_at=opens_at - timedelta(hours=1))
        for number in range(3)
    )
    tick(room, 1)

    young = progress.current(room.pk)
    old = replace(young, is_new=False)

    assert (young.called_last_minute, young.speed_per_minute) == (3, 60.0)
    assert old.speed_per_minute == 3.0


@pytest.mark.django_db
def test_called_place_asks_again_when_its_time_is_over() -> None:
    room = make_room()
    waiting(room, ["web:1"])
    tick(room)
    WaitingPlace.objects.update(
        called_at=F("called_at") - timedelta(seconds=20),
        admitted_until=F("admitted_until") - timedelta(seconds=20),
    )

    position = progress.position_of(WaitingPlace.objects.get(), progress.current(room.pk))

    assert ENTER_SECONDS - 25 < position.check_seconds <= ENTER_SECONDS - 20
    assert WaitingRoom.objects.count() == 1
