"""Seat maps and holds on the fast path: the responses of the whole stack, header by header."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from psycopg import errors as pg

from core.ratelimit import RateLimit
from movies.models import Showtime
from seating.api import views, visitors
from seating.holds import quotas, transitions
from seating.seatmap import state
from tests.api.test_seats import sign_in
from tests.factories import make_showtime, make_user
from tests.fast_path import full_stack_client, used_fast_path, visible
from tests.limits import use_up
from tests.seating.test_holds import seat_ids

pytestmark = pytest.mark.django_db


def visitor(number: int) -> dict[str, str]:
    return {"X-Visitor": f"an-installation-secret-{number}"}


def hold(client: Client, showtime: Showtime, seats: Any, number: int = 0, **headers: str) -> Any:
    return client.post(
        f"/api/v1/showtimes/{showtime.pk}/holds",
        json.dumps({"seats": seats}),
        "application/json",
        headers=visitor(number)
        | {name.replace("_", "-"): value for name, value in headers.items()},
    )


def test_hold_has_the_response_of_the_whole_stack() -> None:
    showtime = make_showtime(rows="AB", seats_per_row=1)
    one, other = seat_ids(showtime)

    fast = hold(Client(), showtime, [one], 1)
    full = hold(full_stack_client(), showtime, [other], 2)

    assert (used_fast_path(fast), used_fast_path(full)) == (True, False)
    status, headers, body = visible(full)
    body["seats"][0] |= {"id": one, "label": "A1"}
    assert visible(fast) == (status, headers, body)
    assert {*showtime.seats.values_list("status", "version")} == {("held", 1)}


@pytest.mark.parametrize("language", ["id", "en"])
def test_refusal_has_the_response_of_the_whole_stack_and_is_not_logged(
    language: str, caplog: pytest.LogCaptureFixture
) -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, *_rest = seat_ids(showtime)
    hold(Client(), showtime, [first], 1)

    with caplog.at_level(logging.WARNING, "django.request"):
        fast = hold(Client(), showtime, [first], 2, Accept_Language=language)
    assert (used_fast_path(fast), caplog.records) == (True, [])
    full = hold(full_stack_client(), showtime, [first], 3, Accept_Language=language)

    assert visible(fast) == visible(full)
    assert (fast.status_code, fast.json()["code"]) == (409, "seat_taken")


def test_unknown_showtime_has_the_response_of_the_whole_stack() -> None:
    absent = Showtime(pk=999_999)

    fast, full = hold(Client(), absent, [1], 1), hold(full_stack_client(), absent, [1], 2)

    assert (used_fast_path(fast), fast.status_code) == (True, 404)
    assert visible(fast) == visible(full)


@pytest.mark.parametrize("whose", ["address", "visitor"])
def test_limits_count_and_refuse_as_in_the_whole_stack(
    monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    [seat] = seat_ids(showtime)
    one_an_hour = RateLimit(f"test_{whose}", 1, 3_600)
    if whose == "address":
        monkeypatch.setattr(quotas, "HOLD_BY_ADDRESS", one_an_hour)
        monkeypatch.setattr(views.Holds, "limits", (one_an_hour,))
        use_up(one_an_hour)
    else:
        monkeypatch.setattr(quotas, "HOLD_BY_VISITOR", one_an_hour)
        use_up(one_an_hour, visitors.app_visitor(visitor(1)["X-Visitor"]))

    fast = hold(Client(), showtime, [seat], 1)
    full = hold(full_stack_client(), showtime, [seat], 1)

    assert (used_fast_path(fast), fast.status_code) == (True, 429)
    status, headers, body = visible(full)
    assert (fast.status_code, fast.json()["code"]) == (status, body["code"])
    assert fast.headers["RateLimit-Policy"] == headers["RateLimit-Policy"]
    assert fast.headers["RateLimit"].partition(";t=")[0] == headers["RateLimit"]
    assert headers["RateLimit"].endswith(";r=0")
    assert {*fast.headers} == {*full.headers}
    assert not showtime.seats.exclude(status="available").exists()


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"seats": []}, {}, 422),
        ({"seats": ["x"]}, {}, 422),
        ({"seats": [1, 1]}, {}, 422),
        ({"seats": [True]}, {}, 422),
        ({"seats": list(range(1, 10))}, {}, 422),
        ({"seats": [1], "price": 1}, {}, 422),
        ([1], {}, 422),
        ({"seats": [1]}, {"X-Visitor": "short"}, 422),
        ({"seats": [1]}, {"Accept": "text/html"}, 406),
        ({"seats": [1]}, {"Authorization": "Token x"}, 401),
    ],
)
def test_invalid_request_is_left_to_the_whole_stack(
    body: Any, headers: dict[str, str], status: int
) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)

    answer = Client().post(
        f"/api/v1/showtimes/{showtime.pk}/holds",
        json.dumps(body),
        "application/json",
        headers=visitor(1) | headers,
    )

    assert (answer.status_code, used_fast_path(answer)) == (status, False)


def test_malformed_body_is_left_to_the_whole_stack() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)

    answer = Client().post(
        f"/api/v1/showtimes/{showtime.pk}/holds", b'{"sea', "application/json", headers=visitor(1)
    )

    assert (answer.status_code, used_fast_path(answer)) == (400, False)


def test_token_and_idempotency_key_are_left_to_the_whole_stack() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    user = make_user()

    signed_in = hold(Client(), showtime, [first], 1, **sign_in(user))
    keyed = hold(Client(), showtime, [second], 2, Idempotency_Key="k-1")
    again = hold(Client(), showtime, [second], 2, Idempotency_Key="k-1")

    assert [used_fast_path(each) for each in (signed_in, keyed)] == [False, False]
    assert (keyed.content, again.headers["Idempotent-Replayed"]) == (again.content, "true")
    held = transitions.current_hold(showtime_id=showtime.pk, visitor=f"user:{user.pk}")
    assert held is not None
    assert [seat.seat_id for seat in held.seats] == [first]


def test_foreign_host_is_refused_by_the_whole_stack() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    [seat] = seat_ids(showtime)

    answer = hold(Client(), showtime, [seat], 1, Host="evil.example")

    assert answer.status_code == 400
    assert not showtime.seats.exclude(status="available").exists()


def test_database_timeout_has_the_response_of_the_whole_stack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)

    def time_out(**_wanted: Any) -> None:
        raise OperationalError from pg.QueryCanceled()

    monkeypatch.setattr(transitions, "hold_seats", time_out)
    fast, full = hold(Client(), showtime, [1], 1), hold(full_stack_client(), showtime, [1], 2)

    assert (used_fast_path(fast), fast.status_code) == (True, 503)
    assert visible(fast) == visible(full)


def test_defect_surfaces_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)

    def fail(**_wanted: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(transitions, "hold_seats", fail)
    answer = hold(Client(raise_request_exception=False), showtime, [1], 1)

    assert answer.status_code == 500
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_map_has_the_response_of_the_whole_stack() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    address = f"/api/v1/showtimes/{showtime.pk}/seats"
    client = Client()

    answers = [client.get(address) for _each in range(2)] + [full_stack_client().get(address)]

    assert [used_fast_path(answer) for answer in answers] == [True, True, False]
    assert visible(answers[0]) == visible(answers[1]) == visible(answers[2])


def test_changed_map_is_not_served_from_the_kept_one() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    [seat] = seat_ids(showtime)
    client, address = Client(), f"/api/v1/showtimes/{showtime.pk}/seats"
    before = client.get(address)
    showtime.seats.update(status="blocked", version=1)
    state.invalidate(showtime.pk)

    after = client.get(address)

    assert [answer.json()[0]["status"] for answer in (before, after)] == ["available", "blocked"]
    assert before.headers["ETag"] != after.headers["ETag"]
    assert seat == after.json()[0]["id"]


def test_map_is_kept_for_each_language_and_scheme(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 60
    showtime = make_showtime(rows="A", seats_per_row=1)
    address = f"/api/v1/showtimes/{showtime.pk}/seats"
    client = Client()
    forms: list[dict[str, Any]] = [
        {"secure": secure, "headers": {"Accept-Language": language}}
        for secure in (False, True)
        for language in ("id", "en")
    ]
    for form in forms:
        client.get(address, **form)

    answers = [client.get(address, **form) for form in forms]

    assert [used_fast_path(answer) for answer in answers] == [True] * 4
    assert [
        (answer.headers["Content-Language"], answer.headers.get("Strict-Transport-Security"))
        for answer in answers
    ] == [("id", None), ("en", None), ("id", "max-age=60"), ("en", "max-age=60")]


def test_conditional_and_unknown_map_are_left_to_the_whole_stack() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    address = f"/api/v1/showtimes/{showtime.pk}/seats"
    client = Client()
    tag = client.get(address).headers["ETag"]

    known = client.get(address, headers={"If-None-Match": tag})
    absent = client.get("/api/v1/showtimes/999999/seats")

    assert [(answer.status_code, used_fast_path(answer)) for answer in (known, absent)] == [
        (304, False),
        (404, False),
    ]


def test_hold_is_seen_by_the_next_map() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    [seat] = seat_ids(showtime)
    address = f"/api/v1/showtimes/{showtime.pk}/seats"
    for _each in range(2):
        assert Client().get(address).json()[0]["status"] == "available"

    transitions.hold_seats(showtime_id=showtime.pk, visitor="web:siti", seat_ids=[seat])
    state.invalidate(showtime.pk)  # a test never commits, so nothing is published

    assert Client().get(address).json()[0]["status"] == "held"
