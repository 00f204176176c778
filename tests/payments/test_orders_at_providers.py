"""An order, its money and its seats, with each real provider's fake at the other end of the wire.

What a provider's word does to an order is proved in tests/bookings; here that the word arrives.
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
from bookings.settlement.start_payment import start_payment
from tests.bookings.fixtures import (
    BUDI,
    book_violations,
    hold_of,
    order_of,
    outcome,
    pass_time,
    seat_ids,
)
from tests.bookings.outcomes import CONFIRMED, TOTAL
from tests.factories import make_showtime
from tests.payments.conftest import RETURN_URL
from tests.payments.fakes.midtrans import FakeMidtrans
from tests.payments.fakes.server import Fault
from tests.payments.tills import MidtransTill, StripeTill, Till

pytestmark = pytest.mark.django_db

OUTAGE: list[Fault] = ["5xx"] * ATTEMPTS_MAX  # as long as one call tries


@pytest.fixture
def order() -> Booking:
    showtime = make_showtime()
    return order_of(hold_of(showtime, seat_ids(showtime)[:2]))


@pytest.fixture
def payment(order: Booking, till: Till) -> Payment:
    """The order's payment, its page open at the provider."""
    return start(order, till)


@pytest.fixture(autouse=True)
def _books(db: None) -> Any:
    yield
    assert book_violations() == []


def start(order: Booking, till: Till) -> Payment:
    return start_payment(
        booking_id=order.pk, provider=till.name, return_url=RETURN_URL, at=timezone.now()
    )


def poll() -> None:
    """All that the beat does, long enough after everything."""
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
    order: Booking, payment: Payment, till: Till
) -> None:
    till.pay(payment)
    ring = till.ring(payment)

    assert [ring.send() for _time in range(3)] == [200, 200, 200]

    assert outcome(order) == CONFIRMED
    assert ProviderEvent.objects.count() == 1


def test_webhooks_out_of_order_end_with_the_truth(
    order: Booking, payment: Payment, till: Till
) -> None:
    if isinstance(till, MidtransTill):
        till.bank.choose(str(payment.pk))
    early = till.ring(payment)
    till.pay(payment)

    assert [till.ring(payment).send(), early.send()] == [200, 200]

    assert outcome(order) == CONFIRMED


def test_forged_webhook_changes_nothing(order: Booking, payment: Payment, till: Till) -> None:
    till.pay(payment)
    before = outcome(order)

    assert till.forged(payment).send() == 400

    assert outcome(order) == before
    assert ProviderEvent.objects.count() == 0


def test_genuine_webhook_for_somebody_elses_order_changes_nothing(
    order: Booking, payment: Payment, till: Till
) -> None:
    till.pay(payment)
    Payment.objects.update(provider="sandbox", reference="another")

    assert till.ring(payment).send() == 200

    assert outcome(order).status == "pending"


def test_webhook_while_the_provider_is_away_is_asked_for_again(
    order: Booking, payment: Payment, till: Till
) -> None:
    till.pay(payment)
    till.bank.faults = [*OUTAGE]

    assert [till.ring(payment).send(), till.ring(payment).send()] == [503, 200]

    assert outcome(order) == CONFIRMED


def test_lost_webhook_heals_by_polling(order: Booking, payment: Payment, till: Till) -> None:
    till.pay(payment)

    poll()

    assert outcome(order) == CONFIRMED


