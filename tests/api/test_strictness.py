"""Unknown parameters and loosely typed values are refused; null stands for a missing value."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from accounts.models import User
from core.api.views import ApiView
from tests.api.test_bookings import CONTACT, order
from tests.api.test_seats import APP, hold, post, sign_in
from tests.factories import make_showtime, make_ticket_type, make_user
from tests.seating.test_holds import seat_ids

pytestmark = pytest.mark.django_db

UNKNOWN = [("utm_source", "unknown_parameter")]


def errors(answer: Any) -> list[tuple[str, str]]:
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    return [(each["field"], each["code"]) for each in answer.json()["errors"]]


def test_unknown_parameter_is_refused_also_after_the_address_was_cached() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    paths = ["movies", "cinemas", "showtimes", "config", f"showtimes/{showtime.pk}/seats"]
    client = Client()
    for path in [*paths, f"showtimes/{showtime.pk}", f"showtimes/{showtime.pk}/layout"]:
        assert client.get(f"/api/v1/{path}").status_code == 200
        assert client.get(f"/api/v1/{path}").status_code == 200

        assert errors(client.get(f"/api/v1/{path}?utm_source=x")) == UNKNOWN
    assert errors(client.get("/api/v1/cinemas?q=x")) == [("q", "unknown_parameter")]
    held = post(f"showtimes/{showtime.pk}/holds?utm_source=x", {"seats": seat_ids(showtime)}, APP)
    assert errors(held) == UNKNOWN


def test_every_parameter_of_the_document_is_read_and_no_other() -> None:
    document = Client().get("/api/v1/schema/", headers={"Accept": "application/json"}).json()
    for path, methods in document["paths"].items():
        plain = (
            path.replace("{code}", "ABC")
            .replace("{slug}", "abc")
            .replace("{showtime_id}", "1")
            .replace("{room_id}", "1")
            .replace("{passkey_id}", "1")
            .replace("{session_id}", "abc")
        )
        for name in ("{hold_id}", "{entry_id}"):
            plain = plain.replace(name, "6f2d1f0e-63a5-4f0f-8a50-0b8b2f4cf3b1")
        view = resolve(plain).func.view_class  # type: ignore[attr-defined]
        assert issubclass(view, ApiView), path
        for method, operation in methods.items():
            described = {
                each["name"] for each in operation.get("parameters", []) if each["in"] == "query"
            }
            read = {each.name for each in view.query} if method == "get" else set()
            assert described == read, (method, path)


@pytest.mark.parametrize("day", ["2026-W48-1", "2026-11-2", "20261123", "2026-W48"])
def test_date_is_a_calendar_date(day: str) -> None:
    assert errors(Client().get(f"/api/v1/showtimes?date={day}")) == [("date", "unknown")]


def test_loosely_typed_values_are_refused() -> None:
    make_ticket_type()
    showtime = make_showtime(rows="A", seats_per_row=2)
    seats = seat_ids(showtime)
    held = hold(showtime, seats[:1], APP).json()["id"]
    holds = f"showtimes/{showtime.pk}/holds"
    one = order(held, seats[:1])

    asked: list[tuple[str, Any, list[str]]] = [
        (holds, {"seats": [str(seats[1])]}, ["seats"]),
        (holds, {"seats": [True]}, ["seats"]),
        (holds, {"seats": seats[1:], "rescue": 0}, ["rescue"]),
        (f"{holds}/best", {"size": "2"}, ["size"]),
        (f"{holds}/best", {"size": 2, "step_free": "true", "apart": 1}, ["apart", "step_free"]),
        (f"{holds}/best", {"size": 2, "category": 1}, ["category"]),
        ("bookings", one | {"age_confirmed": 1, "expected_total_rupiah": "1"},
         ["age_confirmed", "expected_total_rupiah"]),
        ("bookings", one | {"hold": 12}, ["hold"]),
        ("bookings", one | {"contact": CONTACT | {"name": 12}}, ["contact.name"]),
        ("bookings", one | {"contact": CONTACT | {"phone": 81234567890}}, ["contact.phone"]),
        ("bookings/ABC/abandon", {"keep_seats": 0}, []),
        ("auth/token", {"email": "a@example.com", "password": 12}, ["password"]),
        ("auth/token", {"email": "a@example.com", "password": "x", "extra": "x"}, ["extra"]),
    ]  # fmt: skip
    for path, body, fields in asked:
        answer = post(path, body, APP)
        if fields:
            assert [field for field, _code in errors(answer)] == fields, body
        else:
            assert answer.status_code == 404
    assert post("bookings", one, APP).status_code == 201


def test_null_stands_for_a_missing_optional_value() -> None:
    make_ticket_type()
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    held = post(f"showtimes/{showtime.pk}/holds", {"seats": [first], "rescue": None}, APP).json()
    body = order(held["id"], [first], voucher=None, expected_total_rupiah=None, age_confirmed=None)
    made = post("bookings", body | {"contact": CONTACT | {"phone": None}}, APP)

    assert (made.status_code, made.json()["contact"]["phone"]) == (201, "")
    best = {"size": 1, "category": None, "wheelchairs": None, "step_free": None}
    other = post(f"showtimes/{showtime.pk}/holds/best", best, {"X-Visitor": "another-secret-16"})
    assert (other.status_code, other.json()["seats"][0]["id"]) == (201, second)
    required = post(f"showtimes/{showtime.pk}/holds/best", {"size": None}, APP)
    assert errors(required) == [("size", "null")]


def test_null_clears_a_value_of_the_profile() -> None:
    user = make_user(phone="+6281234567890", wants_sms=True)
    client = Client(headers=sign_in(user))

    def change(body: Any) -> Any:
        return client.patch("/api/v1/me", body, content_type="application/json")

    cleared = change({"phone": None, "wants_sms": None}).json()
    fresh = User()
    assert (cleared["phone"], cleared["wants_sms"]) == ("", fresh.wants_sms)
    assert errors(change({"name": None})) == [("name", "null")]
    assert errors(change({"wants_sms": 0})) == [("wants_sms", "invalid")]
    assert errors(change({"email": "x@example.com"})) == [("email", "not_changeable")]
