"""Pages of an account's and of an installation's bookings and tickets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking
from seating.api.visitors import app_visitor
from tests.api.test_seats import APP, OTHER_APP, sign_in
from tests.factories import make_confirmed_booking, make_showtime, make_user

pytestmark = pytest.mark.django_db


def pages(path: str, headers: dict[str, str], limit: int = 1) -> list[list[Any]]:
    client, address, found = Client(headers=headers), f"/api/v1/{path}?limit={limit}", []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.json()
        found.append(answer.json()["results"])
        address = answer.json()["next"]
    return found


def codes(found: list[list[Any]]) -> list[str]:
    return [entry["code"] for page in found for entry in page]


@pytest.fixture
def owner() -> User:
    return make_user()


@pytest.fixture
def three(owner: User) -> list[Booking]:
    """Newest first; two of them were made at the same instant."""
    at = timezone.now() - timedelta(hours=1)
    showtime = make_showtime(rows="ABC", seats_per_row=4)
    made = [make_confirmed_booking(showtime, user=owner) for _number in range(3)]
    Booking.objects.update(created_at=at)
    Booking.objects.filter(pk=made[0].pk).update(created_at=at - timedelta(minutes=1))
    return sorted(made[1:], key=lambda booking: booking.code, reverse=True) + made[:1]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_of_bookings_have_each_once_newest_first(
    owner: User, three: list[Booking], limit: int
) -> None:
    found = pages("bookings", sign_in(owner), limit)

    assert codes(found) == [booking.code for booking in three]
    assert all(len(page) <= limit for page in found)


def test_pages_of_tickets_have_each_once(owner: User, three: list[Booking]) -> None:
    found = pages("tickets", sign_in(owner), 4)

    tickets = [ticket["label"] for page in found for ticket in page]
    assert (len(tickets), len(set(tickets)), len(found)) == (6, 6, 2)


def test_page_after_a_booking_that_left_the_account_continues(
    owner: User, three: list[Booking]
) -> None:
    client = Client(headers=sign_in(owner))
    following = client.get("/api/v1/bookings?limit=1").json()["next"]
    Booking.objects.filter(pk=three[0].pk).update(user=make_user())

    page = client.get(following).json()

    assert [booking["code"] for booking in page["results"]] == [three[1].code]


@pytest.mark.parametrize("path", ["bookings", "tickets"])
@pytest.mark.parametrize("cursor", ["x", "W10", "WzFd", "a" * 2_000, "%00", "WzFlOTksIngiXQ"])
def test_invalid_cursor_is_refused(owner: User, path: str, cursor: str) -> None:
    answer = Client(headers=sign_in(owner)).get(f"/api/v1/{path}?after={cursor}&limit=0")

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid")
    assert [(each["field"], each["code"]) for each in problem["errors"]] == [
        ("limit", "out_of_range"),
        ("after", "cursor_invalid"),
    ]


def test_installation_lists_what_it_booked_without_an_account(owner: User) -> None:
    mine = make_confirmed_booking(visitor=app_visitor(APP["X-Visitor"]))
    of_account = make_confirmed_booking(user=owner, visitor=app_visitor(APP["X-Visitor"]))

    def listed(headers: dict[str, str]) -> tuple[set[str], set[str]]:
        bookings = codes(pages("bookings", headers))
        tickets = [ticket["booking"] for page in pages("tickets", headers) for ticket in page]
        return set(bookings), set(tickets)

    both = {mine.code, of_account.code}
    assert listed(APP) == ({mine.code}, {mine.code})
    assert listed(OTHER_APP) == (set(), set())
    assert listed(sign_in(owner)) == ({of_account.code}, {of_account.code})
    assert listed(sign_in(owner) | APP) == (both, both)
    assert listed(sign_in(make_user())) == (set(), set())