@pytest.mark.parametrize(
    "wrong", [{"amount_rupiah": TOTAL - 1000}, {"amount_rupiah": TOTAL + 1000}, {"currency": "USD"}]
)
def test_wrong_money_goes_back_whole(
    order: Booking, payment: Payment, till: Till, wrong: dict[str, Any]
) -> None:
    if wrong.get("currency") and isinstance(till, StripeTill):
        wrong = wrong | {"amount_rupiah": 7}  # a foreign sum in its own units
    till.pay(payment, **wrong)
    till.ring(payment).send()
    poll()

    captured = Payment.objects.get().captured_rupiah
    assert order.__class__.objects.get().status == "failed"
    assert refund_states() == [(captured, "mismatch", "refunded", "")]
    assert till.refunded_rupiah(payment) in (captured, captured // 100)


def test_page_of_an_expired_order_is_closed(order: Booking, payment: Payment, till: Till) -> None:
    pass_time(301)
    expire_overdue_bookings(timezone.now())

    poll_payments(timezone.now())

    payment.refresh_from_db()
    assert till.is_closed(payment)
    assert (payment.status, outcome(order).status) == ("expired", "expired")


def test_page_of_an_order_that_was_given_up_is_closed(
    order: Booking, payment: Payment, till: Till
) -> None:
    checkout.abandon_booking(booking_id=order.pk, at=timezone.now())

    poll_payments(timezone.now())

    payment.refresh_from_db()
    assert till.is_closed(payment)
    assert outcome(order).status == "cancelled"


def test_page_that_cannot_be_closed_now_is_closed_later(
    order: Booking, payment: Payment, till: Till
) -> None:
    checkout.abandon_booking(booking_id=order.pk, at=timezone.now())
    till.bank.faults = [*OUTAGE, *OUTAGE]

    poll_payments(timezone.now())
    before = till.is_closed(payment)
    pass_time(3600)
    poll_payments(timezone.now())

    assert (before, till.is_closed(payment)) == (False, True)


def test_late_money_gets_the_seats_that_are_still_free(
    order: Booking, payment: Payment, till: Till
) -> None:
    pass_time(301)
    expire_overdue_bookings(timezone.now())
    till.pay(payment)

    till.ring(payment).send()

    assert outcome(order).status == "confirmed"


def test_late_money_goes_back_when_the_seats_are_gone(
    order: Booking, payment: Payment, till: Till
) -> None:
    pass_time(301)
    expire_overdue_bookings(timezone.now())
    hold_of(order.showtime, seat_ids(order.showtime)[:1], visitor=BUDI)
    till.pay(payment)

    till.ring(payment).send()
    poll()

    assert refund_states() == [(TOTAL, "late", "refunded", "")]
    assert till.refunded_rupiah(payment) == TOTAL


@pytest.mark.parametrize("fault", ["lost", "slow", "5xx"])
def test_lost_answer_to_the_first_try_opens_no_second_page(
    order: Booking, till: Till, fault: Any
) -> None:
    till.bank.faults = [fault] * ATTEMPTS_MAX
    with pytest.raises(PaymentUnavailable):
        start(order, till)

    payment = start(order, till)
    till.pay(payment)
    till.ring(payment).send()

    assert outcome(order) == CONFIRMED


def test_refund_in_parts_survives_an_outage(order: Booking, payment: Payment, till: Till) -> None:
    till.pay(payment)
    till.ring(payment).send()
    owe(payment, 6000)
    owe(payment, 100_000)
    till.bank.faults = [*OUTAGE, *OUTAGE]

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
    assert till.refunded_rupiah(payment) == TOTAL


@pytest.mark.parametrize(
    ("told", "payment_status"),
    [("deny", "failed"), ("cancel", "cancelled"), ("expire", "expired"), ("pending", "pending")],
)
def test_midtrans_ends_an_attempt_without_money(
    midtrans: FakeMidtrans, order: Booking, told: str, payment_status: str
) -> None:
    till = MidtransTill(midtrans)
    payment = start(order, till)
    midtrans.choose(str(payment.pk), "credit_card")["transaction_status"] = told

    till.ring(payment).send()

    payment.refresh_from_db()
    assert payment.status == payment_status


def test_provider_that_the_cinema_does_not_take_is_refused(order: Booking, till: Till) -> None:
    cinema = order.showtime.studio.cinema
    cinema.payment_providers = ["sandbox"]
    cinema.save(update_fields=["payment_providers"])

    with pytest.raises(ProviderUnknown):
        start(order, till)


def owe(payment: Payment, amount_rupiah: int) -> None:
    with transaction.atomic():
        booking = lock_booking(payment.booking_id)
        locked = lock_payment(payment.pk, booking)
        create_refund(booking, locked, amount_rupiah, RefundReason.CANCELLATION, timezone.now())
