"""A showtime moves while orders are made and paid."""

from __future__ import annotations

from functools import partial

import pytest
from django.utils import timezone

from bookings.models import Booking, Ticket
from bookings.models.booking import full_refund_terms
from bookings.settlement.expiry import expire_overdue_bookings
from bookings.showtimes.moving import MovePlan
from core.errors import LayarError
from seating.models import ShowtimeSeat
from tests.bookings.fixtures import (
    BUDI,
    SITI,
    book_violations,
    hold_of,
    pass_time,
    seat_ids,
    seat_statuses,
    settle_as,
)
from tests.bookings.moving_fixtures import (
    CHANGED,
    MEAN_TERMS,
    house,
    move,
    notified,
    seats_of,
    violations,
)
from tests.bookings.threads import run_concurrently, second_session, wait_for_lock_waiter
from tests.factories import (
    make_booking,
    make_confirmed_booking,
)

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("consistent_books")
@pytest.mark.parametrize("expires", [False, True])
def test_booking_paid_after_the_move_gets_the_same_terms_and_a_message(expires: bool) -> None:
    scene = house()
    waiting = make_booking(scene.showtime, 2, cancellation_terms=MEAN_TERMS)
    if expires:
        pass_time(400)
        expire_overdue_bookings(timezone.now())
    move(scene.showtime, studio_id=scene.other.pk)

    settle_as(waiting.payments.get())

    waiting.refresh_from_db()
    assert (waiting.status, waiting.cancellation_terms) == ("confirmed", full_refund_terms())
    assert set(notified(waiting)) >= {*CHANGED, ("booking_confirmed", "email")}
    assert violations() == set()


def test_an_order_made_after_the_move_keeps_its_terms() -> None:
    scene = house()
    move(scene.showtime)
    booking = make_booking(
        scene.showtime, 1, cancellation_terms=MEAN_TERMS, created_at=timezone.now()
    )

    settle_as(booking.payments.get())

    booking.refresh_from_db()
    assert booking.cancellation_terms == MEAN_TERMS
    assert ("showtime_changed", "email") not in notified(booking)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_concurrent_move_and_settlement_notify_every_buyer(round_: int) -> None:
    scene = house()
    waiting = [make_booking(scene.showtime, 1, cancellation_terms=MEAN_TERMS) for _n in range(3)]

    answers = run_concurrently(
        partial(move, scene.showtime, studio_id=scene.other.pk),
        *[partial(settle_as, order.payments.get()) for order in waiting],
    )

    if isinstance(answers[0], Exception):  # a concurrent payment: try again
        assert isinstance(answers[0], LayarError)
        move(scene.showtime, studio_id=scene.other.pk)
    assert [answer for answer in answers[1:] if isinstance(answer, Exception)] == []
    for order in waiting:
        order.refresh_from_db()
        assert (order.status, order.cancellation_terms) == ("confirmed", full_refund_terms())
        assert set(notified(order)) >= set(CHANGED)
    assert book_violations() == []
    assert violations() == set()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_move_and_holds_at_once_leave_every_hold_on_a_seat_of_the_new_studio(round_: int) -> None:
    scene = house()
    seats = seat_ids(scene.showtime)

    answers = run_concurrently(
        partial(move, scene.showtime, studio_id=scene.other.pk),
        partial(hold_of, scene.showtime, seats[:2], SITI),
        partial(hold_of, scene.showtime, seats[4:6], BUDI),
    )

    assert isinstance(answers[0], MovePlan)
    assert all(isinstance(each, LayarError) for each in answers[1:] if isinstance(each, Exception))
    taken = sum(not isinstance(each, Exception) for each in answers[1:])
    assert sorted(seat_statuses(scene.showtime)) == ["available"] * (10 - 2 * taken) + ["held"] * (
        2 * taken
    )
    held = ShowtimeSeat.objects.filter(status="held").select_related("seat__layout")
    assert {row.seat.layout.studio_id for row in held} <= {scene.other.pk}
    assert violations() == set()


@pytest.mark.django_db(transaction=True)
def test_booking_made_and_paid_between_the_locks_makes_the_move_retryable() -> None:
    scene = house()
    make_confirmed_booking(scene.showtime, 1)
    first = seats_of(scene.showtime, "A1")[0]

    with second_session() as other:
        other("SELECT FROM seating_showtimeseat WHERE id = %s FOR UPDATE", [first.pk])

        def moves() -> MovePlan:
            return move(scene.showtime)

        def orders_and_pays() -> None:
            wait_for_lock_waiter()
            booking = make_booking(scene.showtime, seats_of(scene.showtime, "B4"))
            settle_as(booking.payments.get())
            other("COMMIT")

        answers = run_concurrently(moves, orders_and_pays)

    assert type(answers[0]).__name__ == "Unavailable"
    move(scene.showtime)
    live = Ticket.objects.live().values_list("booking", flat=True)
    assert all(("showtime_changed", "email") in notified(Booking.objects.get(pk=pk)) for pk in live)
