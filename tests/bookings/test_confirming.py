"""What is sold and confirmed at once, and what is undone and left to the steps."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bookings.models import Booking, BookingStatus
from bookings.orders.locks import lock_booking, lock_payment
from bookings.settlement.fast_path import confirm_plainly
from seating.models import SeatStatus, ShowtimeSeat
from tests.bookings.fixtures import outcome, pass_time, report_on
from tests.bookings.outcomes import ALL_SIGNALS, CONFIRMED, expire_and_sweep, recorded_signals
from tests.factories import make_booking

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]


def confirm(booking: Booking) -> bool:
    with transaction.atomic():
        locked = lock_booking(booking.pk)
        payment = lock_payment(booking.payments.get().pk, locked)
        return confirm_plainly(locked, payment, report_on(payment), timezone.now())


def test_order_in_time_is_confirmed_at_once() -> None:
    booking = make_booking()

    with recorded_signals(*ALL_SIGNALS) as sent:
        assert confirm(booking)

    assert outcome(booking) == CONFIRMED
    assert sent == [("confirmed", "confirmed")]


def test_rows_in_memory_are_as_written() -> None:
    booking = make_booking()
    with transaction.atomic():
        locked = lock_booking(booking.pk)
        payment = lock_payment(booking.payments.get().pk, locked)
        confirm_plainly(locked, payment, report_on(payment), timezone.now())

    written = Booking.objects.values().get(pk=booking.pk)
    assert {name: getattr(locked, name) for name in written} == written
    paid = booking.payments.values().get()
    assert {name: getattr(payment, name) for name in paid} == paid


def test_seat_of_somebody_else_leaves_everything_as_it_was() -> None:
    booking = make_booking()
    seat = ShowtimeSeat.objects.filter(hold=booking.hold_id).first()
    assert seat is not None
    ShowtimeSeat.objects.filter(pk=seat.pk).update(
        status=SeatStatus.BLOCKED, hold=None, held_until=None
    )
    before = outcome(booking)

    with recorded_signals(*ALL_SIGNALS) as sent:
        assert not confirm(booking)

    assert (outcome(booking), sent) == (before, [])


def test_order_past_its_time_is_left_to_the_steps() -> None:
    booking = make_booking()
    pass_time(settings.HOLD_SECONDS + 1)
    before = outcome(booking)

    assert not confirm(booking)

    assert outcome(booking) == before


def test_expired_order_is_left_to_the_steps() -> None:
    booking = make_booking()
    expire_and_sweep()
    before = outcome(booking)

    assert not confirm(booking)

    assert outcome(booking) == before
    assert before.status == BookingStatus.EXPIRED
