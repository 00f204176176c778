"""Reconciliation: the comparison, the command, the daily task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bookings import tasks
from bookings.models import Payment
from bookings.payments import registry
from bookings.payments.base import ProviderReport
from bookings.settlement import reconciliation
from bookings.settlement.reconciliation import difference
from bookings.settlement.start_payment import start_payment
from sandbox_bank import charges
from sandbox_bank.models import Charge, Scenario
from tests.bookings.fixtures import (
    outcome,
    settle_as,
)
from tests.bookings.outcomes import CONFIRMED, TOTAL
from tests.payments.conftest import RETURN_URL, new_order, started
from tests.payments.fakes.stripe import FakeStripe
from tests.payments.providers import StripeDriver

pytestmark = pytest.mark.django_db


def today() -> date:
    return timezone.now().astimezone(UTC).date()


# --- The comparison --------------------------------------------------------------------
OURS = Payment(
    provider="x",
    reference="r",
    status="succeeded",
    amount_rupiah=100,
    captured_rupiah=100,
    refund_due_rupiah=60,
    refunded_rupiah=20,
)
THEIRS = ProviderReport("r", "succeeded", 100, "IDR", str(OURS.pk), refunded_rupiah=20)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, None),
        ({"refunded_rupiah": None}, None),
        ({"refunded_rupiah": 60}, None),  # arrived there, not yet written here
        ({"refunded_rupiah": 61}, "refund"),
        ({"refunded_rupiah": 19}, "refund"),  # it failed after all
        ({"amount_rupiah": 99}, "amount"),
        ({"currency": "USD"}, "amount"),
        ({"merchant_reference": "another"}, "amount"),
        ({"status": "pending"}, "state"),
        ({"status": "cancelled"}, "state"),
    ],
)
def test_difference_of_a_paid_payment(changes: dict[str, Any], kind: str | None) -> None:
    assert difference(OURS, replace(THEIRS, **changes)) == kind


def test_fully_refunded_payment_may_be_cancelled_at_the_provider() -> None:
    void = Payment(status="succeeded", captured_rupiah=100, refund_due_rupiah=100)

    assert difference(void, replace(THEIRS, status="cancelled")) is None


# --- With the sandbox, and on the command line ------------------------------------------------
@pytest.fixture
def _sandbox(bank: str) -> Iterator[None]:
    yield
    # A connection that is kept open keeps a thread of the server, and its database session.
    registry.provider("sandbox")._http.close()  # type: ignore[attr-defined]
    registry._instance.cache_clear()


@pytest.mark.usefixtures("_sandbox")
@pytest.mark.django_db(transaction=True)
def test_sandbox_is_reconciled_from_its_list(capsys: pytest.CaptureFixture[str]) -> None:
    booking = new_order()
    payment = start_payment(
        booking_id=booking.pk, provider="sandbox", return_url=RETURN_URL, at=timezone.now()
    )
    charge = Charge.objects.get()
    charges.choose(charge.reference, Scenario.WEBHOOK_DROPPED, delay_seconds=0, at=timezone.now())

    call_command("reconcile_payments", day=today(), provider=["sandbox"])

    assert outcome(booking) == CONFIRMED
    assert capsys.readouterr().out.splitlines() == [
        f"sandbox {today()}: 1 compared, 1 healed",
        f"  healed state {payment.reference}: ours pending, 0 IDR, 0 back; "
        f"theirs succeeded, {TOTAL} IDR, 0 back",
    ]


def test_command_fails_while_discrepancies_are_open(
    stripe: FakeStripe, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SANDBOX_ENABLED = False
    payment = started(StripeDriver(stripe))
    settle_as(payment)

    with pytest.raises(CommandError, match="1 left"):
        call_command("reconcile_payments", day=today())

    assert capsys.readouterr().out.splitlines() == [
        f"stripe {today()}: 1 compared, 0 healed",
        f"  OPEN state {payment.reference}: ours succeeded, {TOTAL} IDR, 0 back; "
        f"theirs pending, {TOTAL} IDR, 0 back",
    ]


def test_periodic_task_compares_the_last_two_days(stripe: FakeStripe, settings: Any) -> None:
    settings.SANDBOX_ENABLED = False
    payment = started(StripeDriver(stripe))
    settle_as(payment)
    Payment.objects.update(created_at=timezone.now() - timedelta(days=2))

    runs = reconciliation.reconcile_recent(timezone.now())

    assert [(run.provider, run.day, len(run.open)) for run in runs] == [
        ("stripe", today() - timedelta(days=2), 1),
        ("stripe", today() - timedelta(days=1), 0),
    ]
    assert tasks.reconcile_payments() == 2
