"""The same answer to an expired token everywhere: none on public resources, else 401."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from bookings.models import Booking
from bookings.orders.access_tokens import access_token
from tests.api.test_seats import APP
from tests.clients import app_headers
from tests.factories import make_confirmed_booking, make_ticket_type, make_user

pytestmark = pytest.mark.django_db

PUBLIC = (
    *("movies", "cinemas", "showtimes", "suggestions?q=ab", "config", "ticket-types"),
    *("payment-providers", "showtimes/{showtime}", "showtimes/{showtime}/seats"),
    "showtimes/{showtime}/layout",
)
PERSONAL = (
    *("me", "bookings", "tickets", "bookings/{code}", "bookings/{code}/tickets"),
    *("bookings/{code}/payments", "bookings/{code}/cancellation", "bookings/{code}/tickets.pdf"),
    *("showtimes/{showtime}/hold", "holds/{hold}"),
)


@pytest.fixture(params=["session", "token"])
def expired(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "session":
        headers = app_headers(make_user())
        Session.objects.update(expire_date=timezone.now())
        cache.clear()
        return headers
    row: Any
    row, token = AuthToken.objects.create(user=make_user())
    AuthToken.objects.filter(pk=row.pk).update(expiry=timezone.now() - timedelta(seconds=1))
    return {"Authorization": f"Token {token}"}


def read(path: str, booking: Booking, headers: dict[str, str]) -> Any:
    filled = path.format(
        code=booking.code, showtime=booking.showtime_id, hold=booking.hold_id or booking.pk
    )
    return Client(headers=headers).get(f"/api/v1/{filled}")


def test_public_resources_ignore_an_expired_token(expired: dict[str, str]) -> None:
    make_ticket_type()
    booking = make_confirmed_booking()

    assert {path: read(path, booking, expired).status_code for path in PUBLIC} == dict.fromkeys(
        PUBLIC, 200
    )


def test_personal_resources_refuse_it_whatever_else_is_sent(expired: dict[str, str]) -> None:
    booking = make_confirmed_booking()
    headers = expired | APP | {"X-Booking-Token": access_token(booking)}

    for path in PERSONAL:
        answer = read(path, booking, headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed"), path
        assert answer["WWW-Authenticate"] == "Bearer"
