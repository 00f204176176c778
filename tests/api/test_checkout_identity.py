"""Owners of holds and bookings before and after signing in, and without a token."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bookings.models import Booking
from movies.models import Showtime
from seating.models import Hold
from tests.api.test_bookings import order
from tests.api.test_seats import APP, OTHER_APP, hold, post, sign_in
from tests.factories import PASSWORD, make_showtime, make_ticket_type, make_user
from tests.seating.test_holds import seat_ids, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def showtime() -> Showtime:
    make_ticket_type()
    return make_showtime(rows="A", seats_per_row=2)


def sign_in_with(headers: dict[str, str], user: Any) -> dict[str, str]:
    body = {"email": user.email, "password": PASSWORD}
    token = post("account/sessions", body, headers).json()["token"]
    return {"Authorization": f"Bearer {token}"}


def booked(showtime: Showtime, headers: dict[str, str]) -> str:
    seats = seat_ids(showtime)
    held = hold(showtime, seats, headers).json()["id"]
    return str(post("bookings", order(held, seats), headers).json()["code"])


def test_signing_in_transfers_the_apps_hold(showtime: Showtime) -> None:
    seats, user = seat_ids(showtime), make_user()
    held = hold(showtime, seats, APP).json()["id"]

    signed_in = sign_in_with(APP, user)
    made = post("bookings", order(held, seats), signed_in)

    assert made.status_code == 201
    assert Booking.objects.get().user == user
    assert Hold.objects.get().visitor == f"user:{user.pk}"


@pytest.mark.parametrize("before", [APP, {}], ids=["installation", "bearer"])
def test_hold_made_before_signing_in_on_another_client_is_transferred_on_use(
    showtime: Showtime, before: dict[str, str]
) -> None:
    seats, user = seat_ids(showtime), make_user()
    held = hold(showtime, seats, before).json()["id"]
    signed_in = sign_in(user)

    seen = Client(headers=before | signed_in).get(f"/api/v1/holds/{held}")
    made = post("bookings", order(held, seats), signed_in)

    assert (seen.status_code, made.status_code) == (200, 201)
    assert Booking.objects.get().user == user


def test_hold_stays_usable_where_the_account_holds_other_seats(showtime: Showtime) -> None:
    (first, second), user = seat_ids(showtime), make_user()
    signed_in = sign_in(user)
    hold(showtime, [first], signed_in)
    held = hold(showtime, [second], APP).json()["id"]

    made = post("bookings", order(held, [second]), APP | signed_in)

    assert (made.status_code, Booking.objects.get().user) == (201, user)


def test_hold_of_another_installation_is_not_transferred(showtime: Showtime) -> None:
    seats, user = seat_ids(showtime), make_user()
    held = hold(showtime, seats, APP).json()["id"]
    thief = sign_in_with(OTHER_APP, user)

    for headers in (thief, OTHER_APP | thief):
        assert post("bookings", order(held, seats), headers).json()["code"] == "hold_not_found"
    assert Hold.objects.get().visitor.startswith("app:")


def test_guest_reads_and_abandons_with_the_installation_that_booked(showtime: Showtime) -> None:
    code = booked(showtime, APP)
    path = f"/api/v1/bookings/{code}"

    seen = Client(headers=APP).get(path)
    abandoned = post(f"bookings/{code}/abandon", {"keep_seats": False}, APP)

    assert (seen.status_code, seen.json()["code"]) == (200, code)
    assert (abandoned.status_code, [state for state, *_ in states(showtime)]) == (
        200,
        ["available", "available"],
    )


def test_booking_of_an_installation_is_hidden_from_others(showtime: Showtime) -> None:
    code = booked(showtime, APP)
    account_code = booked(make_showtime(rows="A", seats_per_row=1), sign_in(make_user()))

    for headers in (OTHER_APP, {}, sign_in(make_user())):
        assert Client(headers=headers).get(f"/api/v1/bookings/{code}").status_code == 404
    assert Client(headers=APP).get(f"/api/v1/bookings/{account_code}").status_code == 404


def test_sealed_hold_names_its_booking_at_every_refusal(showtime: Showtime) -> None:
    seats = seat_ids(showtime)
    held = hold(showtime, seats[:1], APP).json()["id"]
    code = post("bookings", order(held, seats[:1]), APP).json()["code"]
    client = Client(headers=APP)
    path = f"/api/v1/holds/{held}"

    refused = [
        hold(showtime, seats[1:], APP),
        client.patch(path, {"seats": seats}, content_type="application/json"),
        client.delete(path),
        post("bookings", order(held, seats[:1]), APP),
    ]

    assert [(a.status_code, a.json()["code"], a.json()["booking"]) for a in refused] == [
        (409, "hold_sealed", code)
    ] * 4


def test_sealed_hold_names_its_booking_where_the_wanted_seat_is_taken(showtime: Showtime) -> None:
    first, second = seat_ids(showtime)
    held = hold(showtime, [first], APP).json()["id"]
    code = post("bookings", order(held, [first]), APP).json()["code"]
    hold(showtime, [second], OTHER_APP)

    refused = post(f"showtimes/{showtime.pk}/holds", {"seats": [second], "rescue": True}, APP)

    assert (refused.status_code, refused.json()["code"], refused.json()["booking"]) == (
        409,
        "hold_sealed",
        code,
    )
