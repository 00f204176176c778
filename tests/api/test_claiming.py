"""Adding guest bookings to an account over the API."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from bookings.models import Booking
from bookings.orders.access_tokens import access_token
from tests.api.test_seats import post, sign_in
from tests.factories import make_booking, make_confirmed_booking, make_user

pytestmark = pytest.mark.django_db

EMAIL = "siti@example.com"


@pytest.fixture
def owner() -> User:
    user = make_user(email=EMAIL)
    EmailAddress.objects.get_or_create(
        user=user, email=EMAIL, defaults={"verified": True, "primary": True}
    )
    return user


def claim(booking: Booking, headers: dict[str, str]) -> tuple[int, Any]:
    answer = post(f"bookings/{booking.code}/claim", None, headers)
    return answer.status_code, answer.json().get("code")


def test_booking_with_the_confirmed_address_joins_the_account_once(owner: User) -> None:
    booking, headers = make_confirmed_booking(contact_email=EMAIL), sign_in(owner)

    first, second = claim(booking, headers), claim(booking, headers)

    booking.refresh_from_db()
    listed = Client(headers=headers).get("/api/v1/bookings").json()
    assert (first, second) == ((200, booking.code), (200, booking.code))
    assert (booking.user, [each["code"] for each in listed["results"]]) == (owner, [booking.code])
    assert [event.actor for event in booking.events.filter(kind="joined_account")] == [
        f"user:{owner.pk}"
    ]


def test_others_bookings_cannot_be_claimed(owner: User) -> None:
    theirs = make_confirmed_booking(contact_email=EMAIL, user=make_user())
    unpaid = make_booking(contact_email=EMAIL)
    elsewhere = make_confirmed_booking(contact_email="other@example.com")
    headers = sign_in(owner)

    assert [claim(booking, headers) for booking in (theirs, unpaid, elsewhere)] == [
        (404, "booking_not_found")
    ] * 3
    with_token = headers | {"X-Booking-Token": access_token(elsewhere)}
    assert claim(elsewhere, with_token) == (409, "not_claimable")
    assert claim(elsewhere, {}) == (401, "not_authenticated")
    assert Booking.objects.filter(user=owner).count() == 0
