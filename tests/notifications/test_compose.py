"""Messages for a booking's events, written in the event's transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bookings import signals
from bookings.models import Booking, BookingEvent, EventKind, Payment, RefundReason
from bookings.orders import checkout
from bookings.payments.base import ProviderReport
from bookings.refunds import cancellation, refunds
from bookings.settlement import settle as settlement_settle
from cinema_project import celery_app
from notifications.models import Message
from tests import factories
from tests.bookings.fixtures import pass_time

pytestmark = pytest.mark.django_db


def settle(payment: Payment, status: str = "succeeded", **changes: Any) -> Payment:
    report = {
        "reference": payment.reference,
        "status": status,
        "amount_rupiah": payment.amount_rupiah,
        "currency": payment.currency,
        "merchant_reference": str(payment.pk),
    } | changes
    return settlement_settle.settle(
        payment_id=payment.pk, report=ProviderReport(**report), at=timezone.now()
    )


def enqueued(booking: Booking) -> list[tuple[str, str, str, str]]:
    rows = Message.objects.filter(booking=booking).order_by("created_at", "kind", "channel")
    return list(rows.values_list("kind", "channel", "recipient", "language"))


def test_confirmed_booking_enqueues_email_and_sms() -> None:
    booking = factories.make_booking(language="en")

    settle(booking.payments.get())

    message = Message.objects.filter(booking=booking).first()
    event = booking.events.get(kind="confirmed")
    assert enqueued(booking) == [
        ("booking_confirmed", "email", booking.contact_email, "en"),
        ("booking_confirmed", "sms", "+6281234567890", "en"),
    ]
    assert message is not None
    assert (message.event, message.status, message.attempts) == (event, "waiting", 0)
    assert (message.created_at, message.next_attempt_at) == (event.at, event.at)


def test_confirmed_booking_without_a_phone_enqueues_only_email() -> None:
    booking = factories.make_booking(contact_phone="")

    settle(booking.payments.get())

    assert enqueued(booking) == [("booking_confirmed", "email", booking.contact_email, "id")]


def test_customer_without_sms_consent_gets_only_email() -> None:
    customer = factories.make_user(wants_sms=False)
    booking = factories.make_booking(user=customer)
    late = factories.make_booking(user=customer)

    settle(booking.payments.get())
    settle(late.payments.get(), amount_rupiah=1_000)

    assert [channel for _kind, channel, *_rest in enqueued(booking) + enqueued(late)] == [
        "email",
        "email",
    ]


def test_repeated_confirmation_enqueues_nothing_more() -> None:
    booking = factories.make_booking()
    payment = booking.payments.get()

    settle(payment)
    settle(payment)
    event = booking.events.get(kind="confirmed")
    signals.booking_confirmed.send(Booking, booking=booking, event=event)

    assert len(enqueued(booking)) == 2


def test_message_of_a_rolled_back_confirmation_never_was() -> None:
    booking = factories.make_booking()

    with transaction.atomic():
        settle(booking.payments.get())
        transaction.set_rollback(True)

    assert enqueued(booking) == []


def test_payment_failed_after_the_hold_ended_enqueues_an_email() -> None:
    booking = factories.make_booking()
    pass_time(301)

    settle(booking.payments.get(), status="failed")

    assert enqueued(booking) == [("payment_failed", "email", booking.contact_email, "id")]


def test_wrong_amount_enqueues_the_refund_email_only() -> None:
    booking = factories.make_booking()

    settle(booking.payments.get(), amount_rupiah=1_000)

    assert enqueued(booking) == [
        ("paid_too_late", "email", booking.contact_email, "id"),
        ("paid_too_late", "sms", "+6281234567890", "id"),
    ]


def test_second_payment_enqueues_refund_and_confirmation_emails() -> None:
    booking = factories.make_booking()
    second = factories.make_payment(booking)

    settle(booking.payments.exclude(pk=second.pk).get())
    settle(second)

    assert sorted(kind for kind, *_rest in enqueued(booking)) == [
        "booking_confirmed",
        "booking_confirmed",
        "paid_too_late",
        "paid_too_late",
    ]


def test_cancelled_booking_enqueues_one_email_and_another_when_refunded() -> None:
    booking = factories.make_confirmed_booking()

    cancellation.cancel_booking(booking_id=booking.pk, actor="test", at=timezone.now())
    assert enqueued(booking) == [("booking_cancelled", "email", booking.contact_email, "id")]

    refund = booking.payments.get().refunds.get()
    assert refund.reason == RefundReason.CANCELLATION
    event = factories.make_event(booking, EventKind.REFUNDED, amount_rupiah=-1, refund=refund.pk)
    signals.refund_completed.send(type(refund), booking=booking, event=event, refund=refund)
    assert [kind for kind, *_rest in enqueued(booking)] == ["booking_cancelled", "refund_done"]


def test_abandoned_booking_enqueues_nothing() -> None:
    booking = factories.make_booking()

    checkout.abandon_booking(booking_id=booking.pk, at=timezone.now())

    assert enqueued(booking) == []


def test_refund_of_a_cancellation_enqueues_no_email_of_its_own() -> None:
    booking = factories.make_confirmed_booking()
    payment = booking.payments.get()

    with transaction.atomic():
        refunds.create_refund(booking, payment, 1_000, RefundReason.CANCELLATION, timezone.now())

    assert enqueued(booking) == []


def test_messages_are_queued_on_commit_and_not_before(
    django_capture_on_commit_callbacks: Any,
) -> None:
    booking = factories.make_booking()
    broker = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    broker.flushdb()

    with django_capture_on_commit_callbacks(execute=True):
        settle(booking.payments.get())
        before = broker.llen("celery")

    assert (before, broker.llen("celery")) == (0, 2)
    broker.flushdb()


@pytest.fixture
def absent_broker() -> Iterator[None]:
    away = Celery("away", broker="redis://127.0.0.1:9/0", set_as_current=False)
    away.conf.task_publish_retry = settings.CELERY_TASK_PUBLISH_RETRY
    away.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    away.set_current()
    yield
    celery_app.set_current()


@pytest.mark.usefixtures("absent_broker")
def test_enqueue_without_broker_is_fast_and_loses_nothing(
    django_capture_on_commit_callbacks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    booking = factories.make_booking()
    began = time.monotonic()

    with django_capture_on_commit_callbacks(execute=True):
        settle(booking.payments.get())

    assert time.monotonic() - began < 5
    assert len(enqueued(booking)) == 2
    assert "2 messages left to the sweep" in caplog.text


def test_message_is_enqueued_once_per_event() -> None:
    booking = factories.make_confirmed_booking()
    events = [
        BookingEvent.objects.create(booking=booking, kind="refund_due", at=timezone.now())
        for _index in range(2)
    ]
    refund = factories.make_refund(booking.payments.get(), reason="late")

    for event in [*events, events[0]]:
        signals.refund_due.send(type(refund), booking=booking, event=event, refund=refund)

    assert len(enqueued(booking)) == 4
