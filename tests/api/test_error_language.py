"""Texts of refusals are in the requested language, the libraries' texts too."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.test_seats import APP, sign_in
from tests.factories import make_showtime, make_user

pytestmark = pytest.mark.django_db

JSON = "application/json"


def refusals(language: str) -> list[Any]:
    showtime = make_showtime(rows="A", seats_per_row=1)
    client, holds = Client(headers={"Accept-Language": language}), "/api/v1/showtimes/{}/holds"
    holds = holds.format(showtime.pk)
    bodies = [
        "{", "[]", '{"seats": 1}', '{"seats": [' + "1," * 90 + "1]}", '{"seats": [null]}',
        '{"seats": ["1"]}', '{"seats": []}', '{"seats": [1, 1], "rescue": 0}', '{"x": 1}',
    ]  # fmt: skip
    asked = [client.post(holds, body, JSON, headers=APP) for body in bodies]
    asked += [
        client.post(holds, "seats=1", "application/x-www-form-urlencoded"),
        client.delete(holds),
        client.get("/api/v1/me"),
        client.get("/api/v1/me", headers={"Authorization": "Token wrong"}),
        client.get("/api/v1/me", headers={"Authorization": "Token"}),
        client.get("/api/v1/me", headers={"Authorization": "Token a b"}),
        client.get("/api/v1/config?x=1"),
        client.get("/api/v1/movies?after=x&limit=0"),
        client.get("/api/v1/movies", headers={"Accept": "text/html"}),
        client.get("/api/v1/nothing"),
        client.patch("/api/v1/me", '{"wants_sms": 0}', JSON, headers=sign_in(make_user())),
        client.patch("/api/v1/me", '{"language": "xx"}', JSON, headers=sign_in(make_user())),
        client.patch("/api/v1/me", '{"phone": "12"}', JSON, headers=sign_in(make_user())),
        client.post("/api/v1/holds/00000000-0000-4000-8000-000000000000/quote", "{}", JSON),
    ]
    return [answer.json() for answer in asked]


def texts(problem: Any) -> list[str]:
    return [
        problem["title"],
        problem["detail"],
        *(each["detail"] for each in problem.get("errors", [])),
    ]


def test_no_text_of_a_refusal_is_the_same_in_both_languages() -> None:
    for english, indonesian in zip(refusals("en"), refusals("id"), strict=True):
        assert english["status"] >= 400
        assert (english["status"], english["code"]) == (indonesian["status"], indonesian["code"])
        for one, other in zip(texts(english), texts(indonesian), strict=True):
            assert one != other
