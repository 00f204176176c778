"""Guests find their tickets, add bookings to an account and correct a mistyped address."""

from __future__ import annotations

from copy import copy
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking
from bookings.orders.access_tokens import access_token
from bookings.orders.contacts import BUYER_CORRECTS_FOR, CORRECTIONS_BY_BOOKING
from bookings.orders.email_typos import suggested_address
from bookings.orders.guest_bookings import guest_bookings_to, joinable
from bookings.tasks import send_found_tickets as send_found_tickets_task
from bookings.tickets.finding import SEARCHES_BY_BOOKING, search_actor, send_found_tickets
from notifications.models import Message
from tests.factories import make_booking, make_confirmed_booking, make_user
from tests.limits import use_up

pytestmark = pytest.mark.django_db

EMAIL, PHONE = "siti@example.com", "+6281299887766"


@pytest.fixture
def booking(db: None) -> Booking:
    return make_confirmed_booking(contact_email=EMAIL, contact_phone=PHONE)


@pytest.fixture
def owner(db: None) -> User:
    user = make_user(email=EMAIL)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user


def signed_in(user: User | None) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    if user is not None:
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def link(booking: Booking) -> str:
    return f"/en/b/{booking.code}/{access_token(booking)}/"


def guest_of(booking: Booking) -> Client:
    client = signed_in(None)
    assert client.get(link(booking)).status_code == 302
    return client


def sent(booking: Booking) -> list[tuple[str, str]]:
    found = Message.objects.filter(booking=booking).order_by("recipient")
    return list(found.values_list("kind", "recipient"))


# --- Finding --------------------------------------------------------------------------------
@pytest.mark.parametrize("contact", ["Siti@Example.com ", "0812 9988-7766", "+62 812 9988 7766"])
def test_code_with_email_or_phone_sends_the_tickets_to_the_booking(
    booking: Booking, contact: str
) -> None:
    code = f"{booking.code[:4]}-{booking.code[4:].lower()}"

    assert send_found_tickets(code=code, contact=contact, at=timezone.now())
    assert sent(booking) == [("tickets_resent", PHONE), ("tickets_resent", EMAIL)]


@pytest.mark.parametrize("contact", ["", "other@example.com", "0812 9988 776", "nonsense", "@"])
def test_wrong_contact_sends_nothing(booking: Booking, contact: str) -> None:
    assert not send_found_tickets(code=booking.code, contact=contact, at=timezone.now())
    assert sent(booking) == []


def test_page_answers_the_same_whether_or_not_they_belong_together(booking: Booking) -> None:
    client, path = signed_in(None), "/en/bookings/find/"
    answers = [
        client.post(path, {"code": code, "contact": EMAIL}) for code in (booking.code, "BCDFGHJK")
    ]
    responses = {(a.status_code, "look into your inbox" in a.content.decode()) for a in answers}
    before = sent(booking)  # the worker searches
    send_found_tickets_task(booking.code, EMAIL)

    assert (responses, before, len(sent(booking))) == ({(200, True)}, [], 2)


def test_searches_are_limited_for_each_code_with_one_contact_known_or_not(
    booking: Booking,
) -> None:
    client = signed_in(None)

    def search(code: str, contact: str) -> int:
        sent_form = {"code": code, "contact": contact}
        return client.post("/en/bookings/find/", sent_form).status_code

    for code in (booking.code, "BCDFGHJK"):
        use_up(SEARCHES_BY_BOOKING, search_actor(code, EMAIL))
        use_up(SEARCHES_BY_BOOKING, search_actor(code, "0812 3456 7890"))
        asked = [f" {EMAIL.upper()}", "+62 812-3456-7890", "somebody@example.com"]
        assert [search(code, contact) for contact in asked] == [429, 429, 200]
    assert sent(booking) == []


# --- Joining an account ---------------------------------------------------------------------
def test_bookings_with_the_confirmed_address_join_the_account_on_request(
    booking: Booking, owner: User
) -> None:
    unpaid = make_booking(contact_email=EMAIL)
    others = make_confirmed_booking(contact_email=EMAIL, user=make_user())
    client = signed_in(owner)
    before = client.get("/en/bookings/").content.decode()

    client.post("/en/bookings/join/")

    mine = Booking.objects.filter(user=owner)
    assert "1 booking was made with your address" in before
    assert list(mine) == [booking]
    assert booking.events.get(kind="joined_account").actor == f"user:{owner.pk}"
    assert {unpaid.pk, others.pk}.isdisjoint(mine.values_list("pk", flat=True))


def test_unconfirmed_address_joins_nothing(booking: Booking) -> None:
    thief = make_user(email=EMAIL)
    EmailAddress.objects.create(user=thief, email=EMAIL, verified=False, primary=True)

    signed_in(thief).post("/en/bookings/join/")

    assert (list(joinable(thief)), Booking.objects.filter(user=thief).count()) == ([], 0)


