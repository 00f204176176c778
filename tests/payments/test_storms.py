"""Random events between customer, provider and us: every payment ends with seats or a refund.

Seeded, so that a failure can be reproduced; the state machine in tests/bookings works without HTTP.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from random import Random

import pytest
from django.utils import timezone

from bookings.errors import BookingClosed
from bookings.models import Booking, Payment, Refund
from bookings.orders import checkout
from bookings.payments.http import ATTEMPTS_MAX
from bookings.refunds.refunds import send_due_refunds
from bookings.settlement.expiry import expire_overdue_bookings
from bookings.settlement.polling import poll_payments
from bookings.settlement.reconciliation import reconcile
from bookings.settlement.start_payment import start_payment
from tests.bookings.fixtures import (
    BUDI,
    book_violations,
    hold_of,
    order_of,
    pass_time,
    seat_ids,
    seat_statuses,
)
from tests.factories import make_showtime
from tests.payments.conftest import RETURN_URL
from tests.payments.providers import ProviderDriver, WebhookRequest

pytestmark = pytest.mark.django_db

SEEDS = 12
STEPS = 12
QUIET_ROUNDS = 6


class Storm:
    """Random events around one booking."""

    def __init__(self, driver: ProviderDriver, seed: int) -> None:
        self.driver, self.random = driver, Random(seed)
        self.showtime = make_showtime()
        self.order = order_of(hold_of(self.showtime, seat_ids(self.showtime)[:2]))
        self.payment = start_payment(
            booking_id=self.order.pk, provider=driver.name, return_url=RETURN_URL, at=timezone.now()
        )
        self.is_paid = False
        self.recorded: list[WebhookRequest] = []

    def run(self) -> None:
        events: list[Callable[[], object]] = [
            self.pay, self.pay, self.webhook, self.webhook, self.replay, self.send_forged_webhook,
            self.poll, self.outage, self.time, self.expire, self.abandon, self.rival, self.refunds,
        ]  # fmt: skip
        for _step in range(STEPS):
            self.random.choice(events)()

    def pay(self) -> None:
        if not self.is_paid and not self.driver.is_closed(self.payment):
            self.driver.pay(self.payment)
            self.is_paid = True

    def webhook(self) -> None:
        if self.is_paid:
            self.recorded.append(self.driver.webhook(self.payment))
            self.recorded[-1].send()

    def replay(self) -> None:
        for webhook in self.random.sample(self.recorded, len(self.recorded)):
            webhook.send()

    def send_forged_webhook(self) -> None:
        if self.is_paid:
            assert self.driver.forged_webhook(self.payment).send() == 400

    def poll(self) -> None:
        poll_payments(timezone.now())

    def outage(self) -> None:
        self.driver.bank.faults.extend(["5xx"] * self.random.randint(1, 3 * ATTEMPTS_MAX))

    def time(self) -> None:
        pass_time(self.random.choice([31, 100, 301]))

    def expire(self) -> None:
        expire_overdue_bookings(timezone.now())

    def abandon(self) -> None:
        with contextlib.suppress(BookingClosed):
            checkout.abandon_booking(booking_id=self.order.pk, at=timezone.now())

    def rival(self) -> None:
        """Another customer takes a free seat."""
        if seat_statuses(self.showtime)[0] == "available":
            hold_of(self.showtime, seat_ids(self.showtime)[:1], visitor=BUDI)

    def refunds(self) -> None:
        Refund.objects.update(next_attempt_at=timezone.now())
        send_due_refunds(timezone.now())

    def settle_everything(self) -> None:
        """No more events; the periodic tasks run for a day."""
        self.driver.bank.faults.clear()
        for _round in range(QUIET_ROUNDS):
            pass_time(4 * 60 * 60)
            self.expire()
            self.poll()
            Refund.objects.exclude(status="refunded").update(next_attempt_at=timezone.now())
            send_due_refunds(timezone.now())


@pytest.mark.parametrize("seed", range(SEEDS))
def test_paid_order_ends_with_its_seats_or_its_money(driver: ProviderDriver, seed: int) -> None:
    storm = Storm(driver, seed)

    storm.run()
    storm.settle_everything()

    order, payment = Booking.objects.get(pk=storm.order.pk), Payment.objects.get()
    back = driver.refunded_rupiah(payment) if storm.is_paid else 0
    got_seats = order.status == "confirmed"
    assert not payment.is_unsettled
    assert (got_seats, back) == (
        (got_seats, 0 if got_seats else payment.amount_rupiah) if storm.is_paid else (False, 0)
    )
    assert book_violations() == []
    day = payment.created_at.date()
    assert [each.kind for each in reconcile(driver.name, day, timezone.now()).found] == []
