"""Access tokens of the link in the email: each opens one booking only."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from bookings.errors import BookingNotFound
from bookings.orders.access_tokens import access_token, booking_for_token
from tests.factories import make_booking

pytestmark = pytest.mark.django_db


def test_token_opens_its_booking_however_the_code_is_typed() -> None:
    booking = make_booking()
    token = access_token(booking)

    assert booking_for_token(booking.code, token) == booking
    assert booking_for_token(booking.code.lower(), token) == booking


def test_token_is_the_same_every_time_and_differs_between_bookings() -> None:
    booking, other = make_booking(), make_booking()

    assert access_token(booking) == access_token(booking)
    assert access_token(booking) != access_token(other)


def test_every_other_token_is_refused_equally() -> None:
    booking, other = make_booking(), make_booking()
    token = access_token(booking)
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    wrong = ["", "x", flipped, token[:-1], f"{token} ", f"x.{token}", access_token(other), "é", "."]

    for guess in wrong:
        with pytest.raises(BookingNotFound) as refused:
            booking_for_token(booking.code, guess)
        assert (refused.value.code, refused.value.facts) == ("booking_not_found", {})
    with pytest.raises(BookingNotFound) as unknown:
        booking_for_token("ZZZZZZZZ", token)
    assert (unknown.value.code, unknown.value.facts) == ("booking_not_found", {})


def test_old_links_live_through_a_change_of_the_secret_key(settings: Settings) -> None:
    booking = make_booking()
    token, old = access_token(booking), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [old]
    assert booking_for_token(booking.code, token) == booking
    assert access_token(booking) != token

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(BookingNotFound):
        booking_for_token(booking.code, token)
