"""Searching bookings in the office by phone in any spelling, name, email address and code."""

from __future__ import annotations

import pytest
from django.test import Client

from bookings.models import Booking
from movies.models import Role
from tests.factories import make_confirmed_booking, make_showtime, make_staff, make_user

pytestmark = pytest.mark.django_db
PAGE = "/admin/bookings/booking/"


@pytest.fixture
def bookings() -> tuple[Booking, Booking]:
    showtime = make_showtime()
    return (
        make_confirmed_booking(
            showtime, 1, contact_name="Sari Utami", contact_phone="+6281299887766"
        ),
        make_confirmed_booking(
            showtime, 1, contact_name="Budi Santoso", contact_phone="+6281311112222"
        ),
    )


def found(client: Client, text: str) -> set[int]:
    response = client.get(PAGE, {"q": text})
    assert response.status_code == 200
    return set(response.context["cl"].queryset.values_list("pk", flat=True))


@pytest.mark.parametrize(
    "text",
    ["081299887766", "0812 9988 7766", "0812-9988-7766", "+62 812-9988-7766", "+6281299887766",
     "62 812 9988 7766", "99887766", "9988-7766", "(0812) 9988.7766", "sari", "Utami Sari"],
)  # fmt: skip
def test_booking_is_found_by_phone_or_name(
    client: Client, bookings: tuple[Booking, Booking], text: str
) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))

    assert found(client, text) == {bookings[0].pk}


def test_booking_is_found_by_code_and_email(
    client: Client, bookings: tuple[Booking, Booking]
) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    wanted = bookings[1]

    assert found(client, wanted.code.lower()) == {wanted.pk}
    assert wanted.pk in found(client, wanted.contact_email)


@pytest.mark.parametrize("text", ["0812 9988 7766", "Sari", "99887766"])
def test_people_are_not_found_by_who_may_not_see_them(
    client: Client, bookings: tuple[Booking, Booking], text: str
) -> None:
    client.force_login(make_staff(Role.AUDITOR, bookings[0].showtime.studio.cinema))

    assert found(client, text) == set()
