"""Incident actions: effect, permissions and log."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.auth.session import AT_KEY, RECENT
from accounts.models import User
from bookings.models import ManualPayout
from movies.models import Role
from notifications.models import Message
from reports.models import Incident, IncidentAction, ReportDelivery, ReportSchedule
from reports.monitoring import incidents, runner
from reports.monitoring import kinds as monitoring_kinds
from reports.monitoring.actions import ACTIONS
from reports.monitoring.checks.messages import MESSAGE_DEAD, REPORT_NOT_SENT
from reports.monitoring.checks.refunds import PAYMENT_TOO_LATE, REFUND_STUCK
from reports.monitoring.invariants import INVARIANTS
from seating.models import Hold, ShowtimeSeat
from tests import factories
from tests.reports.conftest import World, send_back

pytestmark = pytest.mark.django_db


def run_action(user: User, incident: Incident, action: str, **posted: str) -> Any:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    address = reverse("reports:incident_action", args=[incident.pk, action])
    return client.post(address, posted, follow=True)


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def logged(incident: Incident) -> list[tuple[str, bool, str]]:
    rows = IncidentAction.objects.filter(incident=incident)
    return list(rows.values_list("action", "succeeded", "detail"))


def only(kind: str) -> Incident:
    return Incident.objects.get(kind=kind)


@pytest.fixture
def stuck(world: World) -> Incident:
    world.late_payment.refunds.update(
        status="failed",
        failure_code="no_funds",
        attempts=5,
        next_attempt_at=timezone.now() + timedelta(hours=1),
        created_at=timezone.now() - timedelta(days=2),
    )
    runner.run_check(REFUND_STUCK, timezone.now())
    return only("refund_stuck")


def test_retry_refund_makes_it_due(world: World, stuck: Incident) -> None:
    manager = factories.make_manager(world.cinema)

    answer = run_action(manager, stuck, "retry_refund")

    assert messages_of(answer) == ["The refund is sent to its provider within seconds."]
    refund = world.late_payment.refunds.get()
    assert refund.next_attempt_at is not None
    assert refund.next_attempt_at <= timezone.now()
    assert logged(stuck) == [("retry_refund", True, "")]
    assert IncidentAction.objects.get().by == manager


def test_take_over_refund_creates_a_manual_payout(world: World, stuck: Incident) -> None:
    run_action(factories.make_manager(world.cinema), stuck, "take_over_refund")

    refund = world.late_payment.refunds.get()
    assert (refund.status, ManualPayout.objects.get().refund) == ("manual", refund)
    again = run_action(factories.make_manager(world.cinema), stuck, "take_over_refund")
    assert messages_of(again) == ["The payment provider may still send this refund."]
    assert logged(stuck) == [
        ("take_over_refund", True, ""),
        ("take_over_refund", False, "The payment provider may still send this refund."),
    ]


def test_moving_money_needs_recent_authentication(world: World, stuck: Incident) -> None:
    manager = factories.make_manager(world.cinema)
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(manager)
    session = client.session
    session[AT_KEY] = (timezone.now() - RECENT).timestamp()
    session.save()

    answer = client.post(reverse("reports:incident_action", args=[stuck.pk, "retry_refund"]))

    assert (answer.status_code, "Confirm that it is you" in answer.content.decode()) == (403, True)
    assert logged(stuck) == []


@pytest.mark.parametrize(
    ("role", "status", "tried"),
    [(Role.AUDITOR, 403, []), (Role.USHER, 403, []), (None, 404, [])],
)
def test_outsiders_cannot_run_actions(
    world: World, stuck: Incident, role: Role | None, status: int, tried: list[Any]
) -> None:
    someone = (
        factories.make_staff(role, world.cinema)
        if role
        else factories.make_manager(factories.make_cinema())
    )

    assert run_action(someone, stuck, "retry_refund").status_code == status
    assert logged(stuck) == tried


def test_resend_message_requeues_it(world: World) -> None:
    Message.objects.filter(booking=world.paid).update(status="dead", sent_at=None)
    runner.run_check(MESSAGE_DEAD, timezone.now())
    incident = only("message_dead")

    run_action(factories.make_manager(world.cinema), incident, "resend_message")
    again = run_action(factories.make_manager(world.cinema), incident, "resend_message")

    assert world.paid.messages.get().status == "waiting"
    assert messages_of(again) == ["Only a message that was given up can be sent again."]
    runner.run_check(MESSAGE_DEAD, timezone.now())
    incident.refresh_from_db()
    assert incident.healed_at is not None


def test_release_seat_frees_an_orphaned_hold(world: World) -> None:
    Hold.objects.filter(pk=world.hold.pk).update(ended_at=timezone.now(), end="released")
    runner.run_all(timezone.now())
    incident = only("held_seat_of_ended_hold")

    run_action(factories.make_manager(world.cinema), incident, "release_seat")

    seat = ShowtimeSeat.objects.get(pk=incident.facts["subject"])
    assert (seat.status, seat.hold) == ("available", None)
    checked = run_action(factories.make_manager(world.cinema), incident, "check_again")
    assert messages_of(checked) == ["It is in order now."]
    incident.refresh_from_db()
    assert incident.healed_at is not None


def test_check_again_reports_a_persisting_violation(world: World) -> None:
    world.paid.tickets.update(price_rupiah=1)
    runner.run_all(timezone.now())
    incident = only("confirmed_booking_tickets_disagree")

    answer = run_action(factories.make_manager(world.cinema), incident, "check_again")

    assert messages_of(answer) == ["It is still so."]
    assert logged(incident) == [("check_again", False, "It is still so.")]


def test_resend_report_requeues_the_delivery(world: World) -> None:
    at = timezone.now()
    schedule = ReportSchedule.objects.create(
        user=factories.make_manager(world.cinema),
        report="sales-by-day",
        file_format="csv",
        language="en",
        period="daily",
        hour=7,
        time_zone="Asia/Jakarta",
        created_at=at,
        next_due_at=at + timedelta(days=1),
    )
    schedule.cinemas.add(world.cinema)
    delivery = ReportDelivery.objects.create(
        schedule=schedule, first=at.date(), last=at.date(), status="dead", attempts=8
    )
    runner.run_check(REPORT_NOT_SENT, at)

    run_action(factories.make_manager(world.cinema), only("report_not_sent"), "resend_report")

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("waiting", 0)


def test_late_payment_heals_when_refunded_and_can_return(world: World) -> None:
    at = timezone.now()
    runner.run_check(PAYMENT_TOO_LATE, at)
    incident = only("payment_too_late")
    refund = world.late_payment.refunds.get()
    send_back(refund)

    runner.run_check(PAYMENT_TOO_LATE, at + timedelta(minutes=1))

    incident.refresh_from_db()
    assert (incident.healed_at, incident.resolved_at) == (at + timedelta(minutes=1), None)
    back = incidents.record(
        incident.kind, incident.fingerprint, "Again.", {}, world.cinema, at + timedelta(hours=1)
    )
    assert (back.pk, back.healed_at, back.times_returned) == (incident.pk, None, 1)


def test_incident_page_shows_explanation_and_actions(world: World, stuck: Incident) -> None:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(factories.make_manager(world.cinema))
    page = reverse("admin:reports_incident_change", args=[stuck.pk])

    shown = unescape(client.get(page).content.decode())

    kind = monitoring_kinds.kind_of("refund_stuck")
    wanted = [kind.label, kind.affected, kind.advice, *(ACTIONS[one].label for one in kind.actions)]
    assert [str(text) for text in wanted if str(text) not in shown] == []
    client.force_login(factories.make_staff(Role.AUDITOR, world.cinema))
    assert str(ACTIONS["retry_refund"].label) not in client.get(page).content.decode()


def test_every_kind_has_texts_and_known_actions() -> None:
    known = {check.kind for check in runner.HEALTH_CHECKS} | {one.name for one in INVARIANTS}
    kinds = {name: monitoring_kinds.kind_of(name) for name in known}

    assert [name for name, kind in kinds.items() if not (kind.label and kind.advice)] == []
    assert {one for kind in kinds.values() for one in kind.actions} - ACTIONS.keys() == set()
