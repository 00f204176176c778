"""Bookings whose payments fail, are late, or are reported in any order."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.models import Payment
from bookings.payments.base import ReportStatus
from bookings.settlement.settle import WATCH_HOURS, settle
from movies.models import Showtime
from tests.bookings.fixtures import (
    Outcome,
    outcome,
    pass_time,
    report_on,
    settle_as,
)
from tests.bookings.outcomes import (
    ALL_SIGNALS,
    CONFIRMED,
    OWED,
    PAID,
    STARTED,
    TOTAL,
    expire_and_sweep,
    recorded_signals,
    refunded,
)
from tests.factories import (
    make_booking,
    make_payment,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]


# ------------------------------------------------------------------ the showtime, meanwhile


def test_success_within_the_hold_confirms_after_the_start() -> None:
    booking = make_booking()
    begin(booking.showtime)

    settle_as(booking.payments.get())

    assert outcome(booking) == CONFIRMED


@pytest.mark.parametrize("swept", [True, False])
def test_late_success_after_the_film_has_begun_is_refunded(swept: bool) -> None:
    booking = make_booking()
    begin(booking.showtime)
    if swept:
        expire_and_sweep()
    else:
        pass_time(301)

    settle_as(booking.payments.get())

    end = outcome(booking)
    assert (end.seats, end.tickets) == (("available",) * 2, ("line",) * 2)
    assert (end.payments, end.refunds) == ((OWED,), ((TOTAL, "late", "due"),))
    assert end.status == ("expired" if swept else "failed")


def test_success_for_a_cancelled_showtime_is_refunded() -> None:
    booking = make_booking()
    Showtime.objects.update(cancelled_at=timezone.now())

    settle_as(booking.payments.get())

    ledger = ("payment_succeeded", "failed", "refund_due")
    assert outcome(booking) == refunded("failed", "late", hold="released", ledger=ledger)


def begin(showtime: Showtime) -> None:
    begun = timezone.now() - timedelta(minutes=1)
    Showtime.objects.filter(pk=showtime.pk).update(starts_at=begun, sale_closes_at=begun)


# ------------------------------------------------------------------ no success


@pytest.mark.parametrize(
    ("word", "status", "hold"),
    [
        ("failed", "failed", "released"),
        ("cancelled", "failed", "released"),
        ("expired", "expired", "expired"),
    ],
)
def test_payment_that_fails_after_the_hold_ended_closes_the_booking(
    word: ReportStatus, status: str, hold: str
) -> None:
    booking = make_booking()
    pass_time(301)

    with recorded_signals(*ALL_SIGNALS) as sent:
        payment = settle_as(booking.payments.get(), word)

    assert outcome(booking) == Outcome(
        status,
        ("available", "available"),
        ("line", "line"),
        ((word, 0, 0, 0, False),),
        (*STARTED, "payment_failed", status),
        0,
        hold=hold,
    )
    assert sent == [(status, status)]
    assert payment.failure_code == f"because_{word}"


@pytest.mark.parametrize("word", ["failed", "cancelled", "expired"])
def test_payment_that_fails_leaves_the_booking_open_until_its_hold_ends(
    word: ReportStatus,
) -> None:
    booking = make_booking()

    with recorded_signals(*ALL_SIGNALS) as sent:
        payment = settle_as(booking.payments.get(), word)

    failed = ((word, 0, 0, 0, False),)
    ledger = (*STARTED, "payment_failed")
    open_booking = Outcome("pending", ("held",) * 2, ("line",) * 2, failed, ledger, 0)
    assert (outcome(booking), sent) == (open_booking, [])
    assert payment.failure_code == f"because_{word}"

    expire_and_sweep()

    assert outcome(booking) == Outcome(
        "expired",
        ("available",) * 2,
        ("line",) * 2,
        failed,
        (*ledger, "expired"),
        0,
        hold="expired",
    )


def test_success_after_a_reported_failure_confirms_within_the_hold() -> None:
    booking = make_booking()
    settle_as(booking.payments.get(), "failed")

    settle_as(booking.payments.get())

    ledger = (*STARTED, "payment_failed", "payment_succeeded", "confirmed")
    assert outcome(booking) == replace(CONFIRMED, ledger=ledger)


def test_failure_reported_twice_changes_nothing_more() -> None:
    booking = make_booking()
    settle_as(booking.payments.get(), "failed")
    before = outcome(booking)

    settle_as(booking.payments.get(), "failed")
    settle_as(booking.payments.get(), "expired")

    assert outcome(booking) == before


def test_failure_of_one_payment_leaves_the_order_to_another() -> None:
    booking = make_booking()
    first, second = booking.payments.get(), make_payment(booking)

    settle_as(first, "failed")
    assert outcome(booking).status == "pending"
    settle_as(second)

    end = outcome(booking)
    assert (end.status, end.payments) == ("confirmed", (("failed", 0, 0, 0, False), PAID))


def test_pending_is_taken_note_of() -> None:
    booking = make_booking()
    Payment.objects.update(status="created", reference=None)

    payment = settle_as(booking.payments.get(), "pending")

    assert (payment.status, payment.reference) == ("pending", f"ref-{payment.pk}")
    assert payment.poll_at is not None
    assert outcome(booking).status == "pending"


@pytest.mark.parametrize("word", ["pending", "failed", "expired", "cancelled"])
def test_reports_after_success_are_ignored(word: ReportStatus) -> None:
    booking = make_booking()
    settle_as(booking.payments.get())

    payment = settle_as(booking.payments.get(), word)

    assert outcome(booking) == CONFIRMED
    assert (payment.status, payment.poll_at) == ("succeeded", None)


@pytest.mark.parametrize(
    "words", list(itertools.permutations(["pending", "failed", "expired", "succeeded"]))
)
def test_words_in_every_order_end_with_the_seats_once(words: tuple[ReportStatus, ...]) -> None:
    booking = make_booking()

    for word in (*words, *words):
        settle_as(booking.payments.get(), word)

    end = outcome(booking)
    assert (end.status, end.seats, end.tickets) == ("confirmed", ("ours",) * 2, ("live",) * 2)
    assert (end.payments, end.refunds, end.balance_rupiah) == ((PAID,), (), TOTAL)
    assert end.ledger.count("confirmed") == end.ledger.count("payment_succeeded") == 1


def test_closed_payment_is_polled_with_growing_intervals_for_a_day() -> None:
    booking = make_booking()
    at, payment = timezone.now(), booking.payments.get()
    ends = payment.expires_at

    def next_look_after(seconds: float) -> float | None:
        told_at = ends + timedelta(seconds=seconds)
        settled = settle(payment_id=payment.pk, report=report_on(payment, "failed"), at=told_at)
        return (settled.poll_at - ends).total_seconds() if settled.poll_at else None

    assert at < ends
    assert [next_look_after(seconds) for seconds in (-200, 30, 60, 3_600)] == [30, 60, 120, 7_200]
    assert next_look_after(WATCH_HOURS * 3_600 + 1) is None


# ------------------------------------------------------------------ overdue bookings
