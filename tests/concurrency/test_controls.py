"""The controls: without locks and index the same races do sell a seat twice.

A test that cannot fail proves nothing. Here every process is held between reading a seat and
writing it until all have read, so the outcome is the same each time: with the locks one wins;
without them only the unique index on live tickets stands; without both everybody wins.
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
from tests.concurrency import payers, racers
from tests.concurrency.racers import Racers, ready_to_race
from tests.factories import free_seats, make_booking, make_hold, make_showtime

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

RIVALS = 3
ALL_WAIT_SECONDS = 2.0  # less than lock_timeout


@pytest.fixture(scope="module")
def rivals(django_db_setup: None, django_db_blocker: object) -> Iterator[Racers]:
    with ready_to_race(RIVALS) as racers:
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


def late_payments(showtime: Showtime, *, locks: bool) -> list[payers.Paid]:
    """Orders of the one seat, one after the other; each ran out before its money came."""
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
    plans = late_payments(make_showtime(rows="A", seats_per_row=1), locks=False)

    rivals.race(payers.settle, plans)

    assert settled() == (1, 1, RIVALS - 1)


@pytest.mark.usefixtures("without_index")
def test_without_locks_and_index_a_seat_is_sold_to_everybody(rivals: Racers) -> None:
    plans = late_payments(make_showtime(rows="A", seats_per_row=1), locks=False)

    rivals.race(payers.settle, plans)

    assert settled() == (RIVALS, RIVALS, 0)


def taps(*, locks: bool) -> list[payers.Tap]:
    """Different orders of the same two seats."""
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = showtime.seats.order_by("seat_id").values_list("seat_id", flat=True)
    orders = [(first, second), (second, first), (first, second)]
    return [payers.Tap(showtime.pk, order, locks) for order in orders]


def test_locks_hold_a_seat_for_one(rivals: Racers) -> None:
    plans = taps(locks=True)

    told = rivals.race(payers.tap_by_steps, plans)

    assert sorted(told) == [(), (), tuple(sorted(plans[0].seat_ids))]


def test_without_locks_everybody_is_told_the_seat_is_theirs(rivals: Racers) -> None:
    plans = taps(locks=False)

    told = rivals.race(payers.tap_by_steps, plans)

    assert told == [tuple(sorted(plans[0].seat_ids))] * RIVALS


@contextmanager
def seats_in_other_hands(showtime_id: int) -> Iterator[None]:
    """Somebody locks the seats until every rival waits for them, and changes nothing."""
    with psycopg.connect(racers.environment()["DATABASE_URL"]) as session:
        session.execute(
            "SELECT FROM seating_showtimeseat WHERE showtime_id = %s FOR NO KEY UPDATE",
            [showtime_id],
        )
        letting_go = threading.Thread(target=_commit_once_all_wait, args=[session])
        letting_go.start()
        yield
        letting_go.join()


def _commit_once_all_wait(session: psycopg.Connection) -> None:
    deadline = time.monotonic() + ALL_WAIT_SECONDS
    while time.monotonic() < deadline:
        waiting = session.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
        if waiting == (RIVALS,):
            break
        time.sleep(0.02)
    session.commit()


def test_one_statement_holds_a_seat_for_one(rivals: Racers) -> None:
    plans = taps(locks=True)

    told = rivals.race(payers.tap_at_once, plans)

    assert sorted(told) == [(), (), tuple(sorted(plans[0].seat_ids))]


def test_one_statement_without_its_lock_tells_everybody_yes(rivals: Racers) -> None:
    plans = taps(locks=False)

    with seats_in_other_hands(plans[0].showtime_id):
        told = rivals.race(payers.tap_at_once, plans)

    assert told == [tuple(sorted(plans[0].seat_ids))] * RIVALS
