"""Resending tickets: to the booking's own contact, limited, and only valid tickets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.errors import NoTicketsToSend
from bookings.models import Booking
from bookings.refunds.cancellation import cancel_booking
from bookings.tickets.resend import RESENDS_BY_BOOKING, resend_tickets
from notifications.models import Message
from tests.bookings.browser import booking_url
from tests.factories import (
    make_booking,
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_user,
)

pytestmark = pytest.mark.django_db

ORDERS = reverse("admin:bookings_booking_changelist")


def signed_in(user: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def ask_again(client: Client, booking: Booking, **fields: str) -> Any:
    return client.post(booking_url(booking, "resend/"), fields)


def enqueued(booking: Booking) -> list[tuple[str, str, str]]:
    rows = Message.objects.filter(booking=booking).order_by("created_at", "channel")
    return list(rows.values_list("kind", "channel", "recipient"))


def messages_of(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def both(booking: Booking) -> list[tuple[str, str, str]]:
    return [
        ("tickets_resent", "email", booking.contact_email),
        ("tickets_resent", "sms", str(booking.contact_phone)),
    ]


def test_customer_gets_the_tickets_again_at_the_address_of_the_booking() -> None:
    customer = make_user()
    booking = make_confirmed_booking(user=customer)
    client = signed_in(customer)
    assert "Send the tickets again" in client.get(booking_url(booking)).content.decode()

    answer = ask_again(client, booking, email="thief@example.com")

    assert (answer.status_code, answer.headers["Location"]) == (302, booking_url(booking))
    assert messages_of(answer) == ["Your tickets are on their way to you again."]
    assert enqueued(booking) == both(booking)
    assert booking.events.get(kind="tickets_resent").actor == f"user:{customer.pk}"


def test_repeated_resend_requests_are_rate_limited() -> None:
    customer = make_user()
    booking, other = (make_confirmed_booking(user=customer) for _index in range(2))
    client = signed_in(customer)

    answers = [ask_again(client, booking) for _time in range(RESENDS_BY_BOOKING.amount + 1)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert answers[-1].headers["Retry-After"] > "0"
    assert len(enqueued(booking)) == 2 * RESENDS_BY_BOOKING.amount
    assert ask_again(client, other).status_code == 302


def test_resend_by_another_user_is_refused() -> None:
    booking = make_confirmed_booking(user=make_user())
    manager = make_manager(booking.showtime.studio.cinema)

    strangers = [Client(), signed_in(make_user()), signed_in(manager)]

    assert [ask_again(client, booking).status_code for client in strangers] == [404] * 3
    assert enqueued(booking) == []


def test_booking_without_valid_tickets_sends_none() -> None:
    at = timezone.now()
    unpaid, over, cancelled = make_booking(), make_confirmed_booking(), make_confirmed_booking()
    cancel_booking(booking_id=cancelled.pk, actor="test", at=at)
    before = enqueued(cancelled)

    for booking, then in ((unpaid, at), (cancelled, at), (over, at + timedelta(days=2))):
        with pytest.raises(NoTicketsToSend):
            resend_tickets(booking_id=booking.pk, actor="test", at=then)

    assert (enqueued(unpaid), enqueued(over), enqueued(cancelled)) == ([], [], before)


def test_resend_of_a_cancelled_booking_is_refused() -> None:
    customer = make_user()
    booking = make_confirmed_booking(user=customer)
    cancel_booking(booking_id=booking.pk, actor="test", at=timezone.now())
    client = signed_in(customer)

    assert messages_of(ask_again(client, booking)) == [
        "This booking has no tickets that could be sent."
    ]
    assert "Send the tickets again" not in client.get(booking_url(booking)).content.decode()


def test_manager_sends_tickets_of_their_own_cinemas_only() -> None:
    booking, foreign = make_confirmed_booking(), make_confirmed_booking()
    manager = make_manager(booking.showtime.studio.cinema)
    chosen = [str(booking.pk), str(foreign.pk)]

    answer = signed_in(manager).post(
        ORDERS, {"action": "send_tickets_again", "_selected_action": chosen}
    )

    assert messages_of(answer) == ["Tickets of 1 booking are on their way again."]
    assert (enqueued(booking), enqueued(foreign)) == (both(booking), [])
    assert booking.events.get(kind="tickets_resent").actor == f"staff:{manager.pk}"


def test_staff_of_no_cinema_or_of_another_send_nothing() -> None:
    booking = make_confirmed_booking()
    of_another, clerk = make_manager(make_cinema()), make_user(is_staff=True)

    for user in (of_another, clerk, make_user()):
        chosen = {"action": "send_tickets_again", "_selected_action": [str(booking.pk)]}
        signed_in(user).post(ORDERS, chosen)

    assert enqueued(booking) == []
