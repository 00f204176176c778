"""Delivery: every message is sent once, retried, or given up with a recorded reason."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from bookings.models import Booking
from notifications import delivery, tasks
from notifications.errors import MessageNotDead, Undeliverable
from notifications.models import Message
from tests import factories
from tests.notifications.conftest import MailServer, make_message

AT = datetime.fromisoformat("2026-11-24T12:00:00Z")


@pytest.fixture
def message(booking: Booking) -> Message:
    return make_message(booking, created_at=AT, next_attempt_at=AT)


def attempts(message: Message) -> list[tuple[bool, str]]:
    return list(message.delivery_attempts.values_list("succeeded", "detail"))


def state(message: Message) -> tuple[str, int, datetime | None]:
    message.refresh_from_db()
    return (message.status, message.attempts, message.sent_at)


def test_deliver_sends_and_records(message: Message, mail_server: MailServer) -> None:
    assert delivery.deliver(message.pk, at=AT)

    assert state(message) == ("sent", 1, AT)
    assert mail_server.recipients == [[message.recipient]]
    assert message.provider_reference == f"<{message.pk}@layar.example>"
    assert attempts(message) == [(True, message.provider_reference)]


def test_deliver_again_sends_nothing(message: Message, mail_server: MailServer) -> None:
    outcomes = [delivery.deliver(message.pk, at=AT) for _index in range(3)]

    assert (outcomes, len(mail_server.received)) == ([True, False, False], 1)


def test_deliver_before_its_time_sends_nothing(booking: Booking, mail_server: MailServer) -> None:
    message = make_message(booking, created_at=AT, next_attempt_at=AT, attempts=1)

    assert not delivery.deliver(message.pk, at=AT - timedelta(seconds=1))
    assert (state(message), mail_server.received) == (("waiting", 1, None), [])


def test_message_enqueued_with_a_clock_ahead_is_sent_at_once(
    message: Message, mail_server: MailServer
) -> None:
    at = AT - timedelta(minutes=4)

    assert (delivery.deliver_waiting(at), state(message)) == (1, ("sent", 1, at))


def test_deliver_of_an_unknown_message_is_nothing(db: None) -> None:
    assert not delivery.deliver(Booking().pk, at=AT)


def test_deliver_refused_for_now_tries_again_with_growing_pauses(
    message: Message, mail_server: MailServer
) -> None:
    mail_server.refusal = "451 try later"
    at, pauses = AT, []
    for _attempt in range(delivery.ATTEMPTS_MAX):
        assert not delivery.deliver(message.pk, at=at)
        message.refresh_from_db()
        if message.next_attempt_at is None:
            break
        pauses.append(int((message.next_attempt_at - at).total_seconds()))
        at = message.next_attempt_at

    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert state(message) == ("dead", delivery.ATTEMPTS_MAX, None)
    assert attempts(message) == [(False, "SMTPRecipientsRefused 451")] * delivery.ATTEMPTS_MAX
    assert not delivery.deliver(message.pk, at=at + timedelta(days=1))


def test_deliver_gives_up_at_once_after_a_permanent_refusal(
    message: Message, mail_server: MailServer
) -> None:
    mail_server.refusal = "550 no such mailbox"

    assert not delivery.deliver(message.pk, at=AT)
    assert state(message) == ("dead", 1, None)
    assert attempts(message) == [(False, "SMTPRecipientsRefused 550")]


def test_deliver_after_the_server_is_back_sends_once(
    message: Message, mail_server: MailServer
) -> None:
    mail_server.refusal = "421 away"
    delivery.deliver(message.pk, at=AT)
    mail_server.refusal = ""

    assert not delivery.deliver(message.pk, at=AT + timedelta(seconds=29))
    assert delivery.deliver(message.pk, at=AT + timedelta(seconds=30))
    assert len(mail_server.received) == 1
    assert [succeeded for succeeded, _detail in attempts(message)] == [False, True]


def test_deliver_without_a_mail_server_tries_again(message: Message, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    assert not delivery.deliver(message.pk, at=AT)
    assert (state(message), attempts(message)) == (
        ("waiting", 1, None),
        [(False, "ConnectionRefusedError")],
    )


def test_delivery_that_died_is_repeated_after_the_lease(
    message: Message, mail_server: MailServer
) -> None:
    """Simulates a worker that was killed after its claim."""
    assert delivery._claim(message.pk, AT) is not None

    lease_over = AT + timedelta(seconds=delivery.LEASE.seconds)
    assert not delivery.deliver(message.pk, at=lease_over - timedelta(seconds=1))
    assert delivery.deliver(message.pk, at=lease_over)
    assert len(mail_server.received) == 1


def test_deliver_that_kills_its_worker_every_time_is_given_up(message: Message) -> None:
    at = AT
    for _attempt in range(delivery.ATTEMPTS_MAX):
        assert delivery._claim(message.pk, at) is not None
        at += timedelta(seconds=delivery.LEASE.seconds)

    assert not delivery.deliver(message.pk, at=at)
    assert state(message) == ("dead", delivery.ATTEMPTS_MAX, None)


def test_failure_of_a_worker_whose_lease_ran_out_changes_nothing(
    message: Message, mail_server: MailServer
) -> None:
    slow = delivery._claim(message.pk, AT)
    assert slow is not None
    later = AT + timedelta(seconds=delivery.LEASE.seconds)
    assert delivery.deliver(message.pk, at=later)

    delivery._record_failure(slow, TimeoutError(), later)

    assert state(message) == ("sent", 2, later)


def test_failure_of_a_superseded_worker_keeps_the_later_claim(message: Message) -> None:
    superseded = delivery._claim(message.pk, AT)
    assert superseded is not None
    later = AT + timedelta(seconds=delivery.LEASE.seconds)
    assert delivery._claim(message.pk, later) is not None

    delivery._record_failure(superseded, TimeoutError(), later)

    row = Message.objects.values_list("status", "attempts", "next_attempt_at").get(pk=message.pk)
    assert row == ("waiting", 2, delivery.LEASE.until(later))


@pytest.mark.django_db(transaction=True)
def test_deliver_by_two_workers_at_once_sends_once(mail_server: MailServer) -> None:
    message = make_message(factories.make_confirmed_booking())
    at = timezone.now()
    start = threading.Barrier(4)
    outcomes: list[bool] = []

    def work() -> None:
        start.wait()
        try:
            outcomes.append(delivery.deliver(message.pk, at=at))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _index in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert (sorted(outcomes), len(mail_server.received)) == ([False, False, False, True], 1)


class GatewayThatLooks:
    """A gateway that records whether a transaction was open when it was called."""

    in_transaction: list[bool] = []

    def send(self, to: str, text: str, reference: str) -> str:
        self.in_transaction.append(connection.in_atomic_block)
        return "seen"


@pytest.mark.django_db(transaction=True)
def test_deliver_has_no_transaction_open_on_the_network(settings: Any) -> None:
    settings.SMS_BACKEND = f"{__name__}.GatewayThatLooks"
    booking = factories.make_confirmed_booking()
    message = make_message(booking, channel="sms", recipient="+6281234567890")

    assert delivery.deliver(message.pk, at=timezone.now())
    assert GatewayThatLooks.in_transaction == [False]


class GatewayThatRefuses:
    def send(self, to: str, text: str, reference: str) -> str:
        raise Undeliverable("landline")


def test_sms_that_can_never_arrive_is_given_up_at_once(booking: Booking, settings: Any) -> None:
    settings.SMS_BACKEND = f"{__name__}.GatewayThatRefuses"
    message = make_message(booking, channel="sms", recipient="+62211234567", next_attempt_at=AT)

    assert not delivery.deliver(message.pk, at=AT)
    assert (state(message), attempts(message)) == (
        ("dead", 1, None),
        [(False, "Undeliverable landline")],
    )


def test_deliver_waiting_takes_the_oldest_first_and_one_batch(
    booking: Booking, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SWEEP_BATCH_MESSAGES", 2)
    waiting = [
        make_message(
            booking, recipient=f"p{index}@example.com", next_attempt_at=AT - timedelta(hours=index)
        )
        for index in range(3)
    ]

    assert delivery.deliver_waiting(AT) == 2
    assert [state(message)[0] for message in waiting] == ["waiting", "sent", "sent"]
    assert (delivery.deliver_waiting(AT), delivery.deliver_waiting(AT)) == (1, 0)


def test_tasks_call_the_functions(booking: Booking, mail_server: MailServer) -> None:
    first = make_message(booking)
    make_message(booking, recipient="other@example.com")

    assert (tasks.deliver(str(first.pk)), tasks.deliver_waiting()) == (True, 1)


def test_send_again_only_for_what_was_given_up(message: Message) -> None:
    with pytest.raises(MessageNotDead):
        delivery.send_again(message_id=message.pk, at=AT)

    Message.objects.filter(pk=message.pk).update(status="dead", attempts=delivery.ATTEMPTS_MAX)
    again = AT + timedelta(hours=8)
    delivery.send_again(message_id=message.pk, at=again)

    assert state(message) == ("waiting", 0, None)
    assert message.next_attempt_at == again
