"""The office's page of one booking: what it shows to whom, notes, tickets again, refunds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, BookingNote, EventKind, RefundBatch, Ticket
from bookings.refunds.goodwill import refundable_rupiah
from movies.models import Role, Showtime
from notifications.models import DeliveryAttempt
from tests.bookings.fixtures import outcome
from tests.clients import signed_in
from tests.factories import (
    FEE_RUPIAH,
    make_cinema,
    make_confirmed_booking,
    make_event,
    make_manager,
    make_staff,
)
from tests.notifications.conftest import make_message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

REASON = "The projector stopped for ten minutes"


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


def refund(user: User, booking: Booking, **fields: Any) -> int:
    shown = {"reason": REASON, "left_rupiah": str(refundable_rupiah(booking))}
    answer = signed_in(user).post(address(booking, "cancel_tickets"), shown | fields)
    return answer.status_code


def seats(booking: Booking) -> list[int]:
    return list(booking.tickets.order_by("pk").values_list("showtime_seat__seat", flat=True))


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


def test_amount_is_given_back_and_all_tickets_stay_valid(booking: Booking, manager: User) -> None:
    status = refund(manager, booking, amount_rupiah="20.000")
    refund(manager, booking, amount_rupiah="86.001")  # more than is left

    end = outcome(booking)
    assert (status, end.status, end.tickets) == (302, "confirmed", ("live", "live"))
    assert end.refunds == ((20_000, "goodwill", "due"),)


def test_repeated_request_refunds_once(booking: Booking, manager: User) -> None:
    asked = {"amount_rupiah": "20000", "left_rupiah": "106000", "reason": REASON}
    client = signed_in(manager)
    page = client.get(address(booking, "cancel_tickets")).content.decode()

    answers = [client.post(address(booking, "cancel_tickets"), asked) for _click in range(2)]
    unseen = refund(manager, booking, amount_rupiah="20000", left_rupiah="")

    again = answers[1].content.decode()
    assert 'name="left_rupiah" value="106000"' in page
    assert ([answer.status_code for answer in answers], unseen) == ([302, 200], 200)
    assert ('name="left_rupiah" value="86000"' in again, "Rp86" in again) == (True, True)
    assert outcome(booking).refunds == ((20_000, "goodwill", "due"),)


def test_amount_cannot_be_split_to_avoid_the_second_person(
    booking: Booking, manager: User, settings: Any
) -> None:
    settings.REFUND_ALONE_MAX_RUPIAH = 30_000
    answers = [refund(manager, booking, amount_rupiah="20000") for _part in range(3)]

    assert answers == [302, 302, 200]  # the third one finds the second one waiting
    assert list(RefundBatch.objects.order_by("pk").values_list("needs_second_person")) == [
        (False,),
        (True,),
    ]
    assert outcome(booking).refunds == ((20_000, "goodwill", "due"),)


def test_ticket_after_an_amount_brings_what_is_left(booking: Booking, manager: User) -> None:
    refund(manager, booking, amount_rupiah=str(booking.total_rupiah - 10_000))
    refund(manager, booking, seats=seats(booking))

    end = outcome(booking)
    assert (end.status, sum(amount for amount, _reason, _status in end.refunds)) == (
        "cancelled",
        booking.total_rupiah,
    )


def test_ticket_is_refunded_without_its_fee(booking: Booking, manager: User) -> None:
    refund(manager, booking, seats=seats(booking)[:1], keeps_fee="on")

    price_rupiah = booking.tickets.order_by("pk")[0].paid_rupiah - FEE_RUPIAH
    assert outcome(booking).refunds == ((price_rupiah, "cancellation", "due"),)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"amount_rupiah": "0"},
        {"amount_rupiah": "-5"},
        {"amount_rupiah": "60.00"},
        {"amount_rupiah": "1.000.000"},
        {"seats": [0]},
        {"amount_rupiah": "1000", "seats": "own"},
        {"seats": "own", "reason": ""},
    ],
)
def test_unclear_refunds_change_nothing(
    booking: Booking, manager: User, fields: dict[str, Any]
) -> None:
    asked = fields | ({"seats": seats(booking)} if fields.get("seats") == "own" else {})

    assert refund(manager, booking, **asked) == 200
    assert (outcome(booking).refunds, RefundBatch.objects.exists()) == ((), False)


def test_after_the_show_began_a_second_person_approves(booking: Booking, manager: User) -> None:
    Showtime.objects.filter(pk=booking.showtime_id).update(
        starts_at=timezone.now() - timedelta(minutes=5)
    )
    refund(manager, booking, amount_rupiah="20000")
    batch = RefundBatch.objects.get()
    approve = reverse("admin:bookings_refundbatch_approve", args=[batch.pk])

    signed_in(manager).post(approve)
    alone = outcome(booking).refunds
    signed_in(make_manager(booking.showtime.studio.cinema)).post(approve)

    assert (alone, outcome(booking).refunds) == ((), ((20_000, "goodwill", "due"),))


def test_ticket_admitted_after_the_request_is_not_refunded(booking: Booking, manager: User) -> None:
    Showtime.objects.filter(pk=booking.showtime_id).update(
        starts_at=timezone.now() - timedelta(minutes=5)
    )
    refund(manager, booking, seats=seats(booking)[:1])
    Ticket.objects.filter(showtime_seat__seat=seats(booking)[0]).update(
        checked_in_at=timezone.now()
    )
    approve = reverse("admin:bookings_refundbatch_approve", args=[RefundBatch.objects.get().pk])

    signed_in(make_manager(booking.showtime.studio.cinema)).post(approve)

    item = RefundBatch.objects.get().items.get()
    assert (item.status, outcome(booking).tickets) == ("left_out", ("live", "live"))


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