def test_opening_the_link_while_signed_in_joins_the_booking(booking: Booking, owner: User) -> None:
    signed_in(make_user()).get(link(booking))
    booking.refresh_from_db()
    before = booking.user

    signed_in(owner).get(link(booking))
    booking.refresh_from_db()

    assert (before, booking.user) == (None, owner)


def test_bookings_of_an_address_are_found_by_an_index(booking: Booking) -> None:
    """Among enough guest bookings that the planner has a reason to choose the index."""
    others = [copy(booking) for _ in range(400)]
    for number, other in enumerate(others):
        other.pk, other.code = None, f"{number:08d}"
        other.contact_email = f"guest{number}@example.com"
    Booking.objects.bulk_create(others)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bookings_booking")
    found = guest_bookings_to({EMAIL}).explain()

    assert "booking_guest_email" in found


def test_history_of_a_person_is_found_by_an_index(booking: Booking) -> None:
    """Without one, an erasure reads the history of all bookings within a request."""
    history = apps.get_model("bookings", "BookingHistory").objects
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plans = [
            history.filter(pgh_obj_id__in=[booking.pk]).explain(),
            history.filter(user_id=1).explain(),
        ]

    assert ["bookinghistory_booking" in plans[0], "bookinghistory_user" in plans[1]] == [True, True]


# --- Correcting the address -----------------------------------------------------------------
def correct(client: Client, booking: Booking, email: str = "siti.r@example.org") -> Any:
    return client.post(f"/en/bookings/{booking.code}/address/", {"email": email})


def test_buyer_corrects_the_address_and_both_addresses_are_notified(booking: Booking) -> None:
    former, client = link(booking), guest_of(booking)

    answer = correct(client, booking)
    booking.refresh_from_db()

    assert answer.status_code == 302
    assert sent(booking) == [
        ("tickets_resent", "siti.r@example.org"),
        ("address_changed", EMAIL),
    ]
    stranger = signed_in(None)
    assert (stranger.get(former).status_code, stranger.get(link(booking)).status_code) == (404, 302)
    assert client.get(f"/en/bookings/{booking.code}/").status_code == 200


def test_correction_ends_what_others_opened_by_the_old_link(booking: Booking) -> None:
    """The old address may be a stranger's; the buyer may have opened the link on a phone."""
    stranger, phone = signed_in(None), signed_in(None)
    for browser in (stranger, phone):
        browser.get(link(booking))
    page = f"/en/bookings/{booking.code}/"
    before = stranger.get(page).status_code

    correct(phone, booking)
    booking.refresh_from_db()
    pages = [browser.get(page).status_code for browser in (stranger, phone, guest_of(booking))]

    assert (before, pages) == (200, [404, 200, 200])


def test_buyer_has_ten_minutes(booking: Booking) -> None:
    client = guest_of(booking)
    offered = "Wrong address?" in client.get(f"/en/bookings/{booking.code}/").content.decode()
    Booking.objects.update(confirmed_at=timezone.now() - BUYER_CORRECTS_FOR)

    correct(client, booking)
    booking.refresh_from_db()
    page = client.get(f"/en/bookings/{booking.code}/").content.decode()

    assert (offered, "Wrong address?" in page) == (True, False)
    assert (booking.contact_email, sent(booking)) == (EMAIL, [])


def test_same_address_again_changes_nothing(booking: Booking) -> None:
    client = guest_of(booking)

    answers = [correct(client, booking, email).status_code for email in (EMAIL, "nonsense")]

    booking.refresh_from_db()
    assert (answers, booking.link_version, sent(booking)) == ([302, 200], 0, [])


def test_corrections_are_limited(booking: Booking) -> None:
    client = guest_of(booking)
    use_up(CORRECTIONS_BY_BOOKING, str(booking.pk))

    assert correct(client, booking).status_code == 429


def test_strangers_correct_nothing(booking: Booking) -> None:
    for client in (signed_in(None), signed_in(make_user())):
        assert correct(client, booking).status_code == 404


def test_late_correction_by_staff_notifies_both_addresses(booking: Booking) -> None:
    Booking.objects.update(confirmed_at=timezone.now() - timedelta(days=1))
    owner = make_user(is_staff=True, is_superuser=True)
    path = reverse("admin:bookings_booking_correct_contact", args=[booking.pk])

    signed_in(owner).post(path, {"name": "Siti", "email": "new@example.org", "phone": PHONE})

    assert sent(booking) == [("tickets_resent", "new@example.org"), ("address_changed", EMAIL)]


# --- Typing errors --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a@gmial.com", "a@gmail.com"),
        ("a@gmail.con", "a@gmail.com"),
        ("A.b+c@Gmai.com", "A.b+c@gmail.com"),
        ("a@yaho.co.id", "a@yahoo.co.id"),
        ("a@hotmial.com", "a@hotmail.com"),
        ("a@gmail.com", ""),
        ("a@mail.com", ""),
        ("a@kampus.ac.id", ""),
        ("a@example.com", ""),
        ("nonsense", ""),
    ],
)
def test_mistyped_domains_are_recognised(typed: str, meant: str) -> None:
    assert suggested_address(typed) == meant
