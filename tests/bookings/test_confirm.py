"""Confirmation leaves the rows in memory as they were written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone

from bookings.orders.locks import lock_booking, lock_payment
from bookings.settlement.confirm import confirm
from tests.bookings.fixtures import report_on
from tests.bookings.outcomes import expire_and_sweep
from tests.factories import make_booking

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]


@pytest.mark.parametrize("before", [lambda: None, expire_and_sweep], ids=["pending", "expired"])
def test_rows_in_memory_are_as_written(before: Callable[[], None]) -> None:
    booking = make_booking()
    before()
    with transaction.atomic():
        locked = lock_booking(booking.pk)
        payment = lock_payment(booking.payments.get().pk, locked)
        assert confirm(locked, payment, report_on(payment), timezone.now())

    written = type(booking).objects.values().get(pk=booking.pk)
    assert {name: getattr(locked, name) for name in written} == written
    paid = booking.payments.values().get()
    assert {name: getattr(payment, name) for name in paid} == paid
