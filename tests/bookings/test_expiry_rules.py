"""Rules of expiry: the database clock, locked bookings and returned vouchers."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from bookings.models import Booking
from bookings.settlement.expiry import expire_overdue_bookings
from tests.factories import make_booking, make_voucher

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def overdue() -> Booking:
    voucher = make_voucher(uses=1)
    return make_booking(at=timezone.now() - timedelta(hours=1), voucher=voucher)


def test_expiry_skips_a_locked_booking(overdue: Booking, caplog: pytest.LogCaptureFixture) -> None:
    """It does not wait for the lock, which would end in a timeout and a warning."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT FROM bookings_booking WHERE id = %s FOR UPDATE", [overdue.pk])
        expired = expire_overdue_bookings(timezone.now())

    assert (expired, caplog.messages) == (0, [])
    assert expire_overdue_bookings(timezone.now()) == 1


def test_expiry_compares_with_the_database_clock(overdue: Booking) -> None:
    pending = make_booking()
    behind, ahead = (timezone.now() + timedelta(days=days) for days in (-1, 1))

    assert [expire_overdue_bookings(behind), expire_overdue_bookings(ahead)] == [1, 0]

    pending.refresh_from_db()
    assert pending.status == "pending"


def test_expiry_returns_the_voucher_use(overdue: Booking) -> None:
    expire_overdue_bookings(timezone.now())

    overdue.refresh_from_db()
    assert overdue.voucher is not None
    assert (overdue.status, overdue.voucher.uses) == ("expired", 0)
