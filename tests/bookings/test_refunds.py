"""Refunds: sent until the provider confirms them, and recorded once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from bookings.models import Booking, Refund, RefundReason
from bookings.payments.base import RefundReport
from bookings.refunds.refunds import create_refund, send_due_refunds
from bookings.signals import refund_completed
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import Outcome, outcome, settle_as
from tests.bookings.outcomes import STARTED, TOTAL, recorded_signals
from tests.factories import make_booking, make_payment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

LATE = (*STARTED, "cancelled", "payment_succeeded", "refund_due")


@pytest.fixture
def due_refund(bank: FakeProvider) -> Booking:
    """A booking that was abandoned and paid nevertheless."""
    at = timezone.now()
    booking = make_booking(status="cancelled", cancelled_at=at)
    payment = booking.payments.get()
    payment.provider = "paper"
    payment.save(update_fields=["provider"])
    booking.events.create(kind="cancelled", at=at)
    settle_as(payment)
    return booking


def after_refund(status: str, *, refunded: int, ledger: tuple[str, ...]) -> Outcome:
    return Outcome(
        "cancelled",
        ("held", "held"),
        ("line", "line"),
        (("succeeded", TOTAL, TOTAL, refunded, False),),
        (*LATE, *ledger),
        TOTAL - refunded,
        refunds=((TOTAL, "late", status),),
    )


def later(minutes: float) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


def test_refund_is_sent_and_written_down_once(due_refund: Booking, bank: FakeProvider) -> None:
    at = timezone.now()

    with recorded_signals(refund_completed) as sent:
        assert send_due_refunds(at) == 1
        assert send_due_refunds(later(120)) == 0

    refund = Refund.objects.get()
    assert bank.refunds == {refund.pk: TOTAL}
    assert (refund.attempts, refund.refunded_at, refund.next_attempt_at) == (1, at, None)
    assert outcome(due_refund) == after_refund("refunded", refunded=TOTAL, ledger=("refunded",))
    assert sent == [("cancelled", "refunded")]
    assert due_refund.events.get(kind="refunded").amount_rupiah == -TOTAL


def test_refund_that_fails_is_tried_again_with_growing_pauses(
    due_refund: Booking, bank: FakeProvider
) -> None:
    bank.refund_answer = RefundReport("failed", "bank_closed")
    at = timezone.now()
    pauses = []
    for _attempt in range(8):
        assert send_due_refunds(at) == 1
        refund = Refund.objects.get()
        assert (refund.status, refund.failure_code) == ("failed", "bank_closed")
        assert refund.next_attempt_at is not None
        assert send_due_refunds(refund.next_attempt_at - timedelta(seconds=1)) == 0
        pauses.append((refund.next_attempt_at - at).total_seconds())
        at = refund.next_attempt_at
    assert pauses == [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]

    bank.refund_answer = RefundReport("refunded")
    send_due_refunds(at)

    failures = ("refund_failed",) * 8
    assert outcome(due_refund) == after_refund(
        "refunded", refunded=TOTAL, ledger=(*failures, "refunded")
    )
    assert Refund.objects.get().failure_code == ""


@pytest.mark.parametrize(("mood", "failure"), [("away", "unavailable"), ("refusing", "not_today")])
def test_refund_outlives_a_provider_that_does_not_help(
    due_refund: Booking, bank: FakeProvider, mood: str, failure: str
) -> None:
    vars(bank)["mood"] = mood
    send_due_refunds(timezone.now())
    assert Refund.objects.get().failure_code == failure
    assert outcome(due_refund) == after_refund("failed", refunded=0, ledger=("refund_failed",))

    bank.mood = "well"
    send_due_refunds(later(2))

    ledger = ("refund_failed", "refunded")
    assert outcome(due_refund) == after_refund("refunded", refunded=TOTAL, ledger=ledger)


def test_pending_refund_is_recorded_once(due_refund: Booking, bank: FakeProvider) -> None:
    bank.refund_answer = RefundReport("pending")
    send_due_refunds(timezone.now())
    send_due_refunds(later(2))
    assert outcome(due_refund) == after_refund("sent", refunded=0, ledger=("refund_sent",))

    bank.refund_answer = RefundReport("refunded")
    send_due_refunds(later(10))

    ledger = ("refund_sent", "refunded")
    assert outcome(due_refund) == after_refund("refunded", refunded=TOTAL, ledger=ledger)


def test_refund_under_way_is_left_alone_by_another_worker(
    due_refund: Booking, bank: FakeProvider
) -> None:
    at = timezone.now()
    sent_meanwhile: list[int] = []
    bank.meanwhile = lambda: sent_meanwhile.append(send_due_refunds(at))

    assert send_due_refunds(at) == 1

    assert sent_meanwhile == [0]
    assert outcome(due_refund) == after_refund("refunded", refunded=TOTAL, ledger=("refunded",))


def test_late_response_after_another_workers_changes_nothing(
    due_refund: Booking, bank: FakeProvider
) -> None:
    """The lease expired and both workers called; the provider made one refund under one key."""
    bank.meanwhile = lambda: send_due_refunds(later(2))

    send_due_refunds(timezone.now())

    assert bank.asked == ["refund", "refund"]
    assert outcome(due_refund) == after_refund("refunded", refunded=TOTAL, ledger=("refunded",))


def test_refund_of_a_provider_that_was_removed_does_not_stop_the_others(
    due_refund: Booking, bank: FakeProvider, settings: Settings
) -> None:
    gone = make_booking(status="cancelled", cancelled_at=timezone.now())
    payment = gone.payments.get()
    payment.provider = "bankrupt"
    payment.save(update_fields=["provider"])
    settle_as(payment)
    Refund.objects.filter(payment=payment).update(next_attempt_at=later(-60))

    assert send_due_refunds(timezone.now()) == 2

    assert Refund.objects.get(payment=payment).failure_code == "provider_unknown"
    assert outcome(due_refund) == after_refund("refunded", refunded=TOTAL, ledger=("refunded",))


def test_refund_due_never_exceeds_the_captured_amount(due_refund: Booking) -> None:
    payment = due_refund.payments.get()
    before = outcome(due_refund)

    with (
        pytest.raises(IntegrityError, match="payment_refunds_within_capture"),
        transaction.atomic(),
    ):
        create_refund(due_refund, payment, 1, RefundReason.CANCELLATION, timezone.now())

    assert outcome(due_refund) == before


def test_refund_of_an_uncaptured_payment_is_none() -> None:
    booking = make_booking()
    payment = make_payment(booking)

    assert create_refund(booking, payment, 0, RefundReason.LATE, timezone.now()) is None
    assert Refund.objects.count() == 0
