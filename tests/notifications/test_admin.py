"""Office pages of messages: read-only, except that messages given up can be sent again."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, EventKind
from notifications.dispatch import backfill_sent
from notifications.models import DeliveryAttempt, Message
from tests import factories
from tests.notifications.conftest import make_message

LIST = reverse("admin:notifications_message_changelist")


def manager_of(booking: Booking) -> User:
    return factories.make_manager(booking.showtime.studio.cinema)


def page(client: Client, user: User, address: str = LIST) -> Any:
    client.force_login(user)
    return client.get(address)


def change_page(message: Message) -> str:
    return reverse("admin:notifications_message_change", args=[message.pk])


def test_manager_sees_messages_of_their_cinema(client: Client, booking: Booking) -> None:
    message = make_message(booking)
    DeliveryAttempt.objects.create(
        message=message, at=timezone.now(), succeeded=False, detail="ConnectionRefusedError"
    )
    manager = manager_of(booking)

    listed = page(client, manager)
    opened = page(client, manager, change_page(message))

    assert (listed.status_code, opened.status_code) == (200, 200)
    assert booking.contact_email in listed.content.decode()
    assert "ConnectionRefusedError" in opened.content.decode()


def test_manager_of_another_cinema_sees_none(client: Client, booking: Booking) -> None:
    message = make_message(booking)
    manager = manager_of(factories.make_confirmed_booking())

    assert booking.contact_email not in page(client, manager).content.decode()
    assert page(client, manager, change_page(message)).status_code == 302
    client.post(LIST, {"action": "send_again", "_selected_action": [str(message.pk)]})
    message.refresh_from_db()
    assert message.status == "waiting"


def test_send_again_queues_only_given_up_messages(client: Client, booking: Booking) -> None:
    dead = make_message(booking, status="dead", attempts=12, recipient="dead@example.com")
    sent = make_message(
        booking, status="sent", sent_at=timezone.now(), recipient="sent@example.com"
    )
    client.force_login(manager_of(booking))

    chosen = {"action": "send_again", "_selected_action": [str(dead.pk), str(sent.pk)]}
    answer = client.post(LIST, chosen, follow=True)

    assert answer.status_code == 200
    assert list(Message.objects.order_by("recipient").values_list("status", "attempts")) == [
        ("waiting", 0),
        ("sent", 0),
    ]


def test_staff_without_a_cinema_can_neither_read_nor_send(client: Client, booking: Booking) -> None:
    dead = make_message(booking, status="dead", attempts=12)
    client.force_login(factories.make_manager())

    chosen = {"action": "send_again", "_selected_action": [str(dead.pk)]}
    answers = [client.get(LIST), client.get(change_page(dead)), client.post(LIST, chosen)]

    dead.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert dead.status == "dead"


def test_staff_see_no_message_of_another_cinema(client: Client, booking: Booking) -> None:
    dead = make_message(booking, status="dead", attempts=12)
    person = factories.make_manager()
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="notifications"))
    client.force_login(person)

    client.post(LIST, {"action": "send_again", "_selected_action": [str(dead.pk)]})

    dead.refresh_from_db()
    assert booking.contact_email not in client.get(LIST).content.decode()
    assert dead.status == "dead"


@pytest.mark.django_db
def test_messages_cannot_be_changed_added_or_deleted_even_by_a_superuser(
    client: Client, booking: Booking
) -> None:
    message = make_message(booking)
    client.force_login(factories.make_user(is_staff=True, is_superuser=True))

    answers = [
        client.post(change_page(message), {"status": "sent"}),
        client.get(reverse("admin:notifications_message_add")),
        client.post(reverse("admin:notifications_message_delete", args=[message.pk])),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_backfill_writes_the_emails_of_past_events_once(booking: Booking) -> None:
    backfill_sent(booking.events.select_related("booking"))
    backfill_sent(booking.events.select_related("booking"))

    message = Message.objects.select_related("event").get()
    assert message.event is not None
    assert (message.event.kind, message.kind, message.status, message.recipient) == (
        EventKind.CONFIRMED,
        "booking_confirmed",
        "sent",
        booking.contact_email,
    )
