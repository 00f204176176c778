"""Seat map views in a browser: one visitor, another visitor, and invalid input."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings
from django.test.signals import template_rendered
from django.utils import timezone

from movies.models import Showtime
from seating.holds.visitors import COOKIE
from seating.models import Hold, HoldEnd
from seating.seatmap import state
from tests.factories import make_hold, make_showtime

pytestmark = pytest.mark.django_db

JSON = "application/json"


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="AB", seats_per_row=5)


def seat_ids(showtime: Showtime) -> list[int]:
    return list(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))


def states(showtime: Showtime) -> list[str]:
    return list(showtime.seats.order_by("seat_id").values_list("status", flat=True))


def url(showtime: Showtime, tail: str = "", language: str = "/en") -> str:
    return f"{language}/showtimes/{showtime.pk}/{tail}"


def post(client: Client, address: str, body: Any, **extra: Any) -> Any:
    return client.post(
        address, body, content_type=JSON, headers={"Accept": JSON} | extra.pop("headers", {})
    )


def hold(client: Client, showtime: Showtime, *ids: int, language: str = "/en") -> Any:
    return post(client, url(showtime, "hold/", language), {"seats": list(ids)})


def test_seat_map_draws_every_seat_with_its_name_and_status(
    client: Client, showtime: Showtime
) -> None:
    make_hold(showtime, 1)

    page = client.get(url(showtime)).content.decode()

    assert page.count('role="checkbox"') == 10
    assert page.count('tabindex="0"') == 1
    assert 'aria-label="Row A, seat 1, Regular, Rp53,000, held by somebody else"' in page
    assert 'aria-label="Row B, seat 5, Regular, Rp53,000, available"' in page


def test_seat_map_without_prefix_is_indonesian(client: Client, showtime: Showtime) -> None:
    response = client.get(url(showtime, language=""))

    assert response.headers["Content-Language"] == "id"
    assert "Rp53.000" in response.content.decode()


def test_seat_map_gives_each_browser_one_visitor(client: Client, showtime: Showtime) -> None:
    first = client.get(url(showtime)).cookies[COOKIE]
    again = client.get(url(showtime))

    assert (first["httponly"], first["samesite"]) == (True, "Lax")
    assert COOKIE not in again.cookies


def test_seat_map_is_kept_by_no_cache(client: Client, showtime: Showtime) -> None:
    assert "no-store" in client.get(url(showtime)).headers["Cache-Control"]


@override_settings(LIVE_PORT="8001")
def test_seat_map_may_connect_to_the_live_port_alone(client: Client, showtime: Showtime) -> None:
    response = client.get(url(showtime))

    policy = response.headers["Content-Security-Policy"].split("; ")
    assert "connect-src 'self' ws://testserver:8001" in policy
    assert f'data-feed-url="ws://testserver:8001/ws/showtimes/{showtime.pk}/seats/"' in (
        response.content.decode()
    )


def maps_drawn(*requests: tuple[Client, str]) -> int:
    """Number of times the map was rendered for these pages."""
    drawn: list[str] = []

    def record(template: Any, **_kwargs: Any) -> None:
        drawn.append(str(template.name))

    template_rendered.connect(record)
    try:
        for client, address in requests:
            assert client.get(address).status_code == 200
    finally:
        template_rendered.disconnect(record)
    return drawn.count("seating/_map.html")


def test_map_is_rendered_once_for_all_visitors_of_a_language(showtime: Showtime) -> None:
    indonesian, english = url(showtime, language=""), url(showtime)

    assert maps_drawn((Client(), english), (Client(), english)) == 1
    assert maps_drawn((Client(), indonesian), (Client(), english)) == 1


def test_map_is_rendered_again_when_a_seat_changes(client: Client, showtime: Showtime) -> None:
    before = client.get(url(showtime)).content.decode()
    make_hold(showtime, 1)
    state.invalidate(showtime.pk)

    after = client.get(url(showtime)).content.decode()

    shown = 'aria-label="Row A, seat 1, Regular, Rp53,000, held by somebody else"'
    assert [shown in page for page in (before, after)] == [False, True]


def test_seat_map_of_unknown_showtime_is_not_found(client: Client) -> None:
    assert client.get("/en/showtimes/404404/").status_code == 404
    assert client.get(f"/en/showtimes/{10**30}/").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cancelled_at": timezone.now()}, "This showtime was cancelled."),
        ({"sale_opens_at": timezone.now() + timedelta(hours=1)}, "are not on sale"),
    ],
)
def test_seat_map_of_closed_showtime_shows_the_reason(
    client: Client, showtime: Showtime, change: dict[str, Any], words: str
) -> None:
    Showtime.objects.filter(pk=showtime.pk).update(**change)

    page = client.get(url(showtime)).content.decode()

    assert (words in page, 'tabindex="-1" hidden>' in page) == (True, True)


def test_seat_map_queries_do_not_grow_with_the_seats(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for seats_per_row in (3, 30):
        showtime = make_showtime(seats_per_row=seats_per_row)
        # One of them once per layout, one for a paid booking of a visitor who comes again.
        with django_assert_max_num_queries(8):
            client.get(url(showtime))


def test_statuses_are_the_public_facts_alone(client: Client, showtime: Showtime) -> None:
    make_hold(showtime, 1)
    ids = seat_ids(showtime)

    response = client.get(url(showtime, "seats.json"))

    assert response.headers["Cache-Control"] == "public, max-age=1"
    assert response.json() == {
        "showtime": showtime.pk,
        "seats": [[ids[0], "held", 1], *([seat_id, "available", 0] for seat_id in ids[1:])],
        "versions": 1,
        "available": 9,
        "availability": "available",
        "together": None,
    }


def test_hold_returns_price_and_expiry(client: Client, showtime: Showtime) -> None:
    ids = seat_ids(showtime)
    response = hold(client, showtime, ids[0], ids[1])

    document = response.json()
    kept = Hold.objects.get()
    assert response.status_code == 201
    assert "A1" in document.pop("panel")
    assert document.pop("server_time") is not None
    assert document == {
        "hold_id": str(kept.pk),
        "seats": [
            {"id": ids[0], "label": "A1", "category": "regular", "price_rupiah": 50_000},
            {"id": ids[1], "label": "A2", "category": "regular", "price_rupiah": 50_000},
        ],
        "seats_rupiah": 100_000,
        "fee_rupiah": 6_000,
        "total_rupiah": 106_000,
        "total": "Rp106,000",
        "expires_at": kept.expires_at.isoformat(),
        "is_sealed": False,
        "is_extendable": True,
    }


def test_hold_is_found_again_by_reload_and_second_tab(client: Client, showtime: Showtime) -> None:
    taken = hold(client, showtime, seat_ids(showtime)[0]).json()

    found = client.get(url(showtime, "hold/")).json()
    page = client.get(url(showtime)).content.decode()

    assert (found["hold_id"], found["seats"]) == (taken["hold_id"], taken["seats"])
    assert "Your seats" in page


def test_hold_of_another_visitor_is_not_seen(showtime: Showtime) -> None:
    hold(Client(), showtime, seat_ids(showtime)[0])

    assert Client().get(url(showtime, "hold/")).json()["hold_id"] is None


def test_hold_with_a_forged_cookie_is_refused_to_its_sender(
    client: Client, showtime: Showtime
) -> None:
    hold(client, showtime, seat_ids(showtime)[0])
    client.cookies[COOKIE] = client.cookies[COOKIE].value.split(":")[0] + ":forged"

    assert client.get(url(showtime, "hold/")).json()["hold_id"] is None


def test_hold_of_a_taken_seat_names_it_and_the_nearest(showtime: Showtime) -> None:
    ids = seat_ids(showtime)
    hold(Client(), showtime, ids[0])

    response = hold(Client(), showtime, ids[0])

    document = response.json()
    assert (response.status_code, response.headers["Content-Type"]) == (
        409,
        "application/problem+json",
    )
    assert (document["code"], document["seats"], document["nearest"]) == (
        "seat_taken",
        [{"id": ids[0], "label": "A1"}],
        [{"id": ids[1], "label": "A2"}],
    )


def test_release_opens_one_seat_then_all(client: Client, showtime: Showtime) -> None:
    ids = seat_ids(showtime)
    hold(client, showtime, *ids[:3])

    one = post(client, url(showtime, "hold/release/"), {"seats": [ids[0]]})
    assert [seat["id"] for seat in one.json()["seats"]] == ids[1:3]
    everything = post(client, url(showtime, "hold/release/"), {})

    assert everything.json()["hold_id"] is None
    assert set(states(showtime)) == {"available"}
    assert Hold.objects.get().end == HoldEnd.RELEASED


def test_release_by_an_outsider_opens_nothing(client: Client, showtime: Showtime) -> None:
    ids = seat_ids(showtime)
    hold(client, showtime, ids[0])

    response = post(Client(), url(showtime, "hold/release/"), {"seats": [ids[0]]})

    assert response.json()["hold_id"] is None
    assert states(showtime)[0] == "held"


def test_release_without_scripts_redirects_to_the_map(client: Client, showtime: Showtime) -> None:
    ids = seat_ids(showtime)
    hold(client, showtime, *ids[:2])

    response = client.post(url(showtime, "hold/release/"), {"seats": [ids[0]]})

    assert response.headers["Location"] == url(showtime)
    assert states(showtime)[:2] == ["available", "held"]


def test_choose_without_scripts_holds_and_continues(client: Client, showtime: Showtime) -> None:
    ids = seat_ids(showtime)

    response = client.post(url(showtime, "choose/"), {"seats": ids[:2]})

    assert response.headers["Location"] == url(showtime, "checkout/")
    assert states(showtime)[:3] == ["held", "held", "available"]
    listed = client.get(url(showtime) + "?view=list").content.decode()
    assert listed.count('type="checkbox"') == 10


def test_choose_of_a_taken_seat_names_it_on_the_list(showtime: Showtime) -> None:
    ids, client = seat_ids(showtime), Client()
    showtime.seats.exclude(seat_id=ids[0]).update(status="blocked")
    hold(Client(), showtime, ids[0])

    response = client.post(url(showtime, "choose/"), {"seats": ids[:1]}, follow=True)

    assert response.redirect_chain == [(url(showtime) + "?view=list", 302)]
    assert "Just taken by somebody else: A1." in response.content.decode()
