"""Seat maps and taps by the short way: the long way's answers, header by header."""

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
from seating.api import views
from seating.holds import quotas, transitions
from seating.seatmap import state
from tests.api.test_seats import sign_in
from tests.factories import make_showtime, make_user
from tests.limits import use_up
from tests.seating.test_holds import seat_ids
from tests.short_way import long_way_client, told, took_the_short_way

pytestmark = pytest.mark.django_db


def visitor(number: int) -> dict[str, str]:
    return {"X-Visitor": f"an-installation-secret-{number}"}


def tap(client: Client, showtime: Showtime, seats: Any, number: int = 0, **headers: str) -> Any:
    return client.post(
        f"/api/v1/showtimes/{showtime.pk}/holds",
        json.dumps({"seats": seats}),
        "application/json",
        headers=visitor(number)
        | {name.replace("_", "-"): value for name, value in headers.items()},
    )


@pytest.fixture
def rushing() -> Client:
    """A client whose site has learned what a tap's answer wears, in both languages."""
    client = Client()
    showtime = make_showtime(rows="A", seats_per_row=2)
    for number, seat in enumerate(seat_ids(showtime)):
        answer = tap(client, showtime, [seat], 90 + number, Accept_Language=("id", "en")[number])
        assert (answer.status_code, took_the_short_way(answer)) == (201, False)
    return client


def test_tap_is_answered_as_by_the_long_way(rushing: Client) -> None:
    showtime = make_showtime(rows="AB", seats_per_row=1)
    one, other = seat_ids(showtime)

    short = tap(rushing, showtime, [one], 1)
    long = tap(long_way_client(), showtime, [other], 2)

    assert (took_the_short_way(short), took_the_short_way(long)) == (True, False)
    status, headers, body = told(long)
    body["seats"][0] |= {"id": one, "label": "A1"}
    assert told(short) == (status, headers, body)
    assert {*showtime.seats.values_list("status", "version")} == {("held", 1)}


@pytest.mark.parametrize("language", ["id", "en"])
def test_lost_seat_is_refused_as_by_the_long_way_and_not_logged(
    rushing: Client, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, *_rest = seat_ids(showtime)
    tap(rushing, showtime, [first], 1)

    with caplog.at_level(logging.WARNING, "django.request"):
        short = tap(rushing, showtime, [first], 2, Accept_Language=language)
    assert (took_the_short_way(short), caplog.records) == (True, [])
    long = tap(long_way_client(), showtime, [first], 3, Accept_Language=language)

    assert told(short) == told(long)
    assert (short.status_code, short.json()["code"]) == (409, "seat_taken")


def test_showtime_that_is_not_there_is_refused_as_by_the_long_way(rushing: Client) -> None:
    absent = Showtime(pk=999_999)

    short, long = tap(rushing, absent, [1], 1), tap(long_way_client(), absent, [1], 2)

    assert (took_the_short_way(short), short.status_code) == (True, 404)
    assert told(short) == told(long)


@pytest.mark.parametrize("whose", ["address", "visitor"])
def test_limits_count_and_refuse_as_on_the_long_way(
    rushing: Client, monkeypatch: pytest.MonkeyPatch, whose: str
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
        use_up(one_an_hour, views.app_visitor(visitor(1)["X-Visitor"]))

    short = tap(rushing, showtime, [seat], 1)
    long = tap(long_way_client(), showtime, [seat], 1)

    assert (took_the_short_way(short), short.status_code) == (True, 429)
    status, headers, body = told(long)
    assert (short.status_code, short.json()["code"]) == (status, body["code"])
    assert short.headers["RateLimit-Remaining"] == headers["RateLimit-Remaining"] == "0"
    assert {*short.headers} == {*long.headers}
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
def test_what_is_not_plain_goes_the_long_way_and_is_worded_there(
    rushing: Client, body: Any, headers: dict[str, str], status: int
) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)

    answer = rushing.post(
        f"/api/v1/showtimes/{showtime.pk}/holds",
        json.dumps(body),
        "application/json",
        headers=visitor(1) | headers,
    )

    assert (answer.status_code, took_the_short_way(answer)) == (status, False)


def test_malformed_body_goes_the_long_way(rushing: Client) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)

    answer = rushing.post(
        f"/api/v1/showtimes/{showtime.pk}/holds", b'{"sea', "application/json", headers=visitor(1)
    )

    assert (answer.status_code, took_the_short_way(answer)) == (400, False)


