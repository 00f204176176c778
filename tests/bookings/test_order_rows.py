"""The statement that inserts a booking, with colliding codes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence

import pytest

from bookings.models import Booking, Ticket
from bookings.orders.inserts import CODE_ATTEMPTS_MAX, CodesUsedUp
from tests.bookings.fixtures import BUDI, hold_of, order_of, seat_ids
from tests.factories import make_showtime

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]


def draw(monkeypatch: pytest.MonkeyPatch, *codes: str) -> None:
    """The random generator returns these codes first."""
    letters: Iterator[str] = iter("".join(codes))
    chosen = secrets.choice

    def choice(alphabet: Sequence[str]) -> str:
        return next(letters, None) or chosen(alphabet)

    monkeypatch.setattr(secrets, "choice", choice)


def test_code_that_another_order_has_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    showtime = make_showtime(rows="A", seats_per_row=4)
    one, two, three, _four = seat_ids(showtime)
    first = order_of(hold_of(showtime, [one]))
    draw(monkeypatch, first.code, first.code, "BCDF2345")

    second = order_of(hold_of(showtime, [two, three], BUDI), visitor=BUDI)

    assert sorted(Booking.objects.values_list("code", flat=True)) == sorted(
        [first.code, "BCDF2345"]
    )
    assert second.code == "BCDF2345"
    assert list(
        Ticket.objects.filter(booking=second).values_list("showtime_seat__seat_id", flat=True)
    ) == [two, three]


def test_no_booking_is_made_without_a_unique_code(monkeypatch: pytest.MonkeyPatch) -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    one, two = seat_ids(showtime)
    first = order_of(hold_of(showtime, [one]))
    held = hold_of(showtime, [two], BUDI)
    draw(monkeypatch, *[first.code] * CODE_ATTEMPTS_MAX)

    with pytest.raises(CodesUsedUp):
        order_of(held, visitor=BUDI)

    assert list(Booking.objects.values_list("code", flat=True)) == [first.code]
