"""Passes in front of holds, and the ways around them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from movies.models import Showtime
from seating.holds import transitions
from seating.models import Hold, RoomControl, WaitingPlace, WaitingRoom
from seating.waiting_room import demand, passes, rooms
from seating.waiting_room.limits import INSIDE_SECONDS
from tests.factories import make_showtime
from tests.seating.test_holds import seat_ids
from tests.seating.waiting_room.fixtures import before_opening, make_room, tick

pytestmark = pytest.mark.django_db

ANI = "ani-of-the-first-phone"
BUDI = "budi-of-another-phone"


def app(secret: str, token: str = "") -> Client:
    headers = {"X-Visitor": secret, "Accept-Language": "en"}
    return Client(headers=headers | ({"X-Waiting-Pass": token} if token else {}))


def hold(client: Client, showtime: Showtime, *numbers: int) -> Any:
    wanted = [seat_ids(showtime)[number] for number in numbers or (0,)]
    return client.post(
        f"/api/v1/showtimes/{showtime.pk}/holds", {"seats": wanted}, content_type="application/json"
    )


def refusal(response: Any) -> tuple[int, str, int | None]:
    document = response.json()
    return response.status_code, document["code"], document.get("waiting_room")


def join(room: WaitingRoom, *secrets: str) -> None:
    for secret in secrets:
        assert app(secret).post(f"/api/v1/waiting-rooms/{room.pk}/place").status_code == 201


def pass_of(room: WaitingRoom, secret: str) -> str:
    response = app(secret).post(f"/api/v1/waiting-rooms/{room.pk}/pass")
    assert response.status_code == 201, response.content
    token: str = response.json()["token"]
    return token


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="AB", seats_per_row=10)


def test_seats_need_a_pass_while_the_room_is_open(showtime: Showtime) -> None:
    room = make_room(showtime)

    without = hold(app(ANI), showtime)
    join(room, ANI)
    tick(room)
    with_pass = hold(app(ANI, pass_of(room, ANI)), showtime)

    assert refusal(without) == (409, "waiting_room", room.pk)
    assert with_pass.status_code == 201


@pytest.mark.parametrize("is_simple", [True, False])
def test_best_seats_need_a_pass(showtime: Showtime, is_simple: bool) -> None:
    room = make_room(showtime)
    wanted = {"size": 2} if is_simple else {"size": 2, "apart": True}

    response = app(ANI).post(
        f"/api/v1/showtimes/{showtime.pk}/holds/best", wanted, content_type="application/json"
    )

    assert refusal(response) == (409, "waiting_room", room.pk)


def test_client_without_a_name_cannot_hold(showtime: Showtime) -> None:
    room = make_room(showtime)
    nameless = Client(headers={"Accept-Language": "en"})

    assert refusal(hold(nameless, showtime)) == (409, "waiting_room", room.pk)
    joined = nameless.post(f"/api/v1/waiting-rooms/{room.pk}/place")
    assert (joined.status_code, joined.json()["code"]) == (422, "visitor_missing")


def test_pass_of_another_visitor_is_refused(showtime: Showtime) -> None:
    room = make_room(showtime)
    join(room, ANI)
    tick(room)

    stolen = hold(app(BUDI, pass_of(room, ANI)), showtime)

    assert refusal(stolen) == (409, "waiting_room", room.pk)


def test_pass_of_another_room_is_refused(showtime: Showtime) -> None:
    other = make_room(make_showtime())
    room = make_room(showtime)
    join(other, ANI)
    tick(other)

    assert refusal(hold(app(ANI, pass_of(other, ANI)), showtime))[1] == "waiting_room"
    assert room.pk != other.pk


def test_new_pass_voids_the_one_before(showtime: Showtime) -> None:
    room = make_room(showtime)
    join(room, ANI)
    tick(room)
    first, second = pass_of(room, ANI), pass_of(room, ANI)

    assert refusal(hold(app(ANI, first), showtime))[1] == "waiting_room"
    assert hold(app(ANI, second), showtime).status_code == 201


def test_pass_ends_with_the_time_inside(showtime: Showtime) -> None:
    room = make_room(showtime)
    join(room, ANI)
    tick(room)
    token = pass_of(room, ANI)
    passed = timedelta(seconds=INSIDE_SECONDS + 1)
    names = ("called_at", "entered_at", "admitted_until")
    WaitingPlace.objects.update(**{name: F(name) - passed for name in names})

    assert refusal(hold(app(ANI, token), showtime))[1] == "waiting_room"


def test_pass_ends_when_its_visitor_leaves(showtime: Showtime) -> None:
    room = make_room(showtime)
    join(room, ANI)
    tick(room)
    token = pass_of(room, ANI)
    assert app(ANI).delete(f"/api/v1/waiting-rooms/{room.pk}/place").status_code == 204

    assert refusal(hold(app(ANI, token), showtime))[1] == "waiting_room"


@pytest.mark.parametrize("forged", ["nonsense", "WzFd:1abc:def", "x" * 600])
def test_forged_pass_is_refused(showtime: Showtime, forged: str) -> None:
    make_room(showtime)

    assert refusal(hold(app(ANI, forged), showtime))[1] == "waiting_room"


def test_many_installations_get_only_their_own_places(showtime: Showtime) -> None:
    room = make_room(showtime, inside_max=2)
    secrets = [f"installation-{number:03}" for number in range(5)]
    join(room, *secrets)
    tick(room)
    tick(room)
    tokens = [pass_of(room, secret) for secret in secrets[:2]]

    early = [
        app(secret).post(f"/api/v1/waiting-rooms/{room.pk}/pass").json()["code"]
        for secret in secrets[2:]
    ]
    borrowed = [refusal(hold(app(secret, tokens[0]), showtime))[1] for secret in secrets[2:]]

    assert early == ["not_your_turn"] * 3
    assert borrowed == ["waiting_room"] * 3
    assert Hold.objects.count() == 0


def test_visitor_who_holds_seats_already_may_change_them(showtime: Showtime) -> None:
    assert hold(app(ANI), showtime, 0).status_code == 201
    make_room(showtime)

    assert hold(app(ANI), showtime, 1).status_code == 201


def test_room_of_the_film_and_of_the_site_cover_the_showtime(showtime: Showtime) -> None:
    of_site = make_room()
    assert refusal(hold(app(ANI), showtime)) == (409, "waiting_room", of_site.pk)

    of_film = make_room(movie=showtime.movie)
    assert refusal(hold(app(ANI), showtime)) == (409, "waiting_room", of_film.pk)

    own = make_room(showtime)
    assert refusal(hold(app(ANI), showtime)) == (409, "waiting_room", own.pk)


def test_room_of_another_showtime_does_not_matter(showtime: Showtime) -> None:
    make_room(make_showtime())

    assert hold(app(ANI), showtime).status_code == 201


def test_room_that_is_not_open_needs_no_pass(showtime: Showtime) -> None:
    make_room(showtime, waits_from=timezone.now() + timedelta(hours=1))
    assert hold(app(ANI), showtime, 0).status_code == 201

    WaitingRoom.objects.update(control=RoomControl.OFF)
    rooms.refresh()
    assert hold(app(BUDI), showtime, 1).status_code == 201


def test_pass_before_the_opening_is_refused(showtime: Showtime) -> None:
    room = before_opening(showtime)
    join(room, ANI)
    tick(room)

    response = app(ANI).post(f"/api/v1/waiting-rooms/{room.pk}/pass")

    assert (response.status_code, response.json()["code"]) == (409, "not_your_turn")
    assert refusal(hold(app(ANI), showtime))[1] == "waiting_room"


def test_check_without_a_room_needs_no_query(
    showtime: Showtime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rooms.keep(())

    with django_assert_num_queries(0):
        assert passes.require_pass(showtime.pk, ANI, "", network="") is None


def test_forged_and_missing_passes_cost_one_query(
    showtime: Showtime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    record = rooms.RoomRecord.of(make_room(showtime))
    at = timezone.now()

    with django_assert_num_queries(1):  # whether the visitor holds seats
        assert not passes.may_hold(record, showtime.pk, ANI, "forged", at)


def test_holds_and_refusals_are_counted_as_demand(showtime: Showtime) -> None:
    room = make_room(showtime)
    join(room, ANI)
    tick(room)
    hold(app(BUDI), showtime)
    hold(app(ANI, pass_of(room, ANI)), showtime)

    assert demand.measure(room.pk, timezone.now()) == demand.Demand(wanted=2, held=1)


def test_extending_a_hold_needs_no_pass(showtime: Showtime) -> None:
    held = hold(app(ANI), showtime).json()
    make_room(showtime)

    assert app(ANI).post(f"/api/v1/holds/{held['id']}/extension").status_code == 200


def test_bought_place_makes_room_for_the_next(showtime: Showtime) -> None:
    room = make_room(showtime, inside_max=1)
    join(room, ANI, BUDI)
    tick(room)
    token = pass_of(room, ANI)
    held = hold(app(ANI, token), showtime).json()
    Hold.objects.filter(pk=held["id"]).update(ended_at=timezone.now(), end="sold")

    tick(room)

    assert WaitingPlace.objects.get(rank=2).called_at is not None
    assert transitions.current_hold(showtime_id=showtime.pk, visitor=ANI) is None
