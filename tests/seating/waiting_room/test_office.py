"""Waiting rooms in the office: who may make one, and what an edit changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.auth.session import AT_KEY
from accounts.models import User
from movies.models import Role, Showtime
from seating.errors import PlaceNotFound
from seating.models import PlaceEnd, RoomControl, WaitingPlace, WaitingRoom
from seating.waiting_room import admission, draw, rooms
from seating.waiting_room.limits import ROOMS_MAX, ROOMS_READ_MAX
from seating.waiting_room.places import find
from tests.access.requests import caller
from tests.factories import (
    make_cinema,
    make_manager,
    make_movie,
    make_showtime,
    make_staff,
    make_studio,
)
from tests.seating.waiting_room.fixtures import (
    before_opening,
    make_room,
    reach_opening,
    tick,
    waiting,
)

pytestmark = pytest.mark.django_db

ADD = "/admin/seating/waitingroom/add/"


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(make_studio(make_cinema()))


def office(user: User) -> Client:
    return caller(user)


def fields(**changed: Any) -> dict[str, Any]:
    values = {
        "showtime": "",
        "movie": "",
        "control": "on",
        "waits_from_0": "",
        "waits_from_1": "",
        "opens_at_0": "",
        "opens_at_1": "",
        "closes_at_0": "",
        "closes_at_1": "",
        "inside_max": "100",
        "per_minute_max": "60",
    }
    return values | changed


def test_manager_makes_a_room_for_a_showtime_of_their_cinema(showtime: Showtime) -> None:
    manager = make_manager(showtime.studio.cinema)

    response = office(manager).post(ADD, fields(showtime=showtime.pk))

    assert response.status_code == 302, response.content.decode()
    room = WaitingRoom.objects.get()
    assert (room.showtime, room.created_by, room.inside_max) == (showtime, manager, 100)
    assert rooms.refresh() == (rooms.RoomRecord.of(room),)


@pytest.mark.parametrize("scope", ["of another cinema", "film", "site"])
def test_manager_makes_no_room_beyond_their_cinema(showtime: Showtime, scope: str) -> None:
    manager = make_manager(showtime.studio.cinema)
    elsewhere = make_showtime(make_studio(make_cinema()))
    chosen = {
        "of another cinema": {"showtime": elsewhere.pk},
        "film": {"movie": showtime.movie_id},
        "site": {},
    }

    response = office(manager).post(ADD, fields(**chosen[scope]))

    assert (response.status_code, WaitingRoom.objects.count()) == (200, 0)


@pytest.mark.parametrize("scope", ["film", "site"])
def test_chain_makes_rooms_of_films_and_of_the_site(showtime: Showtime, scope: str) -> None:
    chain = make_staff(Role.CHAIN_ADMIN, None)

    response = office(chain).post(
        ADD, fields(movie=showtime.movie_id) if scope == "film" else fields()
    )

    assert (response.status_code, WaitingRoom.objects.count()) == (302, 1)


def test_second_room_of_a_showtime_is_refused(showtime: Showtime) -> None:
    make_room(showtime)

    response = office(make_manager(showtime.studio.cinema)).post(ADD, fields(showtime=showtime.pk))

    assert "This showtime has a waiting room that is switched on." in response.content.decode()


def test_no_more_rooms_are_switched_on_than_are_read(showtime: Showtime) -> None:
    WaitingRoom.objects.bulk_create(
        WaitingRoom(movie=make_movie(), control=RoomControl.ON, seed=seed, commitment=seed)
        for seed in (f"{number:064}" for number in range(ROOMS_MAX))
    )
    manager = office(make_manager(showtime.studio.cinema))

    refused = manager.post(ADD, fields(showtime=showtime.pk))
    made = manager.post(ADD, fields(showtime=showtime.pk, control="off"))

    message = f"At most {ROOMS_MAX} waiting rooms can be switched on at once."
    assert (message in refused.content.decode(), made.status_code) == (True, 302)
    assert (len(rooms.refresh()), ROOMS_MAX < ROOMS_READ_MAX) == (ROOMS_MAX, True)


def test_change_needs_a_recent_sign_in(showtime: Showtime) -> None:
    client = office(make_manager(showtime.studio.cinema))
    session = client.session
    session[AT_KEY] = 0
    session.save()

    response = client.post(ADD, fields(showtime=showtime.pk))

    assert (response.status_code, WaitingRoom.objects.count()) == (403, 0)


def test_switching_off_ends_the_places_and_keeps_the_counters(showtime: Showtime) -> None:
    room = make_room(showtime)
    waiting(room, ["web:1", "web:2"])
    tick(room)
    address = f"/admin/seating/waitingroom/{room.pk}/change/"

    response = office(make_manager(showtime.studio.cinema)).post(address, fields(control="off"))

    assert response.status_code == 302, response.content.decode()
    room.refresh_from_db()
    assert (room.control, room.called_count) == (RoomControl.OFF, 1)
    with pytest.raises(PlaceNotFound):  # before its row was written
        find(room_id=room.pk, visitor="web:1")
    admission.tick_all()
    assert set(WaitingPlace.objects.values_list("end", flat=True)) == {PlaceEnd.CLOSED}


def test_opening_is_read_only_once_there_are_turns(showtime: Showtime) -> None:
    room = make_room(showtime)
    waiting(room, ["web:1"])
    tick(room)
    address = f"/admin/seating/waitingroom/{room.pk}/change/"

    office(make_manager(showtime.studio.cinema)).post(
        address, fields(opens_at_0="2030-01-01", opens_at_1="10:00:00", inside_max="7")
    )

    room.refresh_from_db()
    assert (room.opens_at, room.inside_max) == (None, 7)


def test_list_shows_who_waits_and_is_inside(showtime: Showtime) -> None:
    room = make_room(showtime)
    waiting(room, ["web:1", "web:2", "web:3"])
    tick(room)

    page = office(make_manager(showtime.studio.cinema)).get("/admin/seating/waitingroom/")

    text = page.content.decode()
    assert ("1 / 10" in text, "Open" in text) == (True, True)


def test_list_reads_nothing_of_rooms_that_are_off(showtime: Showtime) -> None:
    client = office(make_manager(showtime.studio.cinema))

    def queries(new_rooms: int) -> int:
        for _room in range(new_rooms):
            make_room(showtime, control=RoomControl.OFF)
        with CaptureQueriesContext(connection) as captured:
            page = client.get("/admin/seating/waitingroom/").content.decode()
        assert "Closed" in page
        return len(captured)

    queries(1)  # fills caches
    assert queries(1) == queries(4)


def test_command_verifies_the_draw(showtime: Showtime, capsys: Any) -> None:
    room = before_opening(showtime)
    waiting(room, [f"web:{number}" for number in range(9)])
    with pytest.raises(CommandError, match="still to come"):
        call_command("verify_draw", str(room.pk))
    reach_opening(room)
    tick(room)

    call_command("verify_draw", str(room.pk))

    assert capsys.readouterr().out == "The draw of 9 places is right.\n"
    assert timezone.now() > WaitingRoom.objects.get().drawn_at  # type: ignore[operator]


def test_command_refuses_a_wrong_draw(showtime: Showtime) -> None:
    room = before_opening(showtime)
    places = waiting(room, [f"web:{number}" for number in range(3)])
    order = draw.drawn_order(room.seed, [place.number for place in places])
    for rank, number in enumerate(reversed(order), start=1):
        WaitingPlace.objects.filter(number=number).update(rank=rank)
    reach_opening(room)
    WaitingRoom.objects.update(drawn_at=timezone.now(), last_rank=3, drawn_count=3)

    with pytest.raises(CommandError, match="rank 1 is not the drawn one"):
        call_command("verify_draw", str(room.pk))
