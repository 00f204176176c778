"""Abandoning an unpaid booking: its seats are released, or stay held to be changed."""

from __future__ import annotations

import pytest
from django.utils import timezone

from bookings.errors import BookingClosed
from bookings.models import Booking, Payment
from bookings.orders.checkout import abandon_booking
from bookings.settlement.start_payment import start_payment
from bookings.signals import booking_cancelled
from movies.models import Showtime
from seating.errors import SeatTaken
from seating.holds import transitions
from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import (
    BUDI,
    SITI,
    Outcome,
    hold_of,
    order_of,
    outcome,
    pass_time,
    seat_ids,
    seat_statuses,
    settle_as,
)
from tests.bookings.outcomes import recorded_signals
from tests.factories import make_showtime, make_voucher

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

RETURN_URL = "http://testserver/bookings/X/return/"
WAITING = Outcome("pending", ("held", "held"), ("line", "line"), (), ("created",), 0)


def held_pair() -> tuple[Showtime, transitions.HeldSeats]:
    showtime = make_showtime(rows="A", seats_per_row=4)
    return showtime, hold_of(showtime, seat_ids(showtime)[:2])


def start(booking: Booking) -> Payment:
    return start_payment(
        booking_id=booking.pk, provider="paper", return_url=RETURN_URL, at=timezone.now()
    )


def test_abandon_releases_the_seats_at_once_and_returns_the_voucher() -> None:
    showtime, held = held_pair()
    make_voucher(code="HEMAT")
    booking = order_of(held, voucher_code="HEMAT")

    with recorded_signals(booking_cancelled) as sent:
        abandon_booking(booking_id=booking.pk, at=timezone.now())

    assert outcome(booking) == Outcome(
        "cancelled",
        ("available", "available"),
        ("line", "line"),
        (),
        ("created", "cancelled"),
        0,
        hold="released",
        voucher_uses=0,
    )
    assert sent == [("cancelled", "cancelled")]
    assert seat_statuses(showtime) == ["available"] * 4


def test_abandon_with_kept_seats_lets_them_be_changed_and_ordered_again() -> None:
    showtime, held = held_pair()
    first, second, third, _fourth = seat_ids(showtime)
    old = order_of(held)

    abandon_booking(booking_id=old.pk, keep_seats=True, at=timezone.now())
    changed = transitions.change_seats(hold_id=held.hold_id, visitor=SITI, seat_ids=[second, third])
    new = order_of(changed)

    assert changed.expires_at == held.expires_at
    assert outcome(old) == Outcome(
        "cancelled", ("available", "held"), ("line", "line"), (), ("created", "cancelled"), 0
    )
    assert outcome(new) == WAITING
    assert first not in {seat.seat_id for seat in changed.seats}


def test_abandon_with_kept_seats_after_their_time_opens_them() -> None:
    showtime, held = held_pair()
    booking = order_of(held)
    pass_time(301)

    abandon_booking(booking_id=booking.pk, keep_seats=True, at=timezone.now())

    assert outcome(booking).hold == "released"
    assert seat_statuses(showtime) == ["available"] * 4


def test_abandon_twice_or_after_payment_is_refused(bank: FakeProvider) -> None:
    showtime, held = held_pair()
    given_up = order_of(held)
    abandon_booking(booking_id=given_up.pk, at=timezone.now())
    paid = order_of(hold_of(showtime, seat_ids(showtime)[:2], BUDI), visitor=BUDI)
    settle_as(start(paid))

    for booking in (given_up, paid):
        before = outcome(booking)
        with pytest.raises(BookingClosed):
            abandon_booking(booking_id=booking.pk, at=timezone.now())
        assert outcome(booking) == before


def test_abandoned_seats_can_be_taken_by_another_visitor() -> None:
    showtime, held = held_pair()
    with pytest.raises(SeatTaken):
        hold_of(showtime, seat_ids(showtime)[:1], BUDI)
    abandon_booking(booking_id=order_of(held).pk, at=timezone.now())

    assert len(hold_of(showtime, seat_ids(showtime)[:2], BUDI).seats) == 2
