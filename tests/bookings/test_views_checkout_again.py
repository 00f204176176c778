"""A second checkout: entries of a failed booking and the seats of an expired hold, for the same
visitor only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from bookings.models import Booking
from movies.models import Showtime
from seating.holds.transitions import current_hold, hold_seats, sweep_expired_holds
from tests.bookings.browser import booking_url, checkout_url, send, take, visitor_of
from tests.bookings.fixtures import BUDI, pass_time
from tests.factories import PASSWORD, make_showtime, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

TYPED = {"name": "Siti Rahma", "email": "siti@example.com", "phone": "+6281234567890"}
NOTHING = {"name": "", "email": "", "phone": ""}


@pytest.fixture(autouse=True)
def _no_bank(settings: Any) -> None:
    settings.SANDBOX_API_URL = "http://127.0.0.1:9/sandbox/api"


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="AB", seats_per_row=5)


def contact(client: Client, showtime: Showtime) -> dict[str, str]:
    """Field values of a new checkout form."""
    take(client, showtime, 1)
    page = client.get(checkout_url(showtime)).content.decode()
    fields = {
        name: re.search(rf'<input[^>]*\bname="{name}"[^>]*>', page)
        for name in ("name", "email", "phone")
    }
    values = {
        name: re.search(r'value="([^"]*)"', field[0]) for name, field in fields.items() if field
    }
    return {name: value[1] if value else "" for name, value in values.items()}


def fail(client: Client, showtime: Showtime) -> None:
    """Make a booking and release its seats."""
    send(client, showtime, take(client, showtime, 1))
    client.post(booking_url(Booking.objects.latest("created_at"), "abandon/"))


def test_contact_of_the_order_that_failed_is_kept(client: Client, showtime: Showtime) -> None:
    fail(client, showtime)

    assert contact(client, showtime) == TYPED


def test_contact_is_not_shown_to_another_browser(client: Client, showtime: Showtime) -> None:
    fail(client, showtime)

    assert contact(Client(), showtime) == NOTHING


def test_contact_is_not_kept_for_another_showtime_nor_for_long(
    client: Client, showtime: Showtime
) -> None:
    fail(client, showtime)

    assert contact(client, make_showtime()) == NOTHING
    pass_time(20 * 60)
    assert contact(client, showtime) == NOTHING


def test_contact_of_an_account_is_removed_on_sign_out(client: Client, showtime: Showtime) -> None:
    user = make_user(name="Budi Santoso")
    client.login(email=user.email, password=PASSWORD)
    fail(client, showtime)
    signed_in = contact(client, showtime)
    client.post("/en/accounts/logout/")

    assert (signed_in, contact(client, showtime)) == (TYPED, NOTHING)


def test_guests_contact_is_not_put_before_the_account(client: Client, showtime: Showtime) -> None:
    fail(client, showtime)
    user = make_user(name="Budi Santoso")
    client.login(email=user.email, password=PASSWORD)

    assert contact(client, showtime) == {"name": "Budi Santoso", "email": user.email, "phone": ""}


def offered_again(client: Client, showtime: Showtime) -> list[int]:
    """Seats of the form that the checkout without a hold leads to."""
    page = client.get(checkout_url(showtime), follow=True).content.decode()
    form = re.search(r"<form[^>]*data-same-seats.*?</form>", page, re.S)
    assert form is None or f'action="/en/showtimes/{showtime.pk}/choose/"' in form[0]
    return [
        int(seat) for seat in re.findall(r'name="seats" value="(\d+)"', form[0] if form else "")
    ]


@pytest.mark.parametrize("is_swept", [False, True])
def test_seats_of_an_expired_hold_are_taken_again_in_one_tap(
    client: Client, showtime: Showtime, is_swept: bool
) -> None:
    released, *seats = take(client, showtime, 3)
    client.post(f"/en/showtimes/{showtime.pk}/hold/release/", {"seats": [released]})
    pass_time(301)
    if is_swept:
        sweep_expired_holds()

    others = offered_again(Client(), showtime)
    offered = offered_again(client, showtime)
    answer = client.post(f"/en/showtimes/{showtime.pk}/choose/", {"seats": offered})

    assert (others, offered) == ([], seats)
    assert answer.headers["Location"] == checkout_url(showtime)
    assert [seat.hold is not None for seat in showtime.seats.filter(seat_id__in=seats)] == [
        True
    ] * 2


def test_entries_sent_after_the_hold_expired_are_kept_for_this_showtime_alone(
    client: Client, showtime: Showtime
) -> None:
    seats = take(client, showtime, 1)
    pass_time(301)

    send(client, showtime, seats)
    here, of_another, of_a_stranger = (
        contact(who, where)
        for who, where in [(client, showtime), (client, make_showtime()), (Client(), showtime)]
    )
    held = current_hold(showtime_id=showtime.pk, visitor=visitor_of(client))
    assert held is not None
    send(client, showtime, [seat.seat_id for seat in held.seats])
    afterwards = client.session.get("checkout_draft")

    assert here == TYPED | {"phone": "0812 3456 7890"}
    assert (of_another, of_a_stranger) == (NOTHING, NOTHING)
    assert (Booking.objects.count(), afterwards) == (1, None)


def test_seats_that_expired_and_were_taken_since_are_still_named(
    client: Client, showtime: Showtime
) -> None:
    seats = take(client, showtime)
    pass_time(301)
    hold_seats(showtime_id=showtime.pk, visitor=BUDI, seat_ids=seats[:1])

    assert offered_again(client, showtime) == seats


def test_released_and_closed_seats_are_not_offered_again(
    client: Client, showtime: Showtime
) -> None:
    take(client, showtime)
    client.post(f"/en/showtimes/{showtime.pk}/hold/release/")
    after_release = offered_again(client, showtime)
    take(client, showtime)
    pass_time(301)
    Showtime.objects.filter(pk=showtime.pk).update(cancelled_at=showtime.created_at)

    assert (after_release, offered_again(client, showtime)) == ([], [])
