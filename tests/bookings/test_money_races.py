"""Concurrent transitions of one booking on two database connections have one outcome."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.utils import timezone

from bookings.errors import BookingClosed, NotCancellable, VoucherUsedUp
from bookings.models import Booking, Payment, Voucher
from bookings.orders import vouchers
from bookings.orders.checkout import abandon_booking
from bookings.refunds.cancellation import cancel_booking
from bookings.refunds.refunds import send_due_refunds
from bookings.settlement.expiry import expire_overdue_bookings
from bookings.settlement.settle import settle
from bookings.settlement.start_payment import start_payment
from seating.errors import HoldSealed
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import (
    SITI,
    book_violations,
    hold_of,
    order_of,
    outcome,
    pass_time,
    report_on,
    seat_ids,
)
from tests.bookings.outcomes import CONFIRMED, OWED, PAID, TOTAL, expire_and_sweep
from tests.bookings.threads import run_concurrently, second_session, wait_for_lock_waiter
from tests.factories import (
    make_booking,
    make_confirmed_booking,
    make_payment,
    make_showtime,
    make_voucher,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("consistent_books")]


def paying(payment: Payment) -> Callable[[], Payment]:
    return partial(settle, payment_id=payment.pk, report=report_on(payment), at=timezone.now())


def names(results: list[object]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def test_success_reported_four_times_at_once_confirms_once() -> None:
    booking = make_booking()

    results = run_concurrently(*[paying(booking.payments.get())] * 4)

    assert names(results) == ["Payment"] * 4
    assert outcome(booking) == CONFIRMED


def test_two_payments_of_one_order_at_once_apply_one_and_refund_the_other() -> None:
    booking = make_booking()
    second = make_payment(booking)

    run_concurrently(paying(booking.payments.exclude(pk=second.pk).get()), paying(second))

    end = outcome(booking)
    assert (end.status, sorted(end.payments)) == ("confirmed", sorted([PAID, OWED]))
    assert end.refunds == ((TOTAL, "duplicate", "due"),)


def test_two_late_payments_for_the_same_seats_at_once_sell_them_once() -> None:
    first = make_booking(make_showtime(rows="A", seats_per_row=2))
    expire_and_sweep()
    second = make_booking(first.showtime)
    expire_and_sweep()

    run_concurrently(paying(first.payments.get()), paying(second.payments.get()))

    ends = [outcome(first), outcome(second)]
    assert sorted(end.status for end in ends) == ["confirmed", "expired"]
    assert sorted(end.seats for end in ends) == [("ours", "ours"), ("sold", "sold")]
    assert sorted(end.payments for end in ends) == sorted([(PAID,), (OWED,)])


def test_success_and_expiry_at_once_end_with_the_seats() -> None:
    booking = make_booking()
    pass_time(301)

    run_concurrently(
        paying(booking.payments.get()), lambda: expire_overdue_bookings(timezone.now())
    )

    end = outcome(booking)
    assert (end.status, end.seats, end.payments) == ("confirmed", ("ours", "ours"), (PAID,))


def test_success_and_giving_up_at_once_end_with_seats_or_a_refund() -> None:
    booking = make_booking()

    _paid, given_up = run_concurrently(
        paying(booking.payments.get()),
        lambda: abandon_booking(booking_id=booking.pk, at=timezone.now()),
    )

    end = outcome(booking)
    if isinstance(given_up, BookingClosed):
        assert end == CONFIRMED
    else:
        assert (end.status, end.seats) == ("cancelled", ("available", "available"))
        assert (end.payments, end.refunds) == ((OWED,), ((TOTAL, "late", "due"),))


def test_cancelling_twice_at_once_refunds_once() -> None:
    booking = make_confirmed_booking()
    cancel = partial(cancel_booking, booking_id=booking.pk, actor="x", at=timezone.now())

    results = run_concurrently(cancel, cancel)

    assert names(results) == ["Booking", "NotCancellable"]
    end = outcome(booking)
    assert (end.status, end.refunds) == ("cancelled", ((TOTAL, "cancellation", "due"),))
    assert end.ledger.count("ticket_voided") == 2


def test_guest_admitted_during_the_cancellation_keeps_the_booking() -> None:
    booking = make_confirmed_booking()
    ticket = booking.tickets.all()[0]
    cancel = partial(cancel_booking, booking_id=booking.pk, actor="x", at=timezone.now())

    with second_session() as door:
        door("UPDATE bookings_ticket SET checked_in_at = now() WHERE id = %s", [ticket.pk])
        cancelled, _opened = run_concurrently(cancel, lambda: open_after_wait(door))

    assert isinstance(cancelled, NotCancellable)
    assert outcome(booking) == CONFIRMED


def open_after_wait(session: Callable[..., object]) -> None:
    wait_for_lock_waiter()
    session("COMMIT")


def test_opening_an_order_twice_at_once_makes_one() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    held = hold_of(showtime, seat_ids(showtime))

    results = run_concurrently(*[partial(order_of, held)] * 2)

    assert names(results) == ["Booking", "HoldSealed"]
    booking = Booking.objects.get()
    refused = next(result for result in results if isinstance(result, HoldSealed))
    assert refused.facts == {"booking": booking.code}


def test_last_use_of_a_voucher_is_given_to_one_of_two() -> None:
    make_voucher(code="LAST", max_uses=1)
    showtime = make_showtime(rows="A", seats_per_row=2)
    orders = [
        partial(order_of, hold_of(showtime, [seat], visitor), visitor=visitor, voucher_code="LAST")
        for seat, visitor in zip(seat_ids(showtime), (SITI, "web:budi"), strict=True)
    ]

    results = run_concurrently(*orders)

    assert names(results) == ["Booking", VoucherUsedUp.__name__]
    assert Voucher.objects.get().uses == Booking.objects.count() == 1
    assert vouchers.take_use(Voucher.objects.get().pk) is False


def test_starting_a_payment_twice_at_once_starts_one(bank: FakeProvider) -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    booking = order_of(hold_of(showtime, seat_ids(showtime)))
    start = partial(
        start_payment,
        booking_id=booking.pk,
        provider="paper",
        return_url="http://testserver/back/",
        at=timezone.now(),
    )

    first, second = run_concurrently(start, start)

    assert (first.pk, first.redirect_url) == (second.pk, second.redirect_url)
    assert (Payment.objects.count(), len(bank.charges)) == (1, 1)


def test_two_workers_at_once_send_each_refund_once(bank: FakeProvider) -> None:
    for _number in range(4):
        booking = make_confirmed_booking(seats=1)
        booking.payments.update(provider="paper")
        cancel_booking(booking_id=booking.pk, actor="x", at=timezone.now())
    at = timezone.now()

    tried = run_concurrently(*[lambda: send_due_refunds(at)] * 2)

    assert (sum(tried), len(bank.refunds)) == (4, 4)
    assert len(bank.asked) == 4
    assert book_violations() == []
