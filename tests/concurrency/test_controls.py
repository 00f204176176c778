"""Negative controls: without locks and index the same races sell a seat twice.

Every process waits between reading a seat and writing it until all have read, so the outcome is
deterministic: with locks one wins; without them only the unique index on live tickets protects the
seat; without both everybody wins.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from bookings.models import Booking, BookingStatus, Refund, Ticket
from movies.models import Showtime
from seating.holds import transitions
from tests.concurrency import payers, racers
from tests.concurrency.racers import Racers, ready_to_race
from tests.factories import free_seats, make_booking, make_hold, make_showtime

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

RIVALS = 3
ALL_WAIT_SECONDS = 30.0


@pytest.fixture(scope="module")
def rivals(django_db_setup: None, django_db_blocker: object) -> Iterator[Racers]:
    # Without lock_timeout: on a busy machine the last rival may be seconds behind the first.
    with ready_to_race(RIVALS, has_timeouts=False) as racers:
        yield racers


@pytest.fixture
def without_index() -> Iterator[None]:
    [index] = [
        constraint
        for constraint in Ticket._meta.constraints
        if constraint.name == "ticket_seat_sold_once"
    ]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Ticket, index)
    yield
    Ticket.objects.update(voided_at=timezone.now())  # so that the index can be built again
    with connection.schema_editor() as editor:
        editor.add_constraint(Ticket, index)


@contextmanager
def seats_locked_elsewhere(showtime_id: int) -> Iterator[None]:
    """Another transaction locks the seats until every rival waits for them; it changes nothing."""
    with psycopg.connect(racers.environment()["DATABASE_URL"]) as session:
        session.execute(
            "SELECT FROM seating_showtimeseat WHERE showtime_id = %s FOR NO KEY UPDATE",
            [showtime_id],
        )
        releasing = threading.Thread(target=_commit_once_all_wait, args=[session])
        releasing.start()
        yield
        releasing.join()


def _commit_once_all_wait(session: psycopg.Connection) -> None:
    deadline = time.monotonic() + ALL_WAIT_SECONDS
    while time.monotonic() < deadline:
        session.execute("SELECT pg_stat_clear_snapshot()")  # or it rereads the first
        waiting = session.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
        if waiting == (RIVALS,):
            break
        time.sleep(0.02)
    session.commit()


def late_payments(showtime: Showtime, *, locks: bool) -> list[payers.Paid]:
    """Successive bookings of the same seat; each expired before its payment succeeded."""
    [seat] = free_seats(showtime, 1)
    paid = []
    for minutes_ago in (30, 20, 10):
        at = timezone.now() - timedelta(minutes=minutes_ago)
        booking = make_booking(hold=make_hold(showtime, [seat], at=at), at=at)
        payment = booking.payments.get()
        reference = payment.reference or ""
        paid.append(payers.Paid(payment.pk, reference, payment.amount_rupiah, locks))
    return paid


def settled() -> tuple[int, int, int]:
    """(live tickets, confirmed orders, refunds due)"""
    return (
        Ticket.objects.filter(issued_at__isnull=False, voided_at__isnull=True).count(),
        Booking.objects.filter(status=BookingStatus.CONFIRMED).count(),
        Refund.objects.count(),
    )


def test_locks_sell_a_seat_once(rivals: Racers) -> None:
    plans = late_payments(make_showtime(rows="A", seats_per_row=1), locks=True)

    rivals.race(payers.settle, plans)

    assert settled() == (1, 1, RIVALS - 1)


@pytest.mark.usefixtures("without_index")
def test_locks_alone_sell_a_seat_once(rivals: Racers) -> None:
    plans = late_payments(make_showtime(rows="A", seats_per_row=1), locks=True)

    rivals.race(payers.settle, plans)

    assert settled() == (1, 1, RIVALS - 1)


def test_index_alone_sells_a_seat_once(rivals: Racers) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    plans = late_payments(showtime, locks=False)

    with seats_locked_elsewhere(showtime.pk):
        rivals.race(payers.settle, plans)

    assert settled() == (1, 1, RIVALS - 1)


@pytest.mark.usefixtures("without_index")
def test_without_locks_and_index_a_seat_is_sold_to_every_buyer(rivals: Racers) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    plans = late_payments(showtime, locks=False)

    with seats_locked_elsewhere(showtime.pk):
        rivals.race(payers.settle, plans)

    assert settled() == (RIVALS, RIVALS, 0)


def taps(*, locks: bool, has_hold: bool) -> list[payers.Tap]:
    """Requests for the same two seats in different orders."""
    showtime = make_showtime(rows="AB", seats_per_row=3)
    first, second, _third, *others = showtime.seats.order_by("seat_id").values_list(
        "seat_id", flat=True
    )
    orders = [(first, second), (second, first), (first, second)]
    visitors = [f"web:{number}" for number in range(RIVALS)]
    if has_hold:
        for visitor, seat in zip(visitors, others, strict=True):
            transitions.hold_seats(showtime_id=showtime.pk, visitor=visitor, seat_ids=[seat])
    return [
        payers.Tap(showtime.pk, order, locks, visitor)
        for order, visitor in zip(orders, visitors, strict=True)
    ]


def test_locks_add_a_seat_to_one_hold(rivals: Racers) -> None:
    plans = taps(locks=True, has_hold=True)

    outcomes = rivals.race(payers.add_to_hold, plans)

    assert [len(seats) for seats in sorted(outcomes)] == [0, 0, 3]


def test_without_locks_a_seat_is_added_to_every_hold(rivals: Racers) -> None:
    plans = taps(locks=False, has_hold=True)

    outcomes = rivals.race(payers.add_to_hold, plans)

    assert [len(seats) for seats in outcomes] == [3] * RIVALS


def test_locks_start_a_hold_for_one(rivals: Racers) -> None:
    plans = taps(locks=True, has_hold=False)

    outcomes = rivals.race(payers.start_hold, plans)

    assert sorted(outcomes) == [(), (), tuple(sorted(plans[0].seat_ids))]


def test_without_locks_every_visitor_starts_a_hold(rivals: Racers) -> None:
    plans = taps(locks=False, has_hold=False)

    with seats_locked_elsewhere(plans[0].showtime_id):
        outcomes = rivals.race(payers.start_hold, plans)

    assert outcomes == [tuple(sorted(plans[0].seat_ids))] * RIVALS
