"""Emails to an address that a stranger typed are limited and carry no text of theirs."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone, translation

from accounts.auth.adapter import EMAILS_BY_MAILBOX
from bookings.models import Booking
from bookings.orders.details import booking_with_details
from notifications import delivery
from notifications.context import facts_of
from notifications.dispatch import enqueue
from notifications.models import Channel, Message, MessageKind
from tests.factories import make_booking, make_confirmed_booking, make_showtime, make_user
from tests.limits import use_up

pytestmark = pytest.mark.django_db

AT = timezone.now()
VICTIM = "victim@example.com"


def message_of(booking: Booking, kind: MessageKind) -> Message:
    enqueue(booking, booking.events.earliest("pk"), kind, Channel.EMAIL, at=AT)
    return booking.messages.get(kind=kind)


def test_failed_payments_of_one_mailbox_are_limited_and_postponed() -> None:
    limit = delivery.LIMITS_BY_MAILBOX[MessageKind.PAYMENT_FAILED].amount
    addresses = [VICTIM, "VICTIM@example.com", "vic.tim+1@example.com"]
    messages = [
        message_of(
            make_booking(make_showtime(), 1, contact_email=addresses[number % 3]),
            MessageKind.PAYMENT_FAILED,
        )
        for number in range(limit + 3)
    ]

    sent = [delivery.deliver(message.pk, at=AT) for message in messages]
    other = make_booking(make_showtime(), 1, contact_email="other@example.com")
    is_other_sent = delivery.deliver(message_of(other, MessageKind.PAYMENT_FAILED).pk, at=AT)

    assert (sent, is_other_sent) == ([True] * limit + [False] * 3, True)
    late = Message.objects.filter(status="waiting")
    assert late.count() == 3
    assert all(each.next_attempt_at and each.next_attempt_at > AT for each in late)


def test_tickets_that_were_paid_for_are_never_held_back() -> None:
    bookings = [
        make_confirmed_booking(make_showtime(), 1, contact_email=VICTIM) for _number in range(7)
    ]
    messages = [message_of(booking, MessageKind.BOOKING_CONFIRMED) for booking in bookings]

    assert all(delivery.deliver(message.pk, at=AT) for message in messages)


def test_name_is_used_only_once_paid_for_or_confirmed() -> None:
    text = "Buy gold now"
    user = make_user(email="rani@example.com")
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    unpaid = make_booking(make_showtime(), 1, contact_name=text)
    own = make_booking(make_showtime(), 1, contact_name=text, user=user, contact_email=user.email)
    elsewhere = make_booking(make_showtime(), 1, contact_name=text, user=user, contact_email=VICTIM)
    paid = make_confirmed_booking(make_showtime(), 1, contact_name=text)

    with translation.override("en"):
        names = [
            facts_of(
                message_of(booking, MessageKind.PAYMENT_FAILED), booking_with_details(booking.pk)
            ).name
            for booking in (unpaid, own, elsewhere, paid)
        ]

    assert names == ["moviegoer", text, "moviegoer", text]


@pytest.mark.usefixtures("eager_tasks")
def test_account_emails_to_one_mailbox_are_limited() -> None:
    make_user(email=VICTIM)
    make_user(email="other@example.com")
    use_up(EMAILS_BY_MAILBOX, f"reset {VICTIM}")

    for email in (VICTIM, "other@example.com"):
        Client().post("/en/accounts/password/reset/", {"email": email})

    assert [email.to for email in mail.outbox] == [["other@example.com"]]
