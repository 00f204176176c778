"""A booking's pages: for its owner, a guest with the link, and nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, Ticket
from bookings.orders.access_tokens import access_token
from bookings.refunds.cancellation import cancel_booking
from bookings.site.booking import PDFS_BY_BOOKING, WRONG_LINKS_BY_NETWORK
from bookings.tickets.codes import qr_image, ticket_code
from movies.models import Showtime
from tests.bookings.browser import booking_url, take, visitor_of
from tests.factories import (
    PASSWORD,
    make_booking,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_user,
)
from tests.limits import use_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def showtime() -> Showtime:
    return make_showtime(rows="AB", seats_per_row=5)


@pytest.fixture
def owner() -> User:
    return make_user()


@pytest.fixture
def booking(showtime: Showtime, owner: User) -> Booking:
    return make_confirmed_booking(showtime, 2, user=owner)


def signed_in(user: User) -> Client:
    client = Client()
    assert client.login(email=user.email, password=PASSWORD)
    return client


def pages(booking: Booking) -> list[str]:
    return [booking_url(booking, tail) for tail in ("", "tickets.pdf", "calendar.ics")]


def test_owner_opens_every_page_and_file(booking: Booking, owner: User) -> None:
    client = signed_in(owner)

    answers = [client.get(page) for page in pages(booking)]

    assert [(a.status_code, a.headers["Content-Type"]) for a in answers] == [
        (200, "text/html; charset=utf-8"),
        (200, "application/pdf"),
        (200, "text/calendar; charset=utf-8"),
    ]
    assert all("no-store" in answer.headers["Cache-Control"] for answer in answers)
    assert answers[1].content.startswith(b"%PDF")
    assert answers[1].headers["Content-Disposition"] == f'attachment; filename="{booking.code}.pdf"'


def test_pdfs_of_a_booking_are_limited_and_its_page_is_not(booking: Booking, owner: User) -> None:
    client, other = signed_in(owner), make_confirmed_booking(booking.showtime, user=owner)
    use_up(PDFS_BY_BOOKING, str(booking.pk))

    found = [client.get(booking_url(booking, tail)).status_code for tail in ("tickets.pdf", "")]

    assert [*found, client.get(booking_url(other, "tickets.pdf")).status_code] == [429, 200, 200]


def test_booking_pages_refuse_other_visitors(booking: Booking, showtime: Showtime) -> None:
    manager = make_manager(showtime.studio.cinema)
    strangers = [
        Client(),
        signed_in(make_user()),
        signed_in(manager),
        signed_in(make_user(is_staff=True, is_superuser=True)),
    ]

    answers = {client.get(page).status_code for client in strangers for page in pages(booking)}
    posts = {
        client.post(booking_url(booking, tail)).status_code
        for client in strangers
        for tail in ("cancel/", "abandon/", "pay/")
    }

    assert (answers, posts) == ({404}, {404})
    booking.refresh_from_db()
    assert booking.status == "confirmed"


def test_page_of_another_booking_explains_how_to_open_it(booking: Booking) -> None:
    response = Client().get(booking_url(booking))

    page = response.content.decode()
    assert (response.status_code, "Open it with the link in your email" in page) == (404, True)


def test_browser_that_booked_as_guest_opens_it_for_a_month(
    client: Client, showtime: Showtime
) -> None:
    take(client, showtime, 1)
    booking = make_confirmed_booking(showtime, 1, visitor=visitor_of(client))

    assert client.get(booking_url(booking)).status_code == 200
    Booking.objects.filter(pk=booking.pk).update(created_at=timezone.now() - timedelta(days=31))
    assert client.get(booking_url(booking)).status_code == 404


def test_browser_does_not_open_the_booking_of_an_account_after_sign_out(
    client: Client, showtime: Showtime, owner: User
) -> None:
    take(client, showtime, 1)
    booking = make_confirmed_booking(showtime, 1, visitor=visitor_of(client), user=owner)

    assert client.get(booking_url(booking)).status_code == 404


def test_booking_page_shows_ticket_count_with_the_total(booking: Booking, owner: User) -> None:
    gone = booking.tickets.order_by("pk").first()
    assert gone is not None
    cancel_booking(
        booking_id=booking.pk,
        seat_ids=[gone.showtime_seat.seat_id],
        actor=f"user:{owner.pk}",
        at=timezone.now(),
    )

    page = signed_in(owner).get(booking_url(booking)).content.decode()

    assert ("<dt>2 tickets</dt>" in page, "Because tickets were cancelled." in page) == (True, True)


def test_guest_link_opens_the_booking_and_hides_the_token(booking: Booking) -> None:
    client = Client()

    response = client.get(f"/en/b/{booking.code}/{access_token(booking)}/")

    assert response.headers["Location"] == booking_url(booking)
    assert [client.get(page).status_code for page in pages(booking)] == [200] * 3
    assert client.get("/en/bookings/").content.decode().count(booking.code) > 0


def test_guest_link_with_a_wrong_token_or_code_is_not_found(
    booking: Booking, showtime: Showtime
) -> None:
    other = make_confirmed_booking(showtime, 1)
    token = access_token(other)

    for path in (f"{booking.code}/{token}", f"{booking.code}/x", f"NOSUCH/{token}"):
        client = Client()
        assert client.get(f"/en/b/{path}/").status_code == 404
        assert client.get(booking_url(booking)).status_code == 404


def test_guest_links_cannot_be_guessed_for_long(booking: Booking, client: Client) -> None:
    guess = f"/en/b/{booking.code}/guess/"
    assert client.get(guess).status_code == 404
    use_up(WRONG_LINKS_BY_NETWORK)
    assert client.get(guess).status_code == 429


def test_code_is_read_in_any_case(booking: Booking, owner: User) -> None:
    assert signed_in(owner).get(f"/en/bookings/{booking.code.lower()}/").status_code == 200


def test_unpaid_order_has_no_ticket_files(showtime: Showtime, owner: User) -> None:
    booking = make_booking(showtime, 1, user=owner)

    answers = [signed_in(owner).get(page).status_code for page in pages(booking)]

    assert answers == [200, 404, 404]


def test_page_contains_the_codes_of_its_live_tickets(booking: Booking, owner: User) -> None:
    """In the page itself: they appear without further requests, and without a network."""
    void, live = booking.tickets.order_by("pk")
    Ticket.objects.filter(pk=void.pk).update(voided_at=timezone.now())

    page = signed_in(owner).get(booking_url(booking)).content.decode()

    codes = [qr_image(ticket_code(ticket)) in page for ticket in (void, live)]
    assert codes == [False, True]


@pytest.mark.usefixtures("consistent_books")
def test_cancellation_page_voids_the_tickets_and_shows_the_refund(
    booking: Booking, owner: User, showtime: Showtime
) -> None:
    client = signed_in(owner)
    seats = booking.tickets.values_list("showtime_seat__seat", flat=True)
    form = {"seat": list(seats), **{f"refund_{seat}": "53000" for seat in seats}}

    page = client.post(booking_url(booking, "cancel/"), form, follow=True).content.decode()

    assert "This booking is cancelled" in page
    assert "Rp106,000 is on its way back to you" in page
    assert client.get(pages(booking)[1]).status_code == 404
    assert set(showtime.seats.values_list("status", flat=True)) == {"available"}


def test_cancel_after_the_start_is_refused(booking: Booking, owner: User) -> None:
    started = timezone.now() - timedelta(minutes=1)
    Showtime.objects.filter(pk=booking.showtime_id).update(starts_at=started)

    page = signed_in(owner).post(booking_url(booking, "cancel/"), follow=True).content.decode()

    booking.refresh_from_db()
    assert "This booking can no longer be cancelled." in page
    assert booking.status == "confirmed"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "expired", "expired_at": timezone.now()}, "The time to pay was over"),
        ({"status": "failed", "failed_at": timezone.now()}, "The payment did not go through"),
        ({"status": "cancelled", "cancelled_at": timezone.now()}, "This booking is cancelled"),
    ],
)
def test_closed_booking_shows_its_outcome(
    showtime: Showtime, owner: User, change: dict[str, Any], words: str
) -> None:
    booking = make_booking(showtime, 1, user=owner)
    Booking.objects.filter(pk=booking.pk).update(**change)

    page = signed_in(owner).get(booking_url(booking)).content.decode()

    assert (words in page, page.count("Take the same seats again")) == (True, 1)


def test_expired_booking_does_not_offer_its_seats_after_the_sale(
    showtime: Showtime, owner: User
) -> None:
    booking = make_booking(showtime, 1, user=owner)
    Booking.objects.filter(pk=booking.pk).update(status="expired", expired_at=timezone.now())
    Showtime.objects.filter(pk=showtime.pk).update(cancelled_at=timezone.now())

    page = signed_in(owner).get(booking_url(booking)).content.decode()

    assert ("The time to pay was over" in page, "Take the same seats again" in page) == (
        True,
        False,
    )


def test_seats_that_were_given_back_for_money_are_not_offered_again(
    booking: Booking, owner: User
) -> None:
    cancel_booking(booking_id=booking.pk, actor="test", at=timezone.now())

    page = signed_in(owner).get(booking_url(booking)).content.decode()

    assert ("Take the same seats again" in page, "Choose other seats" in page) == (False, True)


def test_mine_lists_own_bookings_upcoming_and_past(
    booking: Booking, owner: User, showtime: Showtime
) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    past = make_confirmed_booking(make_showtime(starts_at=yesterday), 1, user=owner)
    foreign = make_confirmed_booking(showtime, 1)

    page = signed_in(owner).get("/en/bookings/").content.decode()

    coming, _title, earlier = page.partition("Earlier")
    assert (booking.code in coming, past.code in earlier, foreign.code in page) == (
        True,
        True,
        False,
    )


def test_mine_queries_do_not_grow_with_the_bookings(
    owner: User, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(owner)
    for count in (1, 4):
        for _more in range(count):
            make_confirmed_booking(make_showtime(), 1, user=owner)
        with django_assert_max_num_queries(7):
            client.get("/en/bookings/")


def test_mine_of_a_new_browser_is_empty(booking: Booking, client: Client) -> None:
    page = client.get("/en/bookings/").content.decode()

    assert ("No bookings yet" in page, booking.code in page) == (True, False)
