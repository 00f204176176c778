"""Seats of bookings that are not paid count against their visitor, however the booking ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from bookings.models import Booking
from bookings.orders.checkout import abandon_booking
from bookings.settlement.expiry import expire_overdue_bookings
from seating.holds import abuse
from seating.holds.abuse import Holder
from tests.bookings.fixtures import pass_time, settle_as
from tests.factories import make_booking
from tests.seating.test_unpaid_seats import SLOW_TEST_SECONDS, SOMEWHERE, used
from tests.seating.test_unpaid_seats import no_refill as no_refill  # a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_refill")]


def give_up(booking: Booking) -> None:
    abandon_booking(booking_id=booking.pk, at=timezone.now())


def let_expire(booking: Booking) -> None:
    pass_time(200)  # 100 have passed
    assert expire_overdue_bookings(at=timezone.now()) == 1


def decline_and_let_expire(booking: Booking) -> None:
    settle_as(booking.payments.get(), status="failed")
    let_expire(booking)


@pytest.mark.parametrize(
    ("end", "kept_seconds"), [(give_up, 100), (let_expire, 300), (decline_and_let_expire, 300)]
)
def test_seats_of_an_unpaid_booking_count_by_how_long_they_were_kept(
    end: Callable[[Booking], None], kept_seconds: int
) -> None:
    booking = make_booking(seats=2)
    assert booking.hold is not None
    visitor = booking.hold.visitor
    abuse.remember(Holder(SOMEWHERE, visitor))
    pass_time(100)

    end(booking)

    counted = used("UNPAID_BY_VISITOR", visitor)
    assert counted == pytest.approx(2 * kept_seconds, abs=2 * SLOW_TEST_SECONDS)
