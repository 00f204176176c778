"""Starting a payment at the provider's page, and the state after a failing provider."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from bookings.errors import (
    AmountBelowMinimum,
    BookingClosed,
    BookingNotFound,
    PaymentRefused,
    PaymentRunning,
    PaymentUnavailable,
    ProviderUnknown,
)
from bookings.models import Booking, Payment
from bookings.orders.checkout import abandon_booking
from bookings.settlement.expiry import expire_overdue_bookings
from bookings.settlement.settle import refresh
from bookings.settlement.start_payment import start_payment
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import (
    Outcome,
    hold_of,
    order_of,
    outcome,
    pass_time,
    seat_ids,
    settle_as,
)
from tests.factories import make_showtime, make_voucher

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

STARTED = ("created", "payment_started")
TRYING = ("pending", 0, 0, 0, False)


@pytest.fixture
def order() -> Booking:
    showtime = make_showtime(rows="A", seats_per_row=2)
    return order_of(hold_of(showtime, seat_ids(showtime)))


def start(booking: Booking, provider: str = "paper") -> Payment:
    return start_payment(
        booking_id=booking.pk,
        provider=provider,
        return_url="http://testserver/back/",
        at=timezone.now(),
    )


def waiting(*payments: tuple[str, int, int, int, bool], ledger: tuple[str, ...]) -> Outcome:
    return Outcome("pending", ("held",) * 2, ("line",) * 2, payments, ledger, 0)


def test_start_payment_opens_the_providers_page_until_the_seats_open(
    order: Booking, bank: FakeProvider
) -> None:
    payment = start(order)

    assert (payment.reference, payment.redirect_url) == (
        f"paper-{payment.pk}",
        f"https://paper.test/paper-{payment.pk}",
    )
    assert (payment.amount_rupiah, payment.currency) == (order.total_rupiah, "IDR")
    assert payment.expires_at == order.expires_at
    assert outcome(order) == waiting(TRYING, ledger=STARTED)


def test_start_payment_again_gives_the_same_page(order: Booking, bank: FakeProvider) -> None:
    first, second = start(order), start(order)

    assert (first.pk, first.redirect_url) == (second.pk, second.redirect_url)
    assert bank.asked == ["create"]
    assert outcome(order) == waiting(TRYING, ledger=STARTED)


def test_start_payment_at_another_provider_while_one_runs_is_refused(
    order: Booking, bank: FakeProvider
) -> None:
    start(order)

    with pytest.raises(PaymentRunning):
        start(order, "sandbox")

    assert outcome(order) == waiting(TRYING, ledger=STARTED)


def test_start_payment_of_nothing_we_know_is_refused(
    order: Booking, bank: FakeProvider, settings: Settings
) -> None:
    settings.SANDBOX_ENABLED = False

    with pytest.raises(BookingNotFound):
        start(Booking(pk=uuid.uuid4()))
    with pytest.raises(ProviderUnknown):
        start(order, "barter")
    with pytest.raises(ProviderUnknown):
        start(order, "sandbox")  # not where tickets cost money

    assert outcome(order) == waiting(ledger=("created",))


def test_start_payment_below_the_providers_minimum_is_refused(
    order: Booking, bank: FakeProvider
) -> None:
    bank.minimum_rupiah = order.total_rupiah + 1
    with pytest.raises(AmountBelowMinimum) as refusal:
        start(order)
    assert refusal.value.facts == {"minimum_rupiah": order.total_rupiah + 1}
    assert (bank.asked, outcome(order)) == ([], waiting(ledger=("created",)))

    bank.minimum_rupiah = order.total_rupiah
    start(order)

    assert outcome(order) == waiting(TRYING, ledger=STARTED)


def test_start_payment_after_its_time_is_refused(order: Booking, bank: FakeProvider) -> None:
    pass_time(301)

    with pytest.raises(BookingClosed):
        start(order)

    assert (bank.asked, outcome(order)) == ([], waiting(ledger=("created",)))


def test_start_payment_without_response_keeps_the_payment_for_a_retry(
    order: Booking, bank: FakeProvider
) -> None:
    bank.mood = "away"
    with pytest.raises(PaymentUnavailable):
        start(order)
    kept = Payment.objects.get()
    assert (kept.status, kept.reference, kept.redirect_url) == ("created", None, "")

    bank.mood = "well"
    payment = start(order)

    assert payment.pk == kept.pk
    assert outcome(order) == waiting(TRYING, ledger=STARTED)


def test_lost_answer_found_by_the_poller_still_leads_to_the_page(
    order: Booking, bank: FakeProvider
) -> None:
    """The poller finds the reference but not the page: the customer's next attempt must get the
    page."""
    bank.mood = "deaf"
    with pytest.raises(PaymentUnavailable):
        start(order)
    bank.mood = "well"
    refresh(payment_id=Payment.objects.get().pk, at=timezone.now())
    found = Payment.objects.get()
    assert (found.status, found.redirect_url) == ("pending", "")

    payment = start(order)

    assert payment.redirect_url == f"https://paper.test/paper-{found.pk}"
    assert Payment.objects.get().redirect_url == payment.redirect_url
    assert outcome(order) == waiting(TRYING, ledger=STARTED)


def test_provider_that_refuses_ends_the_attempt_not_the_order(
    order: Booking, bank: FakeProvider
) -> None:
    bank.mood = "refusing"
    with pytest.raises(PaymentRefused):
        start(order)
    refused = ("failed", 0, 0, 0, False)
    assert outcome(order) == waiting(refused, ledger=(*STARTED, "payment_failed"))
    assert Payment.objects.get().failure_code == "not_today"

    bank.mood = "well"
    second = start(order)

    assert second.redirect_url == f"https://paper.test/paper-{second.pk}"
    assert outcome(order) == waiting(
        refused, TRYING, ledger=(*STARTED, "payment_failed", "payment_started")
    )


@pytest.mark.parametrize("end", ["abandoned", "expired"])
def test_booking_that_ends_during_the_request_gets_no_payment_page(
    order: Booking, bank: FakeProvider, end: str
) -> None:
    def end_order() -> None:
        if end == "abandoned":
            abandon_booking(booking_id=order.pk, at=timezone.now())
        else:
            pass_time(301)
            expire_overdue_bookings(timezone.now())

    bank.meanwhile = end_order

    with pytest.raises(BookingClosed):
        start(order)

    payment = Payment.objects.get()
    assert (payment.status, payment.reference) == ("pending", f"paper-{payment.pk}")


def test_webhook_before_the_providers_response_is_applied(
    order: Booking, bank: FakeProvider
) -> None:
    def pay_at_once() -> None:
        payment = Payment.objects.get()
        settle_as(payment, reference=f"paper-{payment.pk}")

    bank.meanwhile = pay_at_once

    payment = start(order)

    assert (payment.status, payment.reference) == ("succeeded", f"paper-{payment.pk}")
    assert outcome(order).status == "confirmed"


def free_order(**voucher: Any) -> Booking:
    make_voucher(**{"code": "GRATIS", "kind": "percent", "value": 100} | voucher)
    showtime = make_showtime(rows="A", seats_per_row=2)
    return order_of(hold_of(showtime, seat_ids(showtime)), voucher_code="GRATIS")


def test_free_order_is_confirmed_without_asking_a_provider(
    bank: FakeProvider, settings: Settings
) -> None:
    settings.SERVICE_FEE_RUPIAH = 0
    order = free_order()

    payment = start(order)

    assert payment.status == "succeeded"
    assert bank.asked == []
    assert outcome(order) == Outcome(
        "confirmed",
        ("ours",) * 2,
        ("live",) * 2,
        (("succeeded", 0, 0, 0, True),),
        (*STARTED, "payment_succeeded", "confirmed"),
        0,
        hold="sold",
        voucher_uses=1,
    )
    with pytest.raises(BookingClosed):
        start(order)


def test_voucher_for_the_tickets_leaves_the_fee_to_be_paid(bank: FakeProvider) -> None:
    order = free_order()

    payment = start(order)

    assert (payment.amount_rupiah, bank.asked) == (6_000, ["create"])


@pytest.mark.parametrize("hours", [-1, 1])
def test_application_with_a_wrong_clock_sells_within_the_hold(
    order: Booking, bank: FakeProvider, hours: int
) -> None:
    """The database's clock, which all processes share, decides whether a payment is in time."""
    wrong = timezone.now() + timedelta(hours=hours)
    assert expire_overdue_bookings(wrong) == 0

    payment = start_payment(
        booking_id=order.pk, provider="paper", return_url="http://testserver/back/", at=wrong
    )
    assert payment.redirect_url == f"https://paper.test/paper-{payment.pk}"
    bank.pay(payment)
    refresh(payment_id=payment.pk, at=wrong)

    assert outcome(order).status == "confirmed"
