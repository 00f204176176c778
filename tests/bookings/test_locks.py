"""The first locks of every booking transition wait for each other."""

from __future__ import annotations

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from bookings.models import Booking, Payment
from bookings.orders.locks import lock_booking, lock_payment
from tests.factories import make_booking

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
