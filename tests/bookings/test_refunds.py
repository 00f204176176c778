"""Money on its way back: sent until the provider says it is done, and written down once."""

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
def owed(bank: FakeProvider) -> Booking:
    """An order that was given up and paid nevertheless."""
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


def test_refund_is_sent_and_written_down_once(owed: Booking, bank: FakeProvider) -> None:
    at = timezone.now()

    with recorded_signals(refund_completed) as sent:
        assert send_due_refunds(at) == 1
        assert send_due_refunds(later(120)) == 0

    refund = Refund.objects.get()
    assert bank.refunds == {refund.pk: TOTAL}
    assert (refund.attempts, refund.refunded_at, refund.next_attempt_at) == (1, at, None)
    assert outcome(owed) == after_refund("refunded", refunded=TOTAL, ledger=("refunded",))
    assert sent == [("cancelled", "refunded")]
    assert owed.events.get(kind="refunded").amount_rupiah == -TOTAL


def test_refund_that_fails_is_tried_again_with_growing_pauses(
    owed: Booking, bank: FakeProvider
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
    assert outcome(owed) == after_refund("refunded", refunded=TOTAL, ledger=(*failures, "refunded"))
    assert Refund.objects.get().failure_code == ""


@pytest.mark.parametrize(("mood", "failure"), [("away", "unavailable"), ("refusing", "not_today")])
def test_refund_outlives_a_provider_that_does_not_help(
    owed: Booking, bank: FakeProvider, mood: str, failure: str
) -> None:
    vars(bank)["mood"] = mood
    send_due_refunds(timezone.now())
    assert Refund.objects.get().failure_code == failure
    assert outcome(owed) == after_refund("failed", refunded=0, ledger=("refund_failed",))

    bank.mood = "well"
    send_due_refunds(later(2))

    ledger = ("refund_failed", "refunded")
    assert outcome(owed) == after_refund("refunded", refunded=TOTAL, ledger=ledger)


def test_refund_that_takes_its_time_is_noted_once(owed: Booking, bank: FakeProvider) -> None:
    bank.refund_answer = RefundReport("pending")
    send_due_refunds(timezone.now())
    send_due_refunds(later(2))
    assert outcome(owed) == after_refund("sent", refunded=0, ledger=("refund_sent",))

    bank.refund_answer = RefundReport("refunded")
    send_due_refunds(later(10))

    ledger = ("refund_sent", "refunded")
    assert outcome(owed) == after_refund("refunded", refunded=TOTAL, ledger=ledger)


def test_refund_under_way_is_left_alone_by_another_worker(
    owed: Booking, bank: FakeProvider
) -> None:
    at = timezone.now()
    sent_meanwhile: list[int] = []
    bank.meanwhile = lambda: sent_meanwhile.append(send_due_refunds(at))

    assert send_due_refunds(at) == 1

    assert sent_meanwhile == [0]
    assert outcome(owed) == after_refund("refunded", refunded=TOTAL, ledger=("refunded",))


def test_answer_that_comes_after_another_workers_changes_nothing(
    owed: Booking, bank: FakeProvider
) -> None:
    """The lease ran out, both asked, the provider gave one answer under one key."""
    bank.meanwhile = lambda: send_due_refunds(later(2))

    send_due_refunds(timezone.now())

    assert bank.asked == ["refund", "refund"]
    assert outcome(owed) == after_refund("refunded", refunded=TOTAL, ledger=("refunded",))


def test_refund_of_a_provider_that_was_removed_does_not_stop_the_others(
    owed: Booking, bank: FakeProvider, settings: Settings
) -> None:
    gone = make_booking(status="cancelled", cancelled_at=timezone.now())
    payment = gone.payments.get()
    payment.provider = "bankrupt"
    payment.save(update_fields=["provider"])
    settle_as(payment)
    Refund.objects.filter(payment=payment).update(next_attempt_at=later(-60))

    assert send_due_refunds(timezone.now()) == 2

    assert Refund.objects.get(payment=payment).failure_code == "provider_unknown"
    assert outcome(owed) == after_refund("refunded", refunded=TOTAL, ledger=("refunded",))


def test_more_than_was_captured_is_never_owed(owed: Booking) -> None:
    payment = owed.payments.get()
    before = outcome(owed)

    with (
        pytest.raises(IntegrityError, match="payment_refunds_within_capture"),
        transaction.atomic(),
    ):
        create_refund(owed, payment, 1, RefundReason.CANCELLATION, timezone.now())

    assert outcome(owed) == before


def test_nothing_is_owed_of_nothing() -> None:
    booking = make_booking()
    payment = make_payment(booking)

    assert create_refund(booking, payment, 0, RefundReason.LATE, timezone.now()) is None
    assert Refund.objects.count() == 0
