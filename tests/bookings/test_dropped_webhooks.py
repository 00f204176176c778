"""An hour without webhooks: periodic tasks alone settle every paid booking."""

from __future__ import annotations

import random

import pytest
from django.utils.timezone import now

from bookings.models import Booking, Payment, ProviderEvent
from bookings.refunds.refunds import send_due_refunds
from bookings.settlement.expiry import expire_overdue_bookings
from bookings.settlement.polling import poll_payments
from bookings.settlement.start_payment import start_payment
from core.errors import LayarError
from movies.models import Showtime
from reports.monitoring.invariants import check_invariants
from seating.holds import transitions
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import book_violations, hold_of, order_of, pass_time, seat_ids
from tests.factories import make_showtime

MINUTES = 60
ORDERS = 40
# When the customer pays after ordering, in minutes: at once, in time, just too late, never.
PAY_AFTER = (0, 1, 3, 4, 6, 9, None)
QUIET_MINUTES = 30


def beat() -> None:
    expire_overdue_bookings(now())
    transitions.sweep_expired_holds()
    poll_payments(now())
    send_due_refunds(now())


def order(bank: FakeProvider, showtime: Showtime, number: int, chance: random.Random) -> Payment:
    """A booking of one or two free seats."""
    visitor = f"web:{number}"
    seats = seat_ids(showtime)
    for _attempt in range(50):
        try:
            held = hold_of(showtime, chance.sample(seats, chance.choice([1, 2])), visitor)
        except LayarError:
            continue
        booking = order_of(held, visitor=visitor)
        return start_payment(booking_id=booking.pk, provider="paper", return_url="x", at=now())
    raise AssertionError("no seat is free")


@pytest.mark.django_db
def test_an_hour_without_webhooks_ends_every_paid_order(bank: FakeProvider) -> None:
    chance = random.Random(1)
    showtime = make_showtime(rows="AB", seats_per_row=9)
    begin = sorted(chance.randrange(MINUTES) for _order in range(ORDERS))
    to_pay: list[tuple[int, Payment]] = []

    for minute in range(MINUTES + QUIET_MINUTES):
        while begin and begin[0] == minute:
            begin.pop(0)
            try:
                payment = order(bank, showtime, len(begin), chance)
            except AssertionError:
                continue  # sold out
            after = chance.choice(PAY_AFTER)
            if after is not None:
                to_pay.append((minute + after, payment))
        for when, payment in to_pay:
            if when == minute:
                bank.pay(payment)
        pass_time(60)
        beat()

    paid = [Payment.objects.get(pk=payment.pk) for _when, payment in to_pay]
    ends = {
        "confirmed"
        if payment.applied_at
        else f"{payment.refunded_rupiah - payment.captured_rupiah}"
        for payment in paid
        if payment.status == "succeeded"
    }
    assert {payment.status for payment in paid} == {"succeeded"}
    assert ends == {"confirmed", "0"}  # 0: fully refunded
    assert not ProviderEvent.objects.exists()
    assert not Booking.objects.filter(status="pending").exists()
    assert book_violations() == []
    assert check_invariants() == []
