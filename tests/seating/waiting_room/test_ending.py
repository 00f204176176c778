"""How places end: rooms that are closed, purchases, cancelled showtimes, erased accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.privacy import erasure
from accounts.privacy.person import Person
from movies.models import Showtime
from seating.api.visitors import account_visitor
from seating.errors import PlaceNotFound
from seating.holds import transitions
from seating.models import Hold, PlaceEnd, RoomControl, WaitingPlace, WaitingRoom
from seating.waiting_room import admission, ending, passes, places, rooms
from seating.waiting_room.limits import ABANDONED_SECONDS, CHOOSING_SECONDS, ENTER_SECONDS
from tests.factories import make_showtime, make_user
from tests.seating.test_holds import seat_ids
from tests.seating.waiting_room.fixtures import called, make_room, tick, waiting

pytestmark = pytest.mark.django_db
ANI, BUDI, CITRA = "web:ani", "web:budi", "web:citra"


def switch(room: WaitingRoom, control: RoomControl) -> None:
    WaitingRoom.objects.filter(pk=room.pk).update(control=control)
    rooms.refresh()


def buy(showtime: Showtime, visitor: str) -> None:
    transitions.hold_seats(
        showtime_id=showtime.pk, visitor=visitor, seat_ids=seat_ids(showtime)[:1]
    )
    Hold.objects.filter(visitor=visitor).update(ended_at=timezone.now(), end="sold")


def ends() -> list[str]:
    return list(WaitingPlace.objects.order_by("pk").values_list("end", flat=True))


def test_old_places_are_deleted() -> None:
    room = make_room()
    waiting(room, [ANI, BUDI])
    places.leave(room_id=room.pk, visitor=ANI)
    WaitingPlace.objects.filter(visitor="").update(ended_at=timezone.now() - timedelta(days=91))

    assert ending.delete_old_places() == 1
    assert list(WaitingPlace.objects.values_list("visitor", flat=True)) == [BUDI]


def test_end_of_a_room_switches_it_off_and_ends_its_places() -> None:
    room = make_room(closes_at=timezone.now() + timedelta(hours=1))
    waiting(room, [ANI])
    WaitingRoom.objects.update(closes_at=timezone.now() - timedelta(seconds=1))

    admission.tick_all()

    room.refresh_from_db()
    assert (room.control, WaitingPlace.objects.get().end) == (RoomControl.OFF, PlaceEnd.CLOSED)


def test_places_of_a_room_that_is_off_count_as_ended_at_once() -> None:
    room = make_room()
    waiting(room, [ANI])
    tick(room)
    switch(room, RoomControl.OFF)

    with pytest.raises(PlaceNotFound):
        places.find(room_id=room.pk, visitor=ANI)
    with pytest.raises(PlaceNotFound):
        places.enter(room_id=room.pk, visitor=ANI)
    assert WaitingPlace.objects.get().entered_at is None


def test_places_of_rooms_that_are_off_end_in_batches() -> None:
    room = make_room()
    waiting(room, [ANI, BUDI, CITRA])
    other = make_room(make_showtime())
    waiting(other, [ANI])
    switch(room, RoomControl.OFF)

    ended = [ending.end_in_closed_rooms(limit=2) for _batch in range(3)]

    assert (ended, ends()) == ([2, 1, 0], [PlaceEnd.CLOSED] * 3 + [""])


def test_places_end_while_an_automatic_room_is_not_open() -> None:
    room = make_room(inside_max=1)
    waiting(room, [ANI, BUDI])
    tick(room)
    switch(room, RoomControl.AUTOMATIC)
    passed = timedelta(seconds=ABANDONED_SECONDS + ENTER_SECONDS)
    WaitingPlace.objects.update(seen_at=F("seen_at") - passed)
    WaitingPlace.objects.filter(visitor=ANI).update(
        called_at=F("called_at") - passed, admitted_until=F("admitted_until") - passed
    )
    WaitingRoom.objects.update(swept_at=None)

    tick(room)

    assert ends() == [PlaceEnd.MISSED, PlaceEnd.ABANDONED]


@pytest.mark.parametrize("change", ["cancelled", "sale over"])
def test_room_of_a_showtime_that_is_over_switches_itself_off(change: str) -> None:
    showtime = make_showtime()
    room = make_room(showtime)
    client = Client(headers={"Accept-Language": "en"})
    client.post(f"/en/waiting-rooms/{room.pk}/join/")
    now = timezone.now()
    changes, text = {
        "cancelled": ({"cancelled_at": now}, "This showtime was cancelled."),
        "sale over": (
            {"sale_closes_at": now},
            "Tickets for this showtime are not on sale any more.",
        ),
    }[change]
    Showtime.objects.filter(pk=showtime.pk).update(**changes)

    admission.tick_all()

    room.refresh_from_db()
    page = client.get(f"/en/waiting-rooms/{room.pk}/").content.decode()
    assert (room.control, ends(), text in page) == (RoomControl.OFF, [PlaceEnd.CLOSED], True)
    assert "before you" not in page
    assert "you can choose seats" not in page


def test_who_waits_in_a_room_that_is_not_open_is_not_told_to_wait() -> None:
    room = make_room(make_showtime())
    client = Client(headers={"Accept-Language": "en"})
    client.post(f"/en/waiting-rooms/{room.pk}/join/")
    switch(room, RoomControl.AUTOMATIC)

    page = client.get(f"/en/waiting-rooms/{room.pk}/").content.decode()

    assert "you can choose seats" in page
    assert "before you" not in page


@pytest.mark.parametrize("scope", ["showtime", "film", "site"])
def test_buyers_make_room_in_rooms_of_every_scope(scope: str) -> None:
    showtime = make_showtime(rows="A", seats_per_row=9)
    room = {
        "showtime": lambda: make_room(showtime, inside_max=1),
        "film": lambda: make_room(movie=showtime.movie, inside_max=1),
        "site": lambda: make_room(inside_max=1),
    }[scope]()
    waiting(room, [ANI, BUDI])
    tick(room)
    buy(showtime, ANI)

    tick(room)

    assert called(room) == [BUDI]


@pytest.mark.parametrize("has_held", [False, True])
def test_next_is_called_in_the_place_of_who_holds_nothing_for_long(has_held: bool) -> None:
    room = make_room(inside_max=1)
    waiting(room, [ANI, BUDI])
    tick(room)
    entrance = places.enter(room_id=room.pk, visitor=ANI)
    passed = timedelta(seconds=CHOOSING_SECONDS + 1)
    inside = WaitingPlace.objects.filter(visitor=ANI)
    inside.update(called_at=F("called_at") - passed, entered_at=F("entered_at") - passed)
    if has_held:
        inside.update(held_at=timezone.now())

    tick(room)

    now = timezone.now()
    keeps_pass = passes.is_valid(entrance.token, room_id=room.pk, visitor=ANI, at=now)
    assert (called(room), keeps_pass) == ([ANI] if has_held else [ANI, BUDI], True)


def test_purchase_of_another_film_does_not_end_a_place() -> None:
    other, showtime = make_showtime(), make_showtime()
    room = make_room(movie=showtime.movie, inside_max=1)
    waiting(room, [ANI])
    tick(room)
    buy(other, ANI)

    tick(room)

    assert called(room) == [ANI]


def test_erasure_ends_the_places_of_the_account_alone() -> None:
    user = make_user()
    room = make_room()
    waiting(room, [account_visitor(user.pk), ANI])

    erasure.erase(Person.of(user), timezone.now())

    assert list(WaitingPlace.objects.order_by("pk").values_list("visitor", "end")) == [
        ("", PlaceEnd.LEFT),
        (ANI, ""),
    ]
