"""Who is called when: order, limits, abandoned places, free seats."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from seating.errors import NotYourTurn, PlaceNotFound
from seating.holds import transitions
from seating.models import PlaceEnd, RoomControl, WaitingPlace, WaitingRoom
from seating.waiting_room import demand, places, progress, rate, rooms
from seating.waiting_room.limits import (
    ABANDONED_SECONDS,
    CALL_PRESENCE_SECONDS,
    CHOOSING_SECONDS,
    DRAW_SECONDS_MAX,
    ENTER_SECONDS,
    INSIDE_SECONDS,
)
from seating.waiting_room.progress import Phase
from tests.factories import make_showtime
from tests.seating.test_holds import seat_ids
from tests.seating.waiting_room.fixtures import (
    before_opening,
    called,
    make_room,
    reach_opening,
    tick,
    waiting,
)

pytestmark = pytest.mark.django_db
ANI, BUDI, CITRA = "web:ani", "web:budi", "web:citra"


def let_time_pass_for(visitor: str, **fields: float) -> None:
    """Move the named times of a place back by so many seconds."""
    changes = {name: F(name) - timedelta(seconds=seconds) for name, seconds in fields.items()}
    WaitingPlace.objects.filter(visitor=visitor).update(**changes)


def test_nobody_is_called_before_the_opening() -> None:
    room = before_opening()
    waiting(room, [ANI, BUDI])

    assert (tick(room, 60), called(room)) == (0, [])


def test_arrivals_are_called_in_order_and_never_more_than_inside_max() -> None:
    room = make_room(inside_max=2, per_minute_max=600)
    waiting(room, [ANI, BUDI, CITRA])

    tick(room)
    tick(room)

    assert called(room) == [ANI, BUDI]


def test_rate_limits_who_is_called() -> None:
    room = make_room(inside_max=100, per_minute_max=240)  # 60 a minute at least: one a second
    waiting(room, [f"web:{number}" for number in range(30)])
    tick(room)

    assert [tick(room, 5), tick(room, 5)] == [5, 5]


def test_time_without_ticks_is_made_up_for_ten_seconds_at_most() -> None:
    room = make_room(inside_max=100, per_minute_max=240)
    waiting(room, [f"web:{number}" for number in range(80)])
    tick(room)

    assert tick(room, 3_600) == 10


def test_called_place_that_does_not_come_ends_and_the_next_is_called() -> None:
    room = make_room(inside_max=1)
    waiting(room, [ANI, BUDI])
    tick(room)
    let_time_pass_for(ANI, called_at=ENTER_SECONDS + 1, admitted_until=ENTER_SECONDS + 1)
    tick(room)

    missed = WaitingPlace.objects.get(ended_at__isnull=False)
    assert (called(room), missed.end, missed.visitor) == ([BUDI], PlaceEnd.MISSED, "")


def test_time_inside_ends() -> None:
    room = make_room(inside_max=1)
    waiting(room, [ANI, BUDI])
    tick(room)
    places.enter(room_id=room.pk, visitor=ANI)
    passed = INSIDE_SECONDS + 1
    let_time_pass_for(ANI, called_at=passed, entered_at=passed, admitted_until=passed)
    tick(room)

    assert (called(room), WaitingPlace.objects.get(rank=1).end) == ([BUDI], PlaceEnd.OVER)


def test_absent_place_is_passed_over_and_keeps_its_rank() -> None:
    room = make_room(inside_max=1)
    waiting(room, [ANI, BUDI, CITRA])
    let_time_pass_for(ANI, seen_at=CALL_PRESENCE_SECONDS + 1)
    tick(room)
    assert called(room) == [BUDI]

    places.see(room_id=room.pk, visitor=ANI)  # back again: next in line
    places.leave(room_id=room.pk, visitor=BUDI)
    tick(room)

    assert called(room) == [ANI]


def test_abandoned_place_ends() -> None:
    room = make_room(inside_max=1)
    waiting(room, [ANI, BUDI])
    let_time_pass_for(BUDI, seen_at=ABANDONED_SECONDS + 1)

    tick(room)

    assert WaitingPlace.objects.get(visitor="").end == PlaceEnd.ABANDONED
    with pytest.raises(PlaceNotFound):
        places.find(room_id=room.pk, visitor=BUDI)


def test_who_was_away_before_the_opening_takes_part_in_the_draw() -> None:
    room = before_opening()
    waiting(room, [ANI, BUDI])
    let_time_pass_for(BUDI, seen_at=ABANDONED_SECONDS + 1)
    reach_opening(room)

    tick(room)

    assert WaitingPlace.objects.live().filter(rank__isnull=False).count() == 2


def test_who_left_does_not_block_the_others() -> None:
    room = make_room(inside_max=1)
    waiting(room, [ANI, BUDI])
    places.leave(room_id=room.pk, visitor=ANI)

    tick(room)

    assert called(room) == [BUDI]


def test_no_more_are_called_than_seats_are_free() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    room = make_room(showtime)
    waiting(room, [ANI, BUDI, CITRA])
    tick(room)
    tick(room)

    assert called(room) == [ANI, BUDI]


def test_who_dawdles_does_not_keep_the_last_seats_from_others() -> None:
    room = make_room(make_showtime(rows="A", seats_per_row=1))
    waiting(room, [ANI, BUDI])
    tick(room)
    tick(room)
    assert called(room) == [ANI]

    places.enter(room_id=room.pk, visitor=ANI)
    let_time_pass_for(ANI, called_at=CHOOSING_SECONDS + 1)
    tick(room)

    assert called(room) == [ANI, BUDI]


def test_nobody_is_called_while_no_seat_is_free() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    transitions.hold_seats(showtime_id=showtime.pk, visitor=CITRA, seat_ids=seat_ids(showtime))
    room = make_room(showtime)
    waiting(room, [ANI])

    assert tick(room) == 0


def test_pass_comes_after_the_call() -> None:
    room = make_room(inside_max=1)
    waiting(room, [ANI, BUDI])
    tick(room)

    with pytest.raises(NotYourTurn):
        places.enter(room_id=room.pk, visitor=BUDI)
    entered = places.enter(room_id=room.pk, visitor=ANI)
    assert entered.place.entered_at is not None


def test_joining_twice_is_one_place() -> None:
    room = make_room()

    first = places.join(room_id=room.pk, visitor=ANI)
    second = places.join(room_id=room.pk, visitor=ANI)

    assert (first.pk, WaitingPlace.objects.count()) == (second.pk, 1)


def test_automatic_room_opens_above_the_measured_rate_and_closes_again() -> None:
    showtime = make_showtime()
    room = make_room(showtime, control=RoomControl.AUTOMATIC, per_minute_max=40)
    tick(room)
    assert rooms.open_room(showtime.pk) is None

    for number in range(11):  # a quarter of 40 is allowed while nobody holds seats
        demand.count(room.pk, demand.WANTED, f"web:{number}", f"192.0.2.{number}")
    tick(room)
    rooms.refresh()
    engaged = rooms.open_room(showtime.pk)
    assert engaged is not None
    assert engaged.pk == room.pk

    WaitingRoom.objects.update(engaged_at=timezone.now() - timedelta(hours=1))
    long_ago = timezone.now() - timedelta(minutes=5)
    assert demand.measure(room.pk, long_ago) == demand.Demand(0, 0)


@pytest.mark.parametrize(
    ("holds", "expected"), [(0, 30.0), (15, 30.0), (40, 80.0), (60, 120.0), (500, 120.0)]
)
def test_rate_follows_the_holds_between_a_quarter_and_the_limit(
    holds: float, expected: float
) -> None:
    assert rate.rate_per_minute(120, holds) == expected


def test_room_is_before_its_opening_until_it_was_drawn() -> None:
    room = before_opening()
    [place] = waiting(room, [ANI])
    reach_opening(room)

    state = progress.current(room.pk)

    assert (state.phase, progress.position_of(place, state).ahead) == (Phase.BEFORE, None)


def test_draw_may_take_longer_than_other_statements() -> None:
    room = before_opening()
    waiting(room, [ANI])
    reach_opening(room)

    with transaction.atomic():
        tick(room)
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            [(timeout,)] = cursor.fetchall()

    assert timeout == f"{DRAW_SECONDS_MAX // 60}min"


def test_places_follow_the_sign_in() -> None:
    room = make_room(make_showtime())
    places.join(room_id=room.pk, visitor="app:1")

    places.transfer(former="app:1", visitor="user:1")

    assert WaitingPlace.objects.get().visitor == "user:1"
    places.join(room_id=room.pk, visitor="app:1")
    places.transfer(former="app:1", visitor="user:1")  # the account has a place
    assert WaitingPlace.objects.of("app:1").count() == 1
