"""Concurrent requests for best seats: no seat is given twice, and the hall is filled completely."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from movies.models import Showtime
from seating.holds.best_statement import START_BEST
from seating.models import SeatStatus
from tests.concurrency import parties
from tests.concurrency.deadlocks import deadlocks
from tests.concurrency.racers import PROCESSES, Racers, ready_to_race
from tests.concurrency.test_controls import RIVALS, seats_locked_elsewhere
from tests.factories import make_showtime

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

ATTEMPTS_PER_PROCESS = 35  # × 4 processes: more people than seats


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: object) -> Iterator[Racers]:
    with ready_to_race() as racers:
        yield racers


@pytest.fixture(scope="module")
def rivals(django_db_setup: None, django_db_blocker: object) -> Iterator[Racers]:
    with ready_to_race(RIVALS, has_timeouts=False) as racers:
        yield racers


@pytest.mark.parametrize("seed", [1, 2])
def test_every_party_gets_a_whole_block(crowd: Racers, seed: int) -> None:
    showtime = make_showtime(rows="ABCDEFGHIJ", seats_per_row=20)
    deadlocks_before = deadlocks()
    plans = [
        parties.Parties(seed, process, showtime.pk, ATTEMPTS_PER_PROCESS)
        for process in range(PROCESSES)
    ]

    reports = crowd.race(parties.seat_parties, plans)

    assert [error for report in reports for error in report.unexpected] == []
    assert deadlocks() == deadlocks_before
    groups = [group for report in reports for group in report.groups]
    reported = [seat for _size, seats in groups for seat in seats]
    held = showtime.seats.filter(status=SeatStatus.HELD).values_list("seat_id", flat=True)
    assert sorted(reported) == sorted(held)
    assert all(len(seats) == size for size, seats in groups)
    assert sum(report.refused for report in reports) > 0
    assert len(reported) > 0.97 * showtime.seats.count()


def same_block(*, locks: bool) -> tuple[Showtime, list[parties.SameBlock]]:
    showtime = make_showtime(rows="A", seats_per_row=2)
    seats = tuple(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))
    return showtime, [
        parties.SameBlock(showtime.pk, seats, locks, f"web:{number}") for number in range(RIVALS)
    ]


def test_locks_give_a_block_to_one(rivals: Racers) -> None:
    _showtime, plans = same_block(locks=True)

    outcomes = rivals.race(parties.take_block, plans)

    assert sorted(outcomes) in ([(), (), plans[0].seat_ids], [(), (), ()])


def test_without_locks_every_visitor_gets_the_block(rivals: Racers) -> None:
    assert parties.LOCK in START_BEST
    showtime, plans = same_block(locks=False)

    with seats_locked_elsewhere(showtime.pk):
        outcomes = rivals.race(parties.take_block, plans)

    assert outcomes == [plans[0].seat_ids] * RIVALS
