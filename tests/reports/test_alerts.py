"""Alerts: recipients, batching, language, quiet hours and retries."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from movies.models import Cinema, Role
from reports.models import Alert, AlertAttempt, AlertLine, AlertWishes, Incident
from reports.monitoring import incidents
from reports.monitoring.alerts import batching, delivery, messages
from reports.monitoring.heartbeat import heartbeat, watchdog
from tests import factories

NOON = datetime(2026, 11, 24, 5, 2, tzinfo=UTC)  # 12:02 in Jakarta
MIDNIGHT = datetime(2026, 11, 24, 17, 2, tzinfo=UTC)
SOON = timedelta(seconds=batching.SETTLE_SECONDS)
WINDOW = timedelta(minutes=batching.WINDOW_MINUTES)

pytestmark = pytest.mark.django_db


def record_incident(
    cinema: Cinema | None, at: datetime, kind: str = "refund_refused", no: int = 1
) -> Incident:
    return incidents.record(kind, f"{kind}:{no}", "Told in English.", {}, cinema, at)


def send_alerts(at: datetime) -> list[tuple[str, str]]:
    """Sent messages after enqueueing and after the settling time."""
    mail.outbox.clear()
    delivery.send_due(at)
    delivery.send_due(at + SOON)
    return [(message.to[0], str(message.subject)) for message in mail.outbox]


@pytest.fixture
def cinema() -> Cinema:
    return factories.make_cinema(name="Bintang")


@pytest.fixture
def manager(cinema: Cinema) -> User:
    return factories.make_manager(cinema, language="en", email="siti@example.com")


def test_alert_is_sent_only_to_managers_of_the_cinema(cinema: Cinema, manager: User) -> None:
    factories.make_manager(factories.make_cinema())
    for role in (Role.AUDITOR, Role.USHER):
        factories.make_staff(role, cinema)
    factories.make_staff(Role.CHAIN_ADMIN, None)
    record_incident(cinema, NOON)

    sent = send_alerts(NOON)

    subject = "1 new incident: Bintang: The payment provider keeps refusing a refund."
    assert sent == [("siti@example.com", subject)]
    body = str(mail.outbox[0].body)
    page = reverse("admin:reports_incident_change", args=[Incident.objects.get().pk])
    assert ("What to do: It is tried again by itself" in body, page in body) == (True, True)


def test_alert_without_responsible_manager_is_sent_to_the_chain(
    cinema: Cinema, manager: User
) -> None:
    admin = factories.make_staff(Role.CHAIN_ADMIN, None, email="chain@example.com")
    owner = factories.make_user(is_staff=True, is_superuser=True, email="owner@example.com")
    record_incident(None, NOON, "backup_overdue")
    record_incident(factories.make_cinema(), NOON, no=2)  # nobody has a role there

    assert sorted(to for to, _subject in send_alerts(NOON)) == [admin.email, owner.email]


def test_alert_uses_the_recipients_language(cinema: Cinema) -> None:
    manager = factories.make_manager(cinema, language="id")
    record_incident(cinema, NOON)
    send_alerts(NOON)

    [message] = mail.outbox
    assert (message.to, "Told in English" in str(message.body)) == ([manager.email], False)
    assert '<html lang="id"' in str(message.alternatives[0][0])  # type: ignore[union-attr]


def test_simultaneous_incidents_are_one_message(cinema: Cinema, manager: User) -> None:
    for number in range(messages.LISTED_MAX + 3):
        record_incident(cinema, NOON, no=number)

    sent = send_alerts(NOON)

    assert [subject[:17] for _to, subject in sent] == ["13 new incidents:"]
    assert "and 3 more" in str(mail.outbox[0].body)


def test_second_message_waits_for_the_next_window(cinema: Cinema, manager: User) -> None:
    record_incident(cinema, NOON)
    first = send_alerts(NOON)
    record_incident(cinema, NOON + timedelta(minutes=1), no=2)
    same_window = send_alerts(NOON + timedelta(minutes=1))
    next_window = send_alerts(NOON + WINDOW)

    assert [len(sent) for sent in (first, same_window, next_window)] == [1, 0, 1]
    assert send_alerts(NOON + 2 * WINDOW) == []


def test_messages_per_hour_are_limited_and_the_rest_follows(cinema: Cinema, manager: User) -> None:
    sent = []
    for number in range(6):
        at = NOON + number * WINDOW
        record_incident(cinema, at, no=number)
        sent.append(len(send_alerts(at)))

    assert sent == [1] * batching.MESSAGES_PER_HOUR_MAX + [0, 0]
    assert [s[:1] for _to, s in send_alerts(NOON + timedelta(hours=1))] == ["2"]


def test_quiet_hours_wait_for_the_morning(cinema: Cinema, manager: User) -> None:
    record_incident(cinema, MIDNIGHT)

    at_night = send_alerts(MIDNIGHT)
    morning = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)  # 07:00 in Jakarta

    assert (
        at_night,
        len(send_alerts(morning - timedelta(minutes=1))),
        len(send_alerts(morning)),
    ) == ([], 0, 1)


@pytest.mark.parametrize(("breaks_through", "sent"), [(True, 1), (False, 0)])
def test_urgent_alert_ignores_quiet_hours_if_preferred(
    manager: User, cinema: Cinema, breaks_through: bool, sent: int
) -> None:
    AlertWishes.objects.create(user=manager, urgent_breaks_quiet=breaks_through)
    record_incident(cinema, MIDNIGHT, "refund_stuck")
    record_incident(cinema, MIDNIGHT, "refund_refused")

    assert len(send_alerts(MIDNIGHT)) == sent
    assert AlertLine.objects.filter(alert=None).count() == 2 - sent


def test_incident_resolved_before_the_alert_is_not_sent(cinema: Cinema, manager: User) -> None:
    incident = record_incident(cinema, NOON)
    batching.enqueue(NOON)
    incidents.resolve(incident_id=incident.pk, by=manager, note="Seen.", at=NOON)

    assert send_alerts(NOON) == []


def test_recurring_incident_is_alerted_again(cinema: Cinema, manager: User) -> None:
    record_incident(cinema, NOON)
    first = send_alerts(NOON)
    incidents.mark_healed(["refund_refused"], NOON)
    record_incident(cinema, NOON + 2 * WINDOW)

    assert (len(first), len(send_alerts(NOON + 2 * WINDOW))) == (1, 1)


def test_alert_is_not_sent_after_losing_the_role(cinema: Cinema, manager: User) -> None:
    record_incident(cinema, NOON)
    batching.enqueue(NOON)
    manager.posts.all().delete()

    assert send_alerts(NOON) == []


def test_sms_names_cinema_and_incident(cinema: Cinema, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.SMS_BACKEND = "console"
    settings.SITE_URL = "https://layar.example"
    factories.make_manager(cinema, language="en", phone="+6281234567890")
    for number in range(3):
        record_incident(cinema, NOON, no=number)

    send_alerts(NOON)

    [file] = (tmp_path / "sms").glob("*.txt")
    refused = "Bintang: The payment provider keeps refusing a refund."
    assert file.read_text() == (
        f"To: +6281234567890\n\nLayar: {refused} {refused} and 1 more "
        "https://layar.example/admin/reports/incident/?state=open\n"
    )


def test_failed_attempt_is_recorded_and_retried(
    cinema: Cinema, manager: User, settings: Any
) -> None:
    record_incident(cinema, NOON)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    send_alerts(NOON)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    later = NOON + SOON + timedelta(seconds=delivery.BACKOFF.first_seconds)
    delivery.send_due(later)

    assert list(AlertAttempt.objects.values_list("succeeded", "at")) == [
        (False, NOON + SOON),
        (True, later),
    ]
    assert Alert.objects.get().status == "sent"


def test_alert_is_given_up_after_bounded_attempts(
    cinema: Cinema, manager: User, settings: Any
) -> None:
    record_incident(cinema, NOON)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    send_alerts(NOON)
    for hour in range(1, 12):
        delivery.send(Alert.objects.get().pk, at=NOON + timedelta(hours=hour))

    assert (Alert.objects.get().status, AlertAttempt.objects.count()) == (
        "dead",
        delivery.ATTEMPTS_MAX,
    )


@pytest.mark.django_db(transaction=True)
def test_several_processes_send_one_message(cinema: Cinema, manager: User) -> None:
    record_incident(cinema, NOON)
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        try:
            for at in (NOON, NOON + SOON):
                delivery.send_due(at)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _index in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert (AlertLine.objects.count(), Alert.objects.count(), AlertAttempt.objects.count()) == (
        1,
        1,
        1,
    )
    assert len(mail.outbox) == 1


def test_alert_about_a_stopped_worker_needs_no_worker(settings: Any) -> None:
    with redis.Redis.from_url(settings.BROKER_URL) as broker:
        broker.delete(heartbeat.QUEUE)  # no worker processes what other tests queued
    owner = factories.make_user(is_staff=True, is_superuser=True, language="en")
    settings.HEARTBEAT_LATE_SECONDS = 90
    watchdog.check(NOON, since=NOON - timedelta(minutes=5))

    assert send_alerts(NOON) == [(owner.email, "1 new incident: The beat has stopped.")]


def test_manager_saves_alert_preferences(cinema: Cinema, manager: User) -> None:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(manager)
    page = reverse("reports:alerts")
    preferences = {
        "by_email": "on",
        "quiet_from": "0",
        "quiet_until": "0",
        "time_zone": cinema.time_zone,
    }

    assert client.get(page).status_code == 200
    assert client.post(page, preferences).status_code == 302
    assert client.post(page, preferences | {"quiet_from": "25"}).status_code == 400

    saved = AlertWishes.objects.get()
    assert (saved.user, saved.by_email, saved.by_sms, saved.quiet_from) == (manager, True, False, 0)
    assert saved.is_quiet(MIDNIGHT) is False
    client.force_login(factories.make_staff(Role.AUDITOR, cinema))
    assert client.get(page).status_code == 403
