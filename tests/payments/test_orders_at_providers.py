"""Bookings paid through each provider's fake.

Settlement itself is tested in tests/bookings.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from bookings.errors import PaymentUnavailable, ProviderUnknown
from bookings.models import Booking, Payment, ProviderEvent, Refund, RefundReason
from bookings.orders import checkout
from bookings.orders.locks import lock_booking, lock_payment
from bookings.payments.http import ATTEMPTS_MAX
from bookings.refunds.refunds import create_refund, send_due_refunds
from bookings.settlement.expiry import expire_overdue_bookings
from bookings.settlement.polling import poll_payments
from tests.bookings.fixtures import (
    BUDI,
    hold_of,
    outcome,
    pass_time,
    seat_ids,
)
from tests.bookings.outcomes import CONFIRMED, TOTAL
from tests.payments.conftest import started
from tests.payments.fakes.server import Fault
from tests.payments.providers import MidtransDriver, ProviderDriver, StripeDriver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

OUTAGE: list[Fault] = ["5xx"] * ATTEMPTS_MAX  # every attempt of one call


@pytest.fixture
def payment(order: Booking, driver: ProviderDriver) -> Payment:
    """The booking's payment, its page open at the provider."""
    return started(driver, order)


def poll() -> None:
    """Run the periodic tasks after every lease has ended."""
    pass_time(61)
    poll_payments(timezone.now())
    Refund.objects.update(next_attempt_at=timezone.now())
    send_due_refunds(timezone.now())


def refund_states() -> list[tuple[int, str, str, str]]:
    return list(
        Refund.objects.order_by("created_at").values_list(
            "amount_rupiah", "reason", "status", "failure_code"
        )
    )


def test_paid_order_is_confirmed_by_one_webhook_of_many(
    order: Booking, payment: Payment, driver: ProviderDriver
) -> None:
    driver.pay(payment)
    webhook = driver.webhook(payment)

    assert [webhook.send() for _time in range(3)] == [200, 200, 200]

    assert outcome(order) == CONFIRMED
    assert ProviderEvent.objects.count() == 1


def test_webhooks_out_of_order_end_in_the_present_state(
    order: Booking, payment: Payment, driver: ProviderDriver
) -> None:
    if isinstance(driver, MidtransDriver):
        driver.bank.choose(str(payment.pk))
    early = driver.webhook(payment)
    driver.pay(payment)

    assert [driver.webhook(payment).send(), early.send()] == [200, 200]

    assert outcome(order) == CONFIRMED


def test_forged_webhook_changes_nothing(
    order: Booking, payment: Payment, driver: ProviderDriver
) -> None:
    driver.pay(payment)
    before = outcome(order)

    assert driver.forged_webhook(payment).send() == 400

    assert outcome(order) == before
    assert ProviderEvent.objects.count() == 0


def test_genuine_webhook_for_another_order_changes_nothing(
    order: Booking, payment: Payment, driver: ProviderDriver
) -> None:
    driver.pay(payment)
    Payment.objects.update(provider="sandbox", reference="another")

    assert driver.webhook(payment).send() == 200

    assert outcome(order).status == "pending"


def test_webhook_during_an_outage_gets_503(
    order: Booking, payment: Payment, driver: ProviderDriver
) -> None:
    driver.pay(payment)
    driver.bank.faults = [*OUTAGE]

    assert [driver.webhook(payment).send(), driver.webhook(payment).send()] == [503, 200]

    assert outcome(order) == CONFIRMED


def test_lost_webhook_is_replaced_by_polling(
    order: Booking, payment: Payment, driver: ProviderDriver
) -> None:
    driver.pay(payment)

    poll()

    assert outcome(order) == CONFIRMED


