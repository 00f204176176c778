"""Several processes tick, enter and cheat at once: the limit inside holds, nobody is early."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from seating.models import Hold, WaitingPlace, WaitingRoom
from tests.concurrency.deadlocks import deadlocks
from tests.concurrency.queuers import Plan, Report, go
from tests.concurrency.racers import PROCESSES, Racers, ready_to_race
from tests.factories import make_showtime
from tests.seating.waiting_room.fixtures import make_room

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

INSIDE_MAX = 5
VISITORS = 40
RACE_SECONDS = 8.0


@pytest.fixture(scope="module")
def racer_processes(django_db_setup: None, django_db_blocker: object) -> Iterator[Racers]:
    with ready_to_race() as racers:
        yield racers


def most_at_once(room: WaitingRoom) -> int:
    """The most places that were called and not over at the same moment."""
    changes = []
    for place in WaitingPlace.objects.filter(room=room, called_at__isnull=False):
        changes.append((place.called_at, 1))
        if place.ended_at is not None:
            changes.append((place.ended_at, -1))
    inside = most = 0
    for _at, change in sorted(changes, key=lambda one: (one[0], one[1])):
        inside += change
        most = max(most, inside)
    return most


def test_limit_inside_holds_and_nobody_gets_around(racer_processes: Racers) -> None:
    showtime = make_showtime(rows="ABCDEFGHIJ", seats_per_row=20)
    seats = tuple(showtime.seats.values_list("seat_id", flat=True))
    room = make_room(showtime, inside_max=INSIDE_MAX, per_minute_max=60_000)
    plans = [
        Plan(1, process, room.pk, showtime.pk, seats, VISITORS, RACE_SECONDS)
        for process in range(PROCESSES)
    ]
    before = deadlocks()

    reports: list[Report] = racer_processes.race(go, plans)

    answers: Counter[str] = sum((report.answers for report in reports), Counter())
    assert [problem for report in reports for problem in report.unexpected] == []
    assert deadlocks() == before
    assert (most_at_once(room), max(report.inside_max for report in reports)) == (
        INSIDE_MAX,
        INSIDE_MAX,
    )
    assert (answers["borrow"], answers["go_around"]) == (0, 0)
    assert Hold.objects.filter(visitor__startswith="web:bot").count() == 0
    assert Hold.objects.filter(visitor__startswith="web:borrower").count() == 0
    # The race covered every case.
    for name in ("enter", "hold", "leave", "enter: not_your_turn", "borrow: waiting_room"):
        assert answers[name] > 0, answers
    room.refresh_from_db()
    called = WaitingPlace.objects.filter(room=room, called_at__isnull=False)
    assert (room.called_count, called.count()) == (
        called.count(),
        called.filter(rank__gt=0).count(),
    )
