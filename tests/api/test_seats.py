"""Seats and holds over HTTP, as a mobile app uses them."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from movies.models import Showtime
from seating.models import Hold, SeatStatus, ShowtimeSeat
from tests.factories import make_showtime, make_user
from tests.seating.test_holds import pass_time, seat_ids, states

pytestmark = pytest.mark.django_db

APP = {"X-Visitor": "an-installation-secret-1"}
OTHER_APP = {"X-Visitor": "an-installation-secret-2"}


def post(path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
    return Client().post(
        f"/api/v1/{path}", json.dumps(body), "application/json", headers=headers or {}
    )


def hold(showtime: Showtime, seats: list[int], headers: dict[str, str] | None = None) -> Any:
    return post(f"showtimes/{showtime.pk}/holds", {"seats": seats}, headers)


def sign_in(user: Any) -> dict[str, str]:
    from knox.models import AuthToken

    return {"Authorization": f"Token {AuthToken.objects.create(user)[1]}"}


def test_seats_list_every_seat_with_price_and_status() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    hold(showtime, [second])

    answer = Client().get(f"/api/v1/showtimes/{showtime.pk}/seats")

    seat = {"row": "A", "category": "regular", "price_rupiah": 50_000}
    assert answer.status_code == 200
    assert answer.json() == [
        seat | {"id": first, "number": 1, "status": "available", "version": 0},
        seat | {"id": second, "number": 2, "status": "held", "version": 1},
    ]
    again = Client().get(
        f"/api/v1/showtimes/{showtime.pk}/seats", headers={"If-None-Match": answer["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_seats_and_layout_of_unknown_showtime_are_not_found() -> None:
    for path in ("seats", "layout"):
        answer = Client().get(f"/api/v1/showtimes/999999/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_layout_contains_every_seat_once_and_is_cacheable() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    (seat,) = seat_ids(showtime)

    answer = Client().get(f"/api/v1/showtimes/{showtime.pk}/layout")

    place = {"id": seat, "row": "A", "number": 1, "line": 0, "column": 1}
    assert answer.json()["seats"] == [place | {"category": "regular", "partner": None}]
    assert answer["Cache-Control"] == "public, max-age=60"


def test_hold_answers_with_everything_to_count_down_by() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, _second = seat_ids(showtime)

    answer = hold(showtime, [first])
    body = answer.json()

    assert answer.status_code == 201
    made = Hold.objects.get()
    assert body == {
        "id": str(made.pk),
        "showtime": showtime.pk,
        "expires_at": body["expires_at"],
        "server_time": body["server_time"],
        "seats": [{"id": first, "label": "A1", "category": "regular", "price_rupiah": 50_000}],
        "seats_rupiah": 50_000,
        "fee_rupiah": 3_000,
        "total_rupiah": 53_000,
        "sealed": False,
        "extendable": True,
    }
    left = datetime.fromisoformat(body["expires_at"]) - datetime.fromisoformat(body["server_time"])
    assert left == timedelta(seconds=300)
    assert {"RateLimit-Policy", "RateLimit"} <= set(answer.headers)


def test_hold_of_a_taken_seat_is_a_409_that_names_it() -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, second, _third = seat_ids(showtime)
    hold(showtime, [first])

    answer = hold(showtime, [first])

    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bertentangan dengan Keadaan Sekarang",
        "status": 409,
        "code": "seat_taken",
        "detail": answer.json()["detail"],
        "seats": [{"id": first, "label": "A1"}],
        "nearest": [{"id": second, "label": "A2"}],
    }


@pytest.mark.parametrize("owner", [None, APP], ids=["bearer of the id", "app installation"])
def test_hold_is_read_changed_and_given_back_by_its_owner(owner: dict[str, str] | None) -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    path = f"/api/v1/holds/{hold(showtime, [first], owner).json()['id']}"
    client = Client(headers=owner or {})

    assert [seat["id"] for seat in client.get(path).json()["seats"]] == [first]
    changed = client.patch(path, {"seats": [second]}, "application/json")
    assert [seat["id"] for seat in changed.json()["seats"]] == [second]
    assert client.delete(path).status_code == 204

    assert [state[0] for state in states(showtime)] == ["available", "available"]
    assert client.get(path).json()["code"] == "hold_expired"


def test_hold_of_another_visitor_is_not_found_and_unchanged() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    siti, budi = sign_in(make_user()), sign_in(make_user())
    for owner, outsiders in [(APP, [{}, OTHER_APP, budi]), (siti, [{}, APP, budi])]:
        path = f"/api/v1/holds/{hold(showtime, [first], owner).json()['id']}"
        before = states(showtime)
        for outsider in outsiders:
            client = Client(headers=outsider)
            answers = [
                client.get(path),
                client.patch(path, {"seats": [second]}, "application/json"),
                client.delete(path),
            ]
            assert [(a.status_code, a.json()["code"]) for a in answers] == [
                (404, "hold_not_found")
            ] * 3
        assert states(showtime) == before
        assert Client(headers=owner).delete(path).status_code == 204


def test_wrong_hold_requests_are_named_and_change_nothing() -> None:
    showtime, other = make_showtime(rows="A", seats_per_row=9), make_showtime()
    ids, foreign = seat_ids(showtime), seat_ids(other)[0]
    before = states(showtime)
    first = ids[0]

    asked = [
        ({"seats": []}, 422, "seats_missing"),
        ({"seats": [first, first]}, 422, "seat_repeated"),
        ({"seats": ids}, 422, "too_many_seats"),
        ({"seats": [foreign]}, 422, "seat_unknown"),
        ({"seats": [first, 2**62]}, 422, "seat_unknown"),
        ({"seats": [2**63]}, 422, "invalid"),
        ({"seats": [-1]}, 422, "invalid"),
        ({"seats": ["A1"]}, 422, "invalid"),
        ({"seats": first}, 422, "invalid"),
        ({}, 422, "invalid"),
        ([first], 422, "invalid"),
        ({"seats": [first], "price_rupiah": 1}, 422, "invalid"),
        ({"seats": [first], "status": "sold"}, 422, "invalid"),
        ({"seats": [first], "user": 1}, 422, "invalid"),
    ]
    got = [post(f"showtimes/{showtime.pk}/holds", body) for body, _status, _code in asked]

    assert [(answer.status_code, answer.json()["code"]) for answer in got] == [
        (status, code) for _body, status, code in asked
    ]
    assert got[-1].json()["errors"] == [
        {"field": "user", "code": "unknown_field", "detail": got[-1].json()["errors"][0]["detail"]}
    ]
    assert states(showtime) == before


def test_malformed_and_oversized_bodies_are_refused() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    path = f"/api/v1/showtimes/{showtime.pk}/holds"

    malformed = Client().post(path, '{"seats": [', "application/json")
    form = Client().post(path, {"seats": "1"})
    huge = Client().post(path, "[" + "1," * 600_000 + "1]", "application/json")

    assert [(a.status_code, a.json()["code"]) for a in (malformed, form, huge)] == [
        (400, "parse_error"),
        (415, "unsupported_media_type"),
        (413, "too_large"),
    ]
    assert Hold.objects.count() == 0


def test_wrong_visitor_secret_is_named() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    answer = hold(showtime, seat_ids(showtime), {"X-Visitor": "short"})
    assert (answer.status_code, answer.json()["code"]) == (422, "visitor_invalid")


def test_expired_hold_is_reported() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    path = f"/api/v1/holds/{hold(showtime, seat_ids(showtime)).json()['id']}"
    pass_time(301)

    answer = Client().patch(path, {"seats": seat_ids(showtime)}, "application/json")

    assert (answer.status_code, answer.json()["code"]) == (409, "hold_expired")
    assert Client().get(f"/api/v1/holds/{uuid.uuid4()}").json()["code"] == "hold_not_found"


def test_refusals_use_the_clients_language() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    path = f"showtimes/{showtime.pk}/holds"

    english = post(path, {"seats": []}, {"Accept-Language": "en"}).json()["detail"]
    assert english == "Please choose at least one seat."


@pytest.mark.usefixtures("lasting_maps")
def test_seats_needs_two_queries_cold_and_none_warm(django_assert_num_queries: Any) -> None:
    small = make_showtime(rows="A", seats_per_row=1)
    large = make_showtime(rows="ABCDEFGHIJ", seats_per_row=20)
    for showtime in (small, large):
        Client().get(f"/api/v1/showtimes/{showtime.pk}/layout")
        with django_assert_num_queries(1):
            Client().get(f"/api/v1/showtimes/{showtime.pk}/seats")
        with django_assert_num_queries(0):
            Client().get(f"/api/v1/showtimes/{showtime.pk}/seats")
    assert ShowtimeSeat.objects.filter(status=SeatStatus.HELD).count() == 0
