"""The first locks of every booking transition wait for each other."""

from __future__ import annotations

from functools import partial

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from bookings.models import Booking, Payment
from bookings.orders.locks import lock_booking, lock_payment
from bookings.showtimes.cancellation import request, work
from tests.bookings.threads import run_behind
from tests.factories import make_booking, make_confirmed_booking, make_showtime, make_studio

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("table", ["booking", "payment"])
def test_locked_row_is_waited_for(table: str) -> None:
    booking = make_booking()
    payment = booking.payments.get()
    row = booking.pk if table == "booking" else payment.pk
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute(f"SELECT FROM bookings_{table} WHERE id = %s FOR UPDATE", [row])
        with pytest.raises(OperationalError, match="lock timeout"):
            lock_both(booking, payment)


@transaction.atomic
def lock_both(booking: Booking, payment: Payment) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '100ms'")
    lock_payment(payment.pk, lock_booking(booking.pk))


MOVE = "UPDATE bookings_booking SET showtime_id = %s WHERE id = %s"


def test_booking_is_found_that_is_moved_to_another_showtime_meanwhile() -> None:
    booking = make_booking()
    later = make_showtime(make_studio(booking.showtime.studio.cinema))

    found = run_behind(MOVE, [later.pk, booking.pk], partial(lock_alone, booking))

    assert (found, found.showtime) == (booking, later)


def test_cancellation_of_a_showtime_leaves_a_booking_that_is_moved_meanwhile() -> None:
    booking = make_confirmed_booking()
    later = make_showtime(make_studio(booking.showtime.studio.cinema))
    request(showtime_id=booking.showtime_id, reason="x", user=None, at=timezone.now())

    ended = run_behind(MOVE, [later.pk, booking.pk], partial(work, timezone.now()))

    booking.refresh_from_db()
    assert (ended, booking.status, booking.showtime) == (0, "confirmed", later)


@transaction.atomic
def lock_alone(booking: Booking) -> Booking:
    return lock_booking(booking.pk)
