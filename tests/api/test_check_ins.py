"""POST /api/v1/check-ins: staff of the ticket's cinema admit it once; everybody else is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api.tokens import issue_token
from accounts.models import User
from bookings.models import Booking
from bookings.tickets.codes import ticket_code
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_user,
)

pytestmark = pytest.mark.django_db

CHECK_INS = "/api/v1/check-ins"


@pytest.fixture
def booking() -> Booking:
    at = timezone.now()
    return make_confirmed_booking(make_showtime(at=at, starts_at=at + timedelta(minutes=30)), 2)


@pytest.fixture
def usher(booking: Booking) -> User:
    return make_manager(booking.showtime.studio.cinema)


def code_of(booking: Booking) -> str:
    return ticket_code(booking.tickets.order_by("pk")[0])


def token_of(user: User) -> str:
    return issue_token(user, is_strong=False, at=timezone.now())[0]


def check_in(user: User | None, body: Any, **headers: str) -> Any:
    if user is not None:
        headers["Authorization"] = f"Token {token_of(user)}"
    return Client().post(
        CHECK_INS,
        body,
        content_type="application/json",
        headers={"Accept-Language": "en"} | headers,
    )


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_check_in_by_staff_returns_the_ticket(booking: Booking, usher: User) -> None:
    showtime = booking.showtime

    answer = check_in(usher, {"code": code_of(booking), "showtime": showtime.pk})

    admitted_at = booking.tickets.order_by("pk")[0].checked_in_at
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "private, no-store")
    assert answer.json() == {
        "seat": "A1",
        "ticket_type": "Adult",
        "rule": "",
        "film": showtime.movie.title_en,
        "classification": "SU",
        "studio": showtime.studio.name,
        "cinema": showtime.studio.cinema.name,
        "showtime": showtime.pk,
        "starts_at": showtime.starts_at.isoformat().replace("+00:00", "Z"),
        "time_zone": "Asia/Jakarta",
        "booking": booking.code,
        "count": 1,
        "already_in": 0,
        "admitted_at": admitted_at and admitted_at.isoformat().replace("+00:00", "Z"),
    }


def test_second_check_in_is_a_conflict_with_the_time_of_the_first(
    booking: Booking, usher: User
) -> None:
    check_in(usher, {"code": code_of(booking)})

    answer = check_in(usher, {"code": code_of(booking)})

    assert problem(answer) == (409, "ticket_used")
    assert answer.json().keys() >= {"seat", "checked_in_at"}


def test_check_in_repeated_with_its_key_gets_the_stored_response(
    booking: Booking, usher: User
) -> None:
    headers = {"Authorization": f"Token {token_of(usher)}", "Idempotency-Key": "scan-1"}

    first, again = (check_in(None, {"code": code_of(booking)}, **headers) for _index in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()


def test_check_in_by_other_users_is_refused(booking: Booking) -> None:
    body = {"code": code_of(booking)}
    customer = make_user()
    of_nowhere, of_another = make_manager(), make_manager(make_cinema())
    buyer = make_user()
    Booking.objects.filter(pk=booking.pk).update(user=buyer)

    answers = [check_in(user, body) for user in (None, customer, buyer, of_nowhere, of_another)]

    assert [problem(answer) for answer in answers] == [
        (401, "not_authenticated"),
        (403, "permission_denied"),
        (403, "permission_denied"),
        (403, "permission_denied"),
        (409, "wrong_cinema"),
    ]
    assert not booking.tickets.filter(checked_in_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"code": "LYR1.nonsense"}, (422, "ticket_code_invalid")),
        ({}, (422, "invalid")),
        ({"code": "x" * 201}, (422, "invalid")),
        ({"code": 7, "seat": "A1"}, (422, "invalid")),
        ({"code": "x", "showtime": 0}, (422, "invalid")),
        ([], (422, "invalid")),
    ],
)
def test_check_in_of_nonsense_is_a_problem(
    booking: Booking, usher: User, body: Any, expected: tuple[int, str]
) -> None:
    assert problem(check_in(usher, body)) == expected
