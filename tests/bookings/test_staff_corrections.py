"""Staff correct a buyer's contact, and refund single tickets, also after one was used."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, RefundBatch, Ticket
from tests.bookings.fixtures import outcome
from tests.clients import signed_in
from tests.factories import make_cinema, make_confirmed_booking, make_manager, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

REASON = "Seat broken"
REFUND = {"reason": REASON, "left_rupiah": "106000"}
CONTACT = {"name": "Siti Rahma", "email": "siti@example.org", "phone": "0812 3456 7890"}


@pytest.fixture
def booking(db: None) -> Booking:
    return make_confirmed_booking(contact_email="sitti@example.org")


@pytest.fixture
def manager(booking: Booking) -> User:
    return make_manager(booking.showtime.studio.cinema)


def address(booking: Booking, page: str) -> str:
    return reverse(f"admin:bookings_booking_{page}", args=[booking.pk])


def seats(booking: Booking) -> list[int]:
    return list(booking.tickets.order_by("pk").values_list("showtime_seat__seat", flat=True))


def test_manager_corrects_the_contact(booking: Booking, manager: User) -> None:
    client = signed_in(manager)
    page = client.get(address(booking, "correct_contact")).content.decode()

    answer = client.post(address(booking, "correct_contact"), CONTACT)

    booking.refresh_from_db()
    event = booking.events.get(kind="contact_changed")
    assert ("sitti@example.org" in page, answer.status_code) == (True, 302)
    assert (booking.contact_email, str(booking.contact_phone)) == (
        "siti@example.org",
        "+6281234567890",
    )
    assert "contact_email" in event.facts["fields"]
    assert (event.actor, "siti@example.org" in str(event.facts)) == (f"staff:{manager.pk}", False)


def test_invalid_contact_changes_nothing(booking: Booking, manager: User) -> None:
    answer = signed_in(manager).post(
        address(booking, "correct_contact"), CONTACT | {"email": "nonsense"}
    )

    booking.refresh_from_db()
    assert (answer.status_code, booking.contact_email) == (200, "sitti@example.org")


def test_manager_refunds_a_single_ticket_in_full(booking: Booking, manager: User) -> None:
    answer = signed_in(manager).post(
        address(booking, "cancel_tickets"), REFUND | {"seats": seats(booking)[:1]}
    )

    end = outcome(booking)
    assert (answer.status_code, end.status, end.tickets) == (
        302,
        "partly_cancelled",
        ("void", "live"),
    )
    assert end.refunds == ((53_000, "cancellation", "due"),)


def test_used_ticket_waits_for_a_second_person_and_the_rest_is_refunded_at_once(
    booking: Booking, manager: User
) -> None:
    used, other = seats(booking)
    Ticket.objects.filter(showtime_seat__seat=used).update(checked_in_at=timezone.now())
    client = signed_in(manager)

    client.post(address(booking, "cancel_tickets"), REFUND | {"seats": [used]})
    unchanged = outcome(booking).status
    answer = client.post(address(booking, "cancel_tickets"), REFUND | {"seats": [other]})

    waiting = RefundBatch.objects.get(needs_second_person=True)
    assert (waiting.is_waiting, unchanged, answer.status_code) == (True, "confirmed", 302)
    assert outcome(booking).refunds == ((53_000, "cancellation", "due"),)

    colleague = signed_in(make_manager(booking.showtime.studio.cinema))
    colleague.post(reverse("admin:bookings_refundbatch_approve", args=[waiting.pk]))

    end = outcome(booking)
    assert (end.status, end.tickets) == ("cancelled", ("void", "void"))
    assert end.refunds == ((53_000, "cancellation", "due"),) * 2


def test_list_action_refunds_the_rest_after_one_ticket_was_used(
    booking: Booking, manager: User
) -> None:
    Ticket.objects.filter(showtime_seat__seat=seats(booking)[0]).update(
        checked_in_at=timezone.now()
    )
    chosen: dict[str, Any] = {
        "action": "cancel_and_refund",
        "_selected_action": [booking.pk],
        "is_confirmed": "1",
        "shown_rupiah": "53000",
        "reason": REASON,
    }

    signed_in(manager).post(reverse("admin:bookings_booking_changelist"), chosen)

    assert outcome(booking).tickets == ("live", "void")


@pytest.mark.parametrize("page", ["correct_contact", "cancel_tickets", "move_to_seats"])
def test_outsiders_change_nothing(booking: Booking, page: str) -> None:
    form = CONTACT | {"seats": seats(booking)}
    outsiders = [make_manager(make_cinema()), make_user(is_staff=True), make_user()]

    answers = [signed_in(user).post(address(booking, page), form) for user in outsiders]
    anonymous = Client().post(address(booking, page), form)

    booking.refresh_from_db()
    assert [answer.status_code for answer in answers] == [404, 403, 302]
    assert (anonymous.status_code, booking.contact_email) == (302, "sitti@example.org")
    assert outcome(booking).status == "confirmed"
