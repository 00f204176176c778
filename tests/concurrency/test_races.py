"""A seat never has two owners: many processes, one hall, the real database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from movies.models import Showtime
from seating.models import Hold, HoldEnd, SeatStatus
from tests.concurrency.deadlocks import deadlocks
from tests.concurrency.feed import Listener
from tests.concurrency.moviegoers import Plan, Report, go
from tests.concurrency.racers import PROCESSES, Racers, ready_to_race
from tests.factories import make_showtime

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

SEEDS = (1, 2, 3)
ATTEMPTS_PER_PROCESS = 520  # × 4 processes × 5 seeds = 10,400
HOLD_SECONDS = 1  # so that holds expire in the middle of the race


@pytest.fixture(scope="module")
def racer_processes(django_db_setup: None, django_db_blocker: object) -> Iterator[Racers]:
    with ready_to_race(hold_seconds=HOLD_SECONDS) as racers:
        yield racers


def run(racer_processes: Racers, showtime: Showtime, seed: int) -> list[Report]:
    seats = tuple(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))
    plans = [
        Plan(seed, process, showtime.pk, seats, ATTEMPTS_PER_PROCESS)
        for process in range(PROCESSES)
    ]
    return racer_processes.race(go, plans)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_seat_has_one_owner_at_a_time(racer_processes: Racers, seed: int) -> None:
    showtime = make_showtime(rows="ABCDEFGHIJ", seats_per_row=20)
    deadlocks_before = deadlocks()

    with Listener(showtime.pk) as listener:
        reports = run(racer_processes, showtime, seed)
        received = listener.versions()

    answers: Counter[str] = sum((report.answers for report in reports), Counter())
    assert [problem for report in reports for problem in report.unexpected] == []
    assert deadlocks() == deadlocks_before
    assert sum(answers.values()) - answers["swept"] - answers["too late"] == (
        ATTEMPTS_PER_PROCESS * PROCESSES
    )

    # Two writers who had read the same seat would both announce the same next version.
    seats = list(showtime.seats.order_by("seat_id"))
    assert {seat_id: sorted(versions) for seat_id, versions in received.items()} == {
        seat.seat_id: list(range(1, seat.version + 1)) for seat in seats if seat.version
    }

    # Each reported sale owns its seat, and no other sale of it was reported.
    sold_seats = [sold for report in reports for sold in report.sold]
    assert sorted(sold_seats) == [
        (seat.seat_id, seat.sale) for seat in seats if seat.status == SeatStatus.SOLD
    ]

    # The race covered every case: lost seats, expired holds, sales in time and late.
    ends = set(Hold.objects.filter(showtime=showtime).values_list("end", flat=True))
    assert {HoldEnd.EXPIRED, HoldEnd.RELEASED, HoldEnd.SOLD} <= ends
    assert answers["seat_taken"] > 100
    assert answers["too late"] > 0