@pytest.mark.parametrize(
    "wrong", [{"amount_rupiah": TOTAL - 1000}, {"amount_rupiah": TOTAL + 1000}, {"currency": "USD"}]
)
def test_wrong_amount_is_refunded_in_full(
    order: Booking, payment: Payment, driver: ProviderDriver, wrong: dict[str, Any]
) -> None:
    if wrong.get("currency") and isinstance(driver, StripeDriver):
        wrong = wrong | {"amount_rupiah": 7}  # an amount in another currency's own units
    driver.pay(payment, **wrong)
    driver.webhook(payment).send()
    poll()

    captured = Payment.objects.get().captured_rupiah
    assert order.__class__.objects.get().status == "failed"
    assert refund_states() == [(captured, "mismatch", "refunded", "")]
    assert driver.refunded_rupiah(payment) in (captured, captured // 100)


def test_page_of_an_expired_order_is_closed(
    order: Booking, payment: Payment, driver: ProviderDriver
) -> None:
    pass_time(301)
    expire_overdue_bookings(timezone.now())

    poll_payments(timezone.now())

    payment.refresh_from_db()
    assert driver.is_closed(payment)
    assert (payment.status, outcome(order).status) == ("expired", "expired")


def test_page_of_an_abandoned_booking_is_closed(
    order: Booking, payment: Payment, driver: ProviderDriver
) -> None:
    checkout.abandon_booking(booking_id=order.pk, at=timezone.now())

    poll_payments(timezone.now())

    payment.refresh_from_db()
    assert driver.is_closed(payment)
    assert outcome(order).status == "cancelled"


def test_page_that_cannot_be_closed_now_is_closed_later(
    order: Booking, payment: Payment, driver: ProviderDriver
) -> None:
    checkout.abandon_booking(booking_id=order.pk, at=timezone.now())
    driver.bank.faults = [*OUTAGE, *OUTAGE]

    poll_payments(timezone.now())
    before = driver.is_closed(payment)
    pass_time(3600)
    poll_payments(timezone.now())

    assert (before, driver.is_closed(payment)) == (False, True)


def test_late_payment_gets_seats_that_are_still_free(
    order: Booking, payment: Payment, driver: ProviderDriver
) -> None:
    pass_time(301)
    expire_overdue_bookings(timezone.now())
    driver.pay(payment)

    driver.webhook(payment).send()

    assert outcome(order).status == "confirmed"


def test_late_payment_is_refunded_when_the_seats_are_taken(
    order: Booking, payment: Payment, driver: ProviderDriver
) -> None:
    pass_time(301)
    expire_overdue_bookings(timezone.now())
    hold_of(order.showtime, seat_ids(order.showtime)[:1], visitor=BUDI)
    driver.pay(payment)

    driver.webhook(payment).send()
    poll()

    assert refund_states() == [(TOTAL, "late", "refunded", "")]
    assert driver.refunded_rupiah(payment) == TOTAL


@pytest.mark.parametrize("fault", ["lost", "slow", "5xx"])
def test_lost_create_response_opens_no_second_page(
    order: Booking, driver: ProviderDriver, fault: Any
) -> None:
    driver.bank.faults = [fault] * ATTEMPTS_MAX
    with pytest.raises(PaymentUnavailable):
        started(driver, order)

    payment = started(driver, order)
    driver.pay(payment)
    driver.webhook(payment).send()

    assert outcome(order) == CONFIRMED


def test_partial_refunds_survive_an_outage(
    order: Booking, payment: Payment, driver: ProviderDriver
) -> None:
    driver.pay(payment)
    driver.webhook(payment).send()
    create_cancellation_refund(payment, 6000)
    create_cancellation_refund(payment, 100_000)
    driver.bank.faults = [*OUTAGE, *OUTAGE]

    send_due_refunds(timezone.now())
    during = refund_states()
    poll()
    poll()

    assert during == [
        (6000, "cancellation", "failed", "unavailable"),
        (100_000, "cancellation", "failed", "unavailable"),
    ]
    assert refund_states() == [
        (6000, "cancellation", "refunded", ""),
        (100_000, "cancellation", "refunded", ""),
    ]
    assert driver.refunded_rupiah(payment) == TOTAL


def test_provider_that_the_cinema_does_not_take_is_refused(
    order: Booking, driver: ProviderDriver
) -> None:
    cinema = order.showtime.studio.cinema
    cinema.payment_providers = ["sandbox"]
    cinema.save(update_fields=["payment_providers"])

    with pytest.raises(ProviderUnknown):
        started(driver, order)


def create_cancellation_refund(payment: Payment, amount_rupiah: int) -> None:
    with transaction.atomic():
        booking = lock_booking(payment.booking_id)
        locked = lock_payment(payment.pk, booking)
        create_refund(booking, locked, amount_rupiah, RefundReason.CANCELLATION, timezone.now())
