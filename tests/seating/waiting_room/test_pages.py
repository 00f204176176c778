"""Pages of a waiting room: without scripts, for another visitor, in both languages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from movies.models import Showtime
from seating.models import WaitingPlace, WaitingRoom
from seating.waiting_room import draw
from seating.waiting_room.limits import CHECKS_BY_VISITOR
from tests.factories import make_showtime
from tests.seating.test_holds import seat_ids
from tests.seating.waiting_room.fixtures import before_opening, make_room, reach_opening, tick

pytestmark = pytest.mark.django_db


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="A", seats_per_row=4)


def browser(language: str = "en") -> Client:
    return Client(headers={"Accept-Language": language})


def url(room: WaitingRoom, part: str = "") -> str:
    return f"/en/waiting-rooms/{room.pk}/{part}"


def summary(response: Any) -> str:
    [text] = re.findall(r"data-summary>(.*?)</p>", response.content.decode(), re.S)
    return " ".join(text.split())


def test_seat_pages_lead_to_the_waiting_room(showtime: Showtime) -> None:
    room = make_room(showtime)
    expected = f"{url(room)}?showtime={showtime.pk}"

    for path in ("", "?view=list", "groups/", "wait/"):
        response = browser().get(f"/en/showtimes/{showtime.pk}/{path}")
        assert (path, response.status_code, response.headers["Location"]) == (path, 302, expected)


def test_without_a_room_waiting_leads_to_the_seats(showtime: Showtime) -> None:
    response = browser().get(f"/en/showtimes/{showtime.pk}/wait/")

    assert response.headers["Location"] == f"/en/showtimes/{showtime.pk}/"


def test_visitor_joins_waits_comes_in_and_holds_seats(showtime: Showtime) -> None:
    room = make_room(showtime)
    client = browser()

    asked = client.get(url(room))
    joined = client.post(url(room, "join/"))
    waiting = client.get(url(room))
    tick(room)
    called = client.get(url(room))
    entered = client.post(url(room, "enter/"))

    assert "Join the queue" in asked.content.decode()
    assert (joined.status_code, joined.headers["Location"]) == (303, url(room))
    assert 'data-state="called"' in waiting.content.decode() or "before you" in summary(waiting)
    assert "It is your turn" in called.content.decode()
    seats = f"/en/showtimes/{showtime.pk}/"
    assert (entered.status_code, entered.headers["Location"]) == (303, seats)
    assert client.get(seats).status_code == 200
    held = client.post(
        f"{seats}hold/", {"seats": seat_ids(showtime)[:1]}, content_type="application/json"
    )
    assert held.status_code == 201


def test_hold_by_a_script_without_a_pass_is_refused(showtime: Showtime) -> None:
    room = make_room(showtime)

    response = browser().post(
        f"/en/showtimes/{showtime.pk}/hold/",
        {"seats": seat_ids(showtime)[:1]},
        content_type="application/json",
        headers={"Accept": "application/json"},
    )

    problem = response.json()
    assert (response.status_code, problem["code"], problem["waiting_room"]) == (
        409,
        "waiting_room",
        room.pk,
    )


def test_hold_by_a_plain_form_without_a_pass_leads_to_the_waiting_room(showtime: Showtime) -> None:
    room = make_room(showtime)

    response = browser().post(
        f"/en/showtimes/{showtime.pk}/choose/", {"seats": seat_ids(showtime)[:1]}, follow=True
    )

    assert response.redirect_chain[-1] == (f"{url(room)}?showtime={showtime.pk}", 302)
    assert "Many people want seats at the moment." in response.content.decode()


def test_position_survives_reloads_and_belongs_to_the_visitor(showtime: Showtime) -> None:
    room = make_room(showtime, inside_max=1)
    first, second, outsider = browser(), browser(), browser()
    first.post(url(room, "join/"))
    second.post(url(room, "join/"))
    tick(room)

    shown = [second.get(url(room)) for _reload in range(2)]

    assert [summary(each) for each in shown] == ["0 people are before you. At the present pace it"
                                                 " takes about 1 minute."] * 2  # fmt: skip
    assert "Join the queue" in outsider.get(url(room)).content.decode()
    assert outsider.post(url(room, "enter/"), follow=True).status_code == 200
    assert WaitingPlace.objects.filter(entered_at__isnull=False).count() == 0


def test_page_refreshes_itself_without_scripts(showtime: Showtime) -> None:
    room = before_opening(showtime)
    client = browser()
    client.post(url(room, "join/"))

    page = client.get(url(room)).content.decode()

    assert '<noscript><meta http-equiv="refresh" content="240"></noscript>' in page
    assert 'role="status" aria-live="polite"' in page


def test_page_in_indonesian(showtime: Showtime) -> None:
    room = make_room(showtime)

    page = browser("id").get(f"/waiting-rooms/{room.pk}/").content.decode()

    assert "Masuk ke antrean" in page
    assert "Saat ini banyak orang menginginkan kursi. 0 orang sedang menunggu." in page


def test_script_reads_its_place(showtime: Showtime) -> None:
    room = before_opening(showtime)
    client = browser()
    client.post(url(room, "join/"))

    document = client.get(url(room, "place.json")).json()

    assert (document["state"], document["ahead"], document["check_seconds"]) == (
        "waiting",
        None,
        240,
    )
    assert "You are in." in document["panel"]
    assert browser().get(url(room, "place.json")).json()["state"] is None


def test_leaving_ends_the_place(showtime: Showtime) -> None:
    room = make_room(showtime)
    client = browser()
    client.post(url(room, "join/"))

    client.post(url(room, "leave/"))

    assert WaitingPlace.objects.get().end == "left"
    assert "Join the queue" in client.get(url(room)).content.decode()


def test_draw_is_published_afterwards(showtime: Showtime) -> None:
    room = before_opening(showtime)
    clients = [browser() for _client in range(3)]
    for client in clients:
        client.post(url(room, "join/"))
    before = browser().get(url(room, "draw/")).content.decode()
    assert (room.commitment in before, room.seed in before) == (True, False)
    assert browser().get(url(room, "draw.csv")).status_code == 404

    reach_opening(room)
    tick(room)

    after = browser().get(url(room, "draw/")).content.decode()
    order = b"".join(browser().get(url(room, "draw.csv"))).decode().split()
    numbers = list(WaitingPlace.objects.values_list("number", flat=True))
    drawn = draw.drawn_order(room.seed, numbers)
    assert room.seed in after
    assert order == ["rank,place", *(f"{at},{number}" for at, number in enumerate(drawn, 1))]


def test_order_is_withdrawn_once_a_drawn_place_was_deleted(showtime: Showtime) -> None:
    room = before_opening(showtime)
    clients = [browser() for _client in range(3)]
    for client in clients:
        client.post(url(room, "join/"))
    reach_opening(room)
    tick(room)
    assert "draw.csv" in browser().get(url(room, "draw/")).content.decode()
    WaitingPlace.objects.get(rank=2).delete()

    page = browser().get(url(room, "draw/")).content.decode()

    room.refresh_from_db()
    kept = list(WaitingPlace.objects.order_by("rank").values_list("rank", "number"))
    assert list(draw.drawn_places(room)) == kept
    assert [rank for rank, _number in kept] == [1, 3]
    assert ("Download the list" in page, room.seed in page) == (False, True)
    assert browser().get(url(room, "draw.csv")).status_code == 404


@pytest.mark.parametrize("action", ["enter", "leave"])
def test_actions_of_a_visitor_are_limited(showtime: Showtime, action: str) -> None:
    room = make_room(showtime)
    client = browser()
    client.post(url(room, "join/"))

    answers = [
        client.post(url(room, f"{action}/")).status_code
        for _time in range(CHECKS_BY_VISITOR.amount + 1)
    ]

    assert (answers[0], answers[-1]) == (303, 429)


def test_missed_turn_shows_the_button_again(showtime: Showtime) -> None:
    room = make_room(showtime)
    client = browser()
    client.post(url(room, "join/"))
    tick(room)
    passed = timedelta(minutes=5)
    WaitingPlace.objects.update(
        called_at=F("called_at") - passed, admitted_until=F("admitted_until") - passed
    )
    tick(room)

    response = client.post(url(room, "enter/"), follow=True)

    assert "You are not in this waiting room. Please join it." in response.content.decode() or (
        "We could not find that" in response.content.decode()
    )
    assert "Join the queue" in response.content.decode()


def test_unknown_room_is_not_found() -> None:
    assert browser().get("/en/waiting-rooms/1/").status_code == 404
