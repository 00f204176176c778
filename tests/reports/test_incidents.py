"""Incidents: recording, counting, health checks and resolution."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, Payment, Refund
from notifications.models import DeliveryAttempt, Message
from reports import tasks
from reports.errors import IncidentResolved, NoteMissing
from reports.models import Incident
from reports.monitoring import incidents, runner
from reports.monitoring.checks.messages import MESSAGE_DEAD
from reports.monitoring.checks.payments import PAYMENT_UNSETTLED, UNSETTLED_HOURS_MAX
from reports.monitoring.checks.refunds import REFUND_STUCK
from tests import factories
from tests.reports.conftest import World

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
LIST = reverse("admin:reports_incident_changelist")


def opened(at: datetime = AT, **changes: Any) -> Incident:
    return incidents.record(
        **{
            "kind": "test",
            "fingerprint": "test:1",
            "summary": "Something is wrong.",
            "facts": {"booking": "BCDF2345"},
            "cinema": None,
            "at": at,
        }
        | changes
    )


@pytest.mark.django_db
def test_record_opens_once_and_counts() -> None:
    first = opened()
    second = opened(LATER, facts={"booking": "BCDF2345", "rows": 2})

    assert first.pk == second.pk
    assert (second.times_seen, second.first_seen_at, second.last_seen_at) == (2, AT, LATER)
    assert second.facts == {"booking": "BCDF2345", "rows": 2}


@pytest.mark.django_db
def test_record_after_a_resolution_opens_a_new_one() -> None:
    first = opened()
    person = factories.make_user()
    incidents.resolve(incident_id=first.pk, by=person, note="Fixed by hand.", at=AT)

    second = opened(LATER)

    assert second.pk != first.pk
    first.refresh_from_db()
    assert (first.note, first.resolved_by, first.times_seen) == ("Fixed by hand.", person, 1)


@pytest.mark.django_db(transaction=True)
def test_record_by_two_workers_at_once_opens_one() -> None:
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        try:
            opened()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _index in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert list(Incident.objects.values_list("times_seen", flat=True)) == [4]


@pytest.mark.django_db
@pytest.mark.parametrize("note", ["", "  \n "])
def test_resolve_needs_a_note(note: str) -> None:
    incident = opened()

    with pytest.raises(NoteMissing):
        incidents.resolve(incident_id=incident.pk, by=factories.make_user(), note=note, at=AT)
    assert Incident.objects.unresolved().count() == 1


@pytest.mark.django_db
def test_resolve_twice_keeps_the_first_note() -> None:
    incident, person = opened(), factories.make_user()
    incidents.resolve(incident_id=incident.pk, by=person, note="First.", at=AT)

    with pytest.raises(IncidentResolved):
        incidents.resolve(incident_id=incident.pk, by=person, note="Second.", at=LATER)
    incident.refresh_from_db()
    assert (incident.note, incident.resolved_at) == ("First.", AT)


def test_run_all_records_a_violation_with_its_cinema(world: World) -> None:
    world.paid.tickets.update(price_rupiah=1)

    # In addition to the late payment of this fixture.
    assert (tasks.check_invariants(), tasks.watch_for_trouble()) == (2, 2)

    incident = Incident.objects.exclude(kind="payment_too_late").get()
    assert (incident.kind, incident.cinema, incident.times_seen) == (
        "confirmed_booking_tickets_disagree",
        world.cinema,
        2,
    )
    assert incident.facts["booking"] == world.paid.code


def test_run_all_on_valid_data_records_only_the_late_payment(world: World) -> None:
    assert runner.run_all(timezone.now()) == 1
    assert Incident.objects.get().facts["booking"] == world.late.code  # its payment is refunded


def test_check_finds_a_refund_stuck_for_a_day(world: World) -> None:
    refund = world.late_payment.refunds.get()
    at = refund.created_at + timedelta(hours=24)

    assert runner.run_check(REFUND_STUCK, at - timedelta(seconds=1)) == 0
    assert runner.run_check(REFUND_STUCK, at) == 1

    incident = Incident.objects.get()
    assert (incident.fingerprint, incident.cinema) == (f"refund_stuck:{refund.pk}", world.cinema)
    assert incident.facts["amount_rupiah"] == refund.amount_rupiah


def test_check_does_not_reopen_a_resolved_refund(world: World) -> None:
    at = timezone.now() + timedelta(hours=25)
    runner.run_check(REFUND_STUCK, at)
    person, incident = factories.make_user(), Incident.objects.get()
    incidents.resolve(incident_id=incident.pk, by=person, note="Paid out by hand.", at=at)

    runner.run_check(REFUND_STUCK, at)

    assert Incident.objects.count() == 1


def test_persisting_problem_does_not_heal(world: World) -> None:
    at = timezone.now() + timedelta(hours=25)
    runner.run_check(REFUND_STUCK, at)

    runner.run_check(REFUND_STUCK, at + timedelta(minutes=1))

    assert (Incident.objects.get().times_seen, Incident.objects.get().healed_at) == (2, None)


def test_check_finds_an_unsettled_payment(world: World) -> None:
    payment: Payment = world.pending.payments.get()
    at = payment.expires_at + timedelta(hours=UNSETTLED_HOURS_MAX)
    before = at - timedelta(seconds=1)

    assert (
        runner.run_check(PAYMENT_UNSETTLED, before),
        runner.run_check(PAYMENT_UNSETTLED, at),
    ) == (0, 1)
    assert Incident.objects.get().facts["payment"] == str(payment.pk)


def test_check_finds_given_up_messages_and_again_after_new_attempts(world: World) -> None:
    Message.objects.filter(booking__in=[world.paid, world.other]).update(
        status="dead", sent_at=None
    )
    at = timezone.now()

    assert (runner.run_check(MESSAGE_DEAD, at), runner.run_check(MESSAGE_DEAD, at)) == (2, 2)
    assert sorted(Incident.objects.values_list("facts__booking", "times_seen")) == sorted(
        [(world.paid.code, 2), (world.other.code, 2)]
    )

    person = factories.make_user()
    for incident in Incident.objects.all():
        incidents.resolve(incident_id=incident.pk, by=person, note="Called them.", at=at)
    runner.run_check(MESSAGE_DEAD, at)
    assert Incident.objects.unresolved().count() == 0

    message = world.paid.messages.get()
    DeliveryAttempt.objects.create(message=message, at=at, succeeded=False)
    runner.run_check(MESSAGE_DEAD, at)
    assert Incident.objects.unresolved().get().facts["message"] == str(message.pk)


def test_incidents_contain_no_personal_data(world: World) -> None:
    Message.objects.filter(booking=world.paid).update(status="dead", sent_at=None)
    Refund.objects.update(created_at=timezone.now() - timedelta(days=3))
    Booking.objects.update(contact_name="Siti Rahasia")

    runner.run_all(timezone.now() + timedelta(days=1))

    texts = [f"{incident.summary} {incident.facts}" for incident in Incident.objects.all()]
    assert texts
    secrets = ("Siti", "81234567890", world.paid.contact_email, world.late.contact_email)
    assert [line for line in texts if any(secret in line for secret in secrets)] == []


@pytest.fixture
def incident(world: World) -> Incident:
    return opened(cinema=world.cinema)


def page_of(incident: Incident) -> str:
    return reverse("admin:reports_incident_change", args=[incident.pk])


def test_manager_resolves_with_a_note(client: Client, world: World, incident: Incident) -> None:
    manager = factories.make_manager(world.cinema)
    client.force_login(manager)

    assert "Something is wrong." in client.get(LIST).content.decode()
    assert "BCDF2345" in client.get(page_of(incident)).content.decode()
    without_note = client.post(page_of(incident), {"note": " "})
    forged = {"note": "Looked at it.", "times_seen": 99, "summary": "All is well."}
    with_note = client.post(page_of(incident), forged)

    assert (without_note.status_code, with_note.status_code) == (200, 302)
    incident.refresh_from_db()
    assert (incident.note, incident.resolved_by, incident.times_seen, incident.summary) == (
        "Looked at it.",
        manager,
        1,
        "Something is wrong.",
    )
    assert client.post(page_of(incident), {"note": "Changed my mind."}).status_code == 403


def test_manager_of_another_cinema_sees_no_incident(client: Client, incident: Incident) -> None:
    client.force_login(factories.make_manager(factories.make_cinema()))

    assert "Something is wrong." not in client.get(LIST).content.decode()
    assert client.post(page_of(incident), {"note": "Mine now."}).status_code == 302
    incident.refresh_from_db()
    assert incident.resolved_at is None


def test_staff_without_a_cinema_cannot_resolve(client: Client, incident: Incident) -> None:
    client.force_login(factories.make_manager())

    assert client.get(LIST).status_code == 403
    client.post(page_of(incident), {"note": "Looked at it."})
    incident.refresh_from_db()
    assert incident.resolved_at is None
