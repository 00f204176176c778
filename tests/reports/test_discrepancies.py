"""Incidents of payment discrepancies found by reconciliation."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from bookings.models import Payment
from bookings.settlement.reconciliation import Discrepancy, DiscrepancyKind
from bookings.signals import payment_discrepancy
from reports.models import Incident
from reports.monitoring.incidents import resolve
from tests.factories import make_booking, make_user

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
DAY = date(2026, 11, 22)


def send(found: Discrepancy) -> None:
    payment_discrepancy.send(Payment, discrepancy=found, at=AT)


def test_discrepancy_opens_one_incident_of_its_cinema() -> None:
    payment = make_booking().payments.get()
    found = Discrepancy(
        DiscrepancyKind.REFUND,
        "stripe",
        DAY,
        "cs_1",
        payment.pk,
        ours="succeeded, 106000 IDR, 0 back",
        theirs="succeeded, 106000 IDR, 6000 back",
    )

    send(found)
    send(found)

    incident = Incident.objects.get()
    assert (incident.kind, incident.fingerprint, incident.times_seen) == (
        "payment_discrepancy",
        f"payment:stripe:{payment.pk}:refund",
        2,
    )
    assert incident.cinema == payment.booking.showtime.studio.cinema
    assert incident.summary == "stripe: What went back differs"
    assert incident.facts == {
        "day": "2026-11-22",
        "reference": "cs_1",
        "payment": str(payment.pk),
        "ours": "succeeded, 106000 IDR, 0 back",
        "theirs": "succeeded, 106000 IDR, 6000 back",
    }


def test_resolved_discrepancy_does_not_reopen() -> None:
    found = Discrepancy(DiscrepancyKind.UNKNOWN, "stripe", DAY, "cs_1", theirs="succeeded")
    send(found)
    incident = Incident.objects.get()
    resolve(incident_id=incident.pk, by=make_user(), note="Refunded there.", at=timezone.now())

    send(found)

    assert Incident.objects.unresolved().count() == 0
    assert incident.cinema is None
