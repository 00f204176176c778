"""Abandoning unpaid bookings over the API."""

from __future__ import annotations

import pytest

from bookings.models import Booking, BookingStatus, Payment
from bookings.orders.access_tokens import access_token
from movies.models import Showtime
from tests.api.test_bookings import order, pay
from tests.api.test_seats import OTHER_APP, hold, post
from tests.factories import (
    make_confirmed_booking,
    make_showtime,
    make_ticket_type,
)
from tests.seating.test_holds import seat_ids, states

pytestmark = pytest.mark.django_db


def booked(showtime: Showtime) -> tuple[str, dict[str, str]]:
    """A pending booking of the whole showtime: its path and its token's header."""
    make_ticket_type()
    seats = seat_ids(showtime)
    made = post("bookings", order(hold(showtime, seats).json()["id"], seats)).json()
    return f"bookings/{made['code']}", {"X-Booking-Token": made["access_token"]}


def test_abandoning_an_unpaid_booking_opens_its_seats() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    path, token = booked(showtime)

    unclear = [post(f"{path}/abandon", body, token) for body in (None, {}, {"keep_seats": None})]
    answer = post(f"{path}/abandon", {"keep_seats": False}, token)
    again = post(f"{path}/abandon", {"keep_seats": False}, token)

    assert [a.status_code for a in unclear] == [422, 422, 422]
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert states(showtime) == [("available", None, 2)]
    assert (again.status_code, again.json()["code"]) == (409, "booking_closed")


def test_abandoning_with_kept_seats_leaves_the_hold() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    path, token = booked(showtime)

    answer = post(f"{path}/abandon", {"keep_seats": True}, token)

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert [status for status, *_rest in states(showtime)] == ["held"]


def test_abandoning_a_booking_that_was_paid_meanwhile_changes_nothing() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    path, token = booked(showtime)
    post(f"{path}/payments", {"provider": "sandbox"}, token)
    pay(Payment.objects.get())

    refused = post(f"{path}/abandon", {"keep_seats": False}, token)

    assert (refused.status_code, refused.json()["code"]) == (409, "booking_closed")
    assert Booking.objects.get().status == BookingStatus.CONFIRMED


def test_cancelling_an_unpaid_booking_is_refused() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    path, token = booked(showtime)

    body = {"tickets": "all", "expected_refund_rupiah": 53_000}
    refused = post(f"{path}/cancellation", body, token)

    assert (refused.status_code, refused.json()["code"]) == (409, "not_cancellable")
    assert Booking.objects.get().status == BookingStatus.PENDING


def test_abandoning_another_visitors_booking_is_not_found() -> None:
    path, _token = booked(make_showtime(rows="A", seats_per_row=1))

    refused = [
        post(f"{path}/abandon", {"keep_seats": False}, headers)
        for headers in ({}, OTHER_APP, {"X-Booking-Token": "wrong"})
    ]

    assert {(a.status_code, a.json()["code"]) for a in refused} == {(404, "booking_not_found")}


def test_unknown_provider_and_address_are_named() -> None:
    booking = make_confirmed_booking()
    token = {"X-Booking-Token": access_token(booking)}
    unknown = post(f"bookings/{booking.code}/payments", {"provider": "none"}, token)
    nowhere = post("no/such/address", {})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "provider_unknown")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
