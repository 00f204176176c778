"""A hundred concurrent redemptions over several connections never exceed the limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from bookings.errors import VoucherRefused
from bookings.models import Booking, Voucher
from bookings.orders.checkout import Contact
from reports.monitoring.invariants import check_invariants
from seating.holds.transitions import HeldSeats
from tests.bookings.fixtures import CONTACT, hold_of, order_of, seat_ids
from tests.bookings.threads import run_concurrently
from tests.factories import make_showtime, make_ticket_type, make_voucher

pytestmark = pytest.mark.django_db(transaction=True)

REDEMPTIONS, THREADS = 100, 8


def redeem_all(code: str, contact_of: Callable[[int], Contact]) -> Counter[str]:
    """Number of each outcome, of REDEMPTIONS bookings shared by THREADS threads."""
    make_ticket_type()
    showtime = make_showtime(rows="ABCDEFGHIJ", seats_per_row=10)
    held = [
        (hold_of(showtime, [seat], f"web:{number}"), number)
        for number, seat in enumerate(seat_ids(showtime))
    ]
    assert len(held) == REDEMPTIONS

    def redeem(own: list[tuple[HeldSeats, int]]) -> list[str]:
        return [answer(hold, number) for hold, number in own]

    def answer(hold: HeldSeats, number: int) -> str:
        try:
            order_of(hold, visitor=f"web:{number}", voucher_code=code, contact=contact_of(number))
        except VoucherRefused as refused:
            return refused.code
        return "taken"

    shares = [held[first::THREADS] for first in range(THREADS)]
    answers = run_concurrently(*[lambda share=share: redeem(share) for share in shares])
    return Counter(word for part in answers for word in part)


def test_a_hundred_at_once_never_use_a_voucher_more_often_than_its_limit() -> None:
    make_voucher(code="LAST", max_uses=7)

    answers = redeem_all("LAST", lambda number: Contact("S", f"s{number}@example.com"))

    assert answers == {"taken": 7, "voucher_used_up": 93}
    assert Voucher.objects.get().uses == Booking.objects.count() == 7
    assert check_invariants() == []


def test_a_hundred_at_once_never_use_a_voucher_more_often_than_one_customer_may() -> None:
    make_voucher(code="MINE", max_uses=1_000, max_uses_per_customer=3)

    answers = redeem_all("MINE", lambda _number: CONTACT)

    assert answers == {"taken": 3, "voucher_customer_limit": 97}
    assert Voucher.objects.get().uses == Booking.objects.count() == 3
    assert check_invariants() == []
