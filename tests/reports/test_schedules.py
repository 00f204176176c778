"""Scheduled reports: periods, permissions, retries and forms."""

from __future__ import annotations

import re
import smtplib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from movies.models import Cinema, Role
from reports.models import Incident, ReportDelivery, ReportSchedule
from reports.schedules import delivery as schedules_delivery
from reports.schedules import email as schedule_email
from tests.clients import signed_in
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_staff,
    make_studio,
)
from tests.reports.test_export_jobs import folder  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db

# Monday, 07:00 in Jakarta.
DUE = datetime(2026, 3, 9, 0, tzinfo=UTC)
ADDRESS = reverse("reports:schedules")


class FailingBackend(BaseEmailBackend):
    """Email backend that always fails; ``failure`` selects the error."""

    failure = "away"

    def send_messages(self, email_messages: Any) -> int:
        if self.failure == "refusing":
            raise smtplib.SMTPRecipientsRefused({"x@example.com": (550, b"no such user")})
        raise OSError("away")


@pytest.fixture
def cinema() -> Cinema:
    cinema = make_cinema(name="Bintang")
    at = DUE - timedelta(hours=20)  # Sunday's business day
    make_confirmed_booking(make_showtime(make_studio(cinema), at=at, starts_at=at), 3, at=at)
    return cinema


@pytest.fixture
def manager(cinema: Cinema) -> User:
    return make_manager(cinema, name="Rina Wijaya")


def make_schedule(user: User, *cinemas: Cinema, **fields: Any) -> ReportSchedule:
    schedule = ReportSchedule.objects.create(
        **{
            "user": user,
            "report": "sales-by-day",
            "file_format": "csv",
            "language": "en",
            "period": "daily",
            "hour": 7,
            "time_zone": "Asia/Jakarta",
            "created_at": DUE - timedelta(days=1),
            "next_due_at": DUE,
        }
        | fields
    )
    schedule.cinemas.set(cinemas)
    return schedule


def states(schedule: ReportSchedule) -> list[tuple[date, date, str]]:
    rows = schedule.deliveries.order_by("last").values_list("first", "last", "status")
    return [(first, last, status) for first, last, status in rows]


def test_due_report_is_sent_once_with_its_file(manager: User) -> None:
    schedule = make_schedule(manager)
    assert schedules_delivery.send_due(DUE - timedelta(seconds=1)) == 0
    assert [schedules_delivery.send_due(DUE + timedelta(minutes=n)) for n in range(3)] == [1, 0, 0]

    (message,) = mail.outbox
    assert (message.to, message.subject) == ([manager.email], "Sales by day, 8 Mar 2026")
    assert isinstance(message, EmailMultiAlternatives)
    html, kind = message.alternatives[0]
    assert (kind, 'lang="en"' in str(html), "Bintang" in str(html)) == ("text/html", True, True)
    assert "Hello Rina, here is the report" in message.body
    name, content, content_type = message.attachments[0]
    assert (name, content_type) == ("sales-by-day-20260308.csv", "text/csv")
    text = content if isinstance(content, str) else bytes(content).decode("utf-8-sig")
    assert "2026-03-08,3,0,150000" in text
    schedule.refresh_from_db()
    assert schedule.next_due_at == DUE + timedelta(days=1)
    assert states(schedule) == [(date(2026, 3, 8), date(2026, 3, 8), "sent")]


def test_two_beats_open_a_period_once(manager: User) -> None:
    schedule = make_schedule(manager)
    assert schedules_delivery.open_due(DUE) == 1
    # As if the second had read the schedule before the first moved it on.
    ReportSchedule.objects.update(next_due_at=DUE)
    assert schedules_delivery.open_due(DUE) == 0
    assert schedules_delivery.send_due(DUE) == 1
    assert (len(mail.outbox), schedule.deliveries.count()) == (1, 1)


def test_weekly_report_covers_the_previous_seven_days(manager: User) -> None:
    schedule = make_schedule(manager, period="weekly", weekday=1)
    schedules_delivery.send_due(DUE)
    assert mail.outbox[0].subject == "Sales by day, 2 Mar 2026 – 8 Mar 2026"
    schedule.refresh_from_db()
    assert schedule.next_due_at == DUE + timedelta(days=7)


def test_email_uses_the_schedules_language(manager: User) -> None:
    make_schedule(manager, language="id")
    schedules_delivery.send_due(DUE)
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert message.extra_headers["Content-Language"] == "id"
    assert 'lang="id"' in str(message.alternatives[0][0])


def test_missed_days_are_caught_up_and_old_ones_skipped(manager: User) -> None:
    schedule = make_schedule(manager, next_due_at=DUE - timedelta(days=20))
    sent = sum(schedules_delivery.send_due(DUE + timedelta(minutes=n)) for n in range(20))
    days = [
        DUE.date() - timedelta(days=n) for n in range(schedules_delivery.CATCH_UP_DAYS_MAX, 0, -1)
    ]
    assert (sent, states(schedule)) == (len(days), [(day, day, "sent") for day in days])


def test_large_file_is_linked(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule_email, "ATTACHED_BYTES_MAX", 10)
    make_schedule(manager)
    schedules_delivery.send_due(DUE)
    (message,) = mail.outbox
    job = ReportDelivery.objects.get().job
    assert job is not None
    link = reverse("reports:export", args=[job.pk])
    assert (message.attachments, link in message.body) == ([], True)
    assert "Until 12 Mar 2026 07:00" in message.body
    assert signed_in(manager).get(link).status_code == 200