def test_token_and_idempotency_key_go_the_long_way(rushing: Client) -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    user = make_user()

    signed_in = tap(rushing, showtime, [first], 1, **sign_in(user))
    keyed = tap(rushing, showtime, [second], 2, Idempotency_Key="k-1")
    again = tap(rushing, showtime, [second], 2, Idempotency_Key="k-1")

    assert [took_the_short_way(each) for each in (signed_in, keyed)] == [False, False]
    assert (keyed.content, again.headers["Idempotent-Replayed"]) == (again.content, "true")
    held = transitions.current_hold(showtime_id=showtime.pk, visitor=f"user:{user.pk}")
    assert held is not None
    assert [seat.seat_id for seat in held.seats] == [first]


def test_foreign_host_is_refused_by_the_long_way(rushing: Client) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    [seat] = seat_ids(showtime)

    answer = tap(rushing, showtime, [seat], 1, Host="evil.example")

    assert answer.status_code == 400
    assert not showtime.seats.exclude(status="available").exists()


def test_store_that_does_not_answer_is_told_as_by_the_long_way(
    rushing: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)

    def time_out(**_wanted: Any) -> None:
        raise OperationalError from pg.QueryCanceled()

    monkeypatch.setattr(transitions, "hold_seats", time_out)
    short, long = tap(rushing, showtime, [1], 1), tap(long_way_client(), showtime, [1], 2)

    assert (took_the_short_way(short), short.status_code) == (True, 503)
    assert told(short) == told(long)


def test_defect_surfaces_as_one(rushing: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)

    def fail(**_wanted: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(transitions, "hold_seats", fail)
    rushing.raise_request_exception = False

    answer = tap(rushing, showtime, [1], 1)

    assert answer.status_code == 500
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_map_is_answered_as_by_the_long_way() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    address = f"/api/v1/showtimes/{showtime.pk}/seats"
    client = Client()

    answers = [client.get(address) for _each in range(2)] + [long_way_client().get(address)]

    assert [took_the_short_way(answer) for answer in answers] == [False, True, False]
    assert told(answers[0]) == told(answers[1]) == told(answers[2])


def test_map_of_both_languages_and_schemes_is_dressed_apart(settings: Any) -> None:
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

    assert [took_the_short_way(answer) for answer in answers] == [True] * 4
    assert [
        (answer.headers["Content-Language"], answer.headers.get("Strict-Transport-Security"))
        for answer in answers
    ] == [("id", None), ("en", None), ("id", "max-age=60"), ("en", "max-age=60")]


def test_map_that_is_known_or_absent_goes_the_long_way() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    address = f"/api/v1/showtimes/{showtime.pk}/seats"
    client = Client()
    tag = client.get(address).headers["ETag"]

    known = client.get(address, headers={"If-None-Match": tag})
    absent = client.get("/api/v1/showtimes/999999/seats")

    assert [(answer.status_code, took_the_short_way(answer)) for answer in (known, absent)] == [
        (304, False),
        (404, False),
    ]


def test_tap_is_seen_by_its_own_next_map(rushing: Client) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    [seat] = seat_ids(showtime)
    address = f"/api/v1/showtimes/{showtime.pk}/seats"
    for _each in range(2):
        assert rushing.get(address).json()[0]["status"] == "available"

    transitions.hold_seats(showtime_id=showtime.pk, visitor="web:siti", seat_ids=[seat])
    state.invalidate(showtime.pk)  # a test never commits, so nothing is told

    assert rushing.get(address).json()[0]["status"] == "held"
