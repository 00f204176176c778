"""The office's page of one booking: what it shows to whom, notes, tickets again, refunds."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, BookingNote, EventKind
from movies.models import Role
from notifications.models import DeliveryAttempt
from tests.bookings.fixtures import outcome
from tests.clients import signed_in
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_event,
    make_manager,
    make_staff,
)
from tests.notifications.conftest import make_message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]


@pytest.fixture
def booking(db: None) -> Booking:
    return make_confirmed_booking()


@pytest.fixture
def manager(booking: Booking) -> User:
    return make_manager(booking.showtime.studio.cinema)


def address(booking: Booking, page: str) -> str:
    return reverse(f"admin:bookings_booking_{page}", args=[booking.pk])


def read(user: User, booking: Booking) -> str:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client.get(address(booking, "change")).content.decode()


def test_page_tells_the_whole_story_in_words(booking: Booking, manager: User) -> None:
    message = make_message(booking)
    DeliveryAttempt.objects.create(
        message=message, at=timezone.now(), succeeded=False, detail="mailbox full"
    )
    make_event(booking, EventKind.CONTACT_CHANGED, fields=["contact_email"])
    BookingNote.objects.create(
        booking=booking, text="Called about parking", written_by=manager, written_at=timezone.now()
    )

    page = read(manager, booking)

    assert [
        text
        for text in (
            booking.code, booking.contact_email, "A1", "A2", "Valid", "mailbox full",
            "Called about parking", "Contact corrected", "seat map", "Send the tickets again",
            reverse("reports:showtime", args=[booking.showtime_id]), 'class="is-valid"',
        )
        if text not in page
    ] == []  # fmt: skip
    assert [
        text
        for text in ("contact_email", "staff:", "{&#x27;", str(booking.visitor))
        if text in page
    ] == []


def test_auditor_reads_it_without_people_and_without_actions(booking: Booking) -> None:
    auditor = make_staff(Role.AUDITOR, booking.showtime.studio.cinema)
    make_message(booking)
    BookingNote.objects.create(
        booking=booking, text="Called about parking", written_by=auditor, written_at=timezone.now()
    )
    page = read(auditor, booking)

    hidden = (
        booking.contact_name, booking.contact_email, str(booking.contact_phone),
        "Called about parking", "Send the tickets again", "Print the tickets",
    )  # fmt: skip
    assert [text for text in hidden if text in page] == []
    assert booking.code in page


def test_notes_are_kept_with_their_author(booking: Booking, manager: User) -> None:
    client = signed_in(manager)

    for text in ("Called about parking", " ", "x" * 501):
        client.post(address(booking, "note"), {"text": text})

    assert list(booking.notes.values_list("text", "written_by")) == [
        ("Called about parking", manager.pk)
    ]


def test_tickets_are_sent_again_and_printed(booking: Booking, manager: User) -> None:
    client = signed_in(manager)

    sent = client.post(address(booking, "resend"))
    printed = client.get(address(booking, "print"))

    assert (sent.status_code, outcome(booking).ledger[-1]) == (302, "tickets_resent")
    assert (printed.status_code, printed["Content-Type"], printed.content[:5]) == (
        200,
        "application/pdf",
        b"%PDF-",
    )


def test_corrected_phone_sends_the_tickets_again_if_asked(booking: Booking, manager: User) -> None:
    known = {"name": booking.contact_name, "email": booking.contact_email}
    client = signed_in(manager)

    client.post(address(booking, "correct_contact"), known | {"phone": "0812 3333 4444"})
    client.post(
        address(booking, "correct_contact"),
        known | {"phone": "0812 3333 5555", "sends_again": "on"},
    )

    assert outcome(booking).ledger[-3:] == (
        "contact_changed",
        "contact_changed",
        "tickets_resent",
    )


@pytest.mark.parametrize("page", ["note", "resend", "print"])
def test_outsiders_do_nothing_with_a_booking(booking: Booking, page: str) -> None:
    outsiders = [
        make_manager(make_cinema()),
        make_staff(Role.AUDITOR, booking.showtime.studio.cinema),
        make_staff(Role.USHER, booking.showtime.studio.cinema),
    ]
    send = Client.get if page == "print" else Client.post

    answers = [send(signed_in(user), address(booking, page), {"text": "x"}) for user in outsiders]

    assert [answer.status_code for answer in answers] == [404, 403, 404]
    assert (booking.notes.exists(), "tickets_resent" in outcome(booking).ledger) == (False, False)