@pytest.mark.parametrize("names_it", [True, False])
def test_schedule_stops_when_permission_is_lost(
    cinema: Cinema, manager: User, names_it: bool
) -> None:
    schedule = make_schedule(manager, *([cinema] if names_it else []))
    manager.posts.all().delete()
    assert schedules_delivery.send_due(DUE) == 0

    schedule.refresh_from_db()
    assert (mail.outbox, schedule.stopped_because) == ([], "right_lost")
    assert states(schedule) == [(date(2026, 3, 8), date(2026, 3, 8), "stopped")]
    assert schedules_delivery.send_due(DUE + timedelta(days=3)) == 0


def test_schedule_stops_when_one_cinema_is_lost(cinema: Cinema) -> None:
    other = make_cinema()
    both = make_manager(cinema, other)
    named, all_of_mine = make_schedule(both, cinema, other), make_schedule(both)
    both.posts.filter(cinema=other).delete()
    assert schedules_delivery.send_due(DUE) == 1

    assert (states(named)[0][2], states(all_of_mine)[0][2]) == ("stopped", "sent")
    assert other.name not in mail.outbox[0].body


def test_inactive_user_gets_nothing(manager: User) -> None:
    make_schedule(manager)
    User.objects.filter(pk=manager.pk).update(is_active=False)
    assert (schedules_delivery.send_due(DUE), mail.outbox) == (0, [])


def test_failures_are_recorded_limited_and_open_an_incident(
    cinema: Cinema, manager: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "tests.reports.test_schedules.FailingBackend"
    schedule, at = make_schedule(manager, cinema), DUE
    for _number in range(schedules_delivery.ATTEMPTS_MAX + 2):
        schedules_delivery.open_due(DUE)
        for delivery in schedule.deliveries.all():
            schedules_delivery.deliver(delivery.pk, at=at)
        at += timedelta(seconds=schedules_delivery.BACKOFF.max_seconds)

    delivery = schedule.deliveries.get()
    assert (delivery.status, delivery.attempts, delivery.tries.count()) == ("dead", 8, 8)
    incident = Incident.objects.get()
    assert (incident.kind, incident.cinema) == ("report_not_sent", cinema)
    assert manager.email not in f"{incident.summary}{incident.facts}"


def test_refused_recipient_is_given_up_at_once(
    manager: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FailingBackend, "failure", "refusing")
    settings.EMAIL_BACKEND = "tests.reports.test_schedules.FailingBackend"
    schedule = make_schedule(manager)
    schedules_delivery.send_due(DUE)
    assert (states(schedule)[0][2], Incident.objects.count()) == ("dead", 1)


def test_resent_message_has_the_same_message_id(manager: User) -> None:
    make_schedule(manager)
    schedules_delivery.send_due(DUE)
    ReportDelivery.objects.update(status="waiting", sent_at=None, next_attempt_at=DUE)
    schedules_delivery.send_due(DUE)
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_manager_schedules_their_own_cinema_and_no_other(cinema: Cinema, manager: User) -> None:
    other = make_cinema(name="Rembulan", time_zone="Asia/Jayapura")
    client = signed_in(manager)
    wanted = {
        "report": "tax-by-city",
        "period": "weekly",
        "weekday": 5,
        "hour": 8,
        "file_format": "pdf",
        "language": "id",
    }
    refused = client.post(ADDRESS, wanted | {"cinemas": [other.pk]})
    assert (refused.status_code, ReportSchedule.objects.count()) == (400, 0)
    assert "Rembulan" not in refused.content.decode()

    assert client.post(ADDRESS, wanted | {"cinemas": [cinema.pk]}).status_code == 302
    schedule = ReportSchedule.objects.get()
    assert (schedule.user, schedule.time_zone, list(schedule.cinemas.all())) == (
        manager,
        "Asia/Jakarta",
        [cinema],
    )
    assert (schedule.next_due_at.isoweekday(), schedule.next_due_at.hour) == (5, 1)
    assert re.search(r"Next: Friday, \d+ \w+, 08:00", client.get(ADDRESS).content.decode())


@pytest.mark.parametrize(
    "wrong",
    [
        {"report": "salaries"},
        {"hour": 24},
        {"period": "hourly"},
        {"period": "weekly", "weekday": ""},
        {"file_format": "exe"},
        {"language": "xx"},
    ],
)
def test_invalid_schedules_are_refused(manager: User, wrong: dict[str, Any]) -> None:
    fine = {
        "report": "tax-by-city",
        "period": "daily",
        "hour": 8,
        "file_format": "pdf",
        "language": "id",
    }
    answer = signed_in(manager).post(ADDRESS, fine | wrong)
    assert (answer.status_code, ReportSchedule.objects.count()) == (400, 0)


def test_only_its_owner_stops_resumes_and_deletes(cinema: Cinema, manager: User) -> None:
    schedule = make_schedule(manager)
    verbs = [f"reports:schedule_{verb}" for verb in ("stop", "resume", "delete")]
    colleague, usher = make_manager(cinema), make_staff(Role.USHER, cinema)
    for user, code in ((colleague, 404), (usher, 403)):
        client = signed_in(user)
        answers = [client.post(reverse(verb, args=[schedule.pk])).status_code for verb in verbs]
        assert answers == [code] * 3
    assert (
        "sales-by-day" not in signed_in(colleague).get(ADDRESS).content.decode().split("<form")[0]
    )

    owner = signed_in(manager)
    stopped = []
    for verb in verbs:
        assert owner.post(reverse(verb, args=[schedule.pk])).status_code == 302
        kept = ReportSchedule.objects.filter(pk=schedule.pk)
        stopped.append(list(kept.values_list("stopped_because", flat=True)))
    assert stopped == [["switched_off"], [""], []]
