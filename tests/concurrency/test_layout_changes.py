"""Taking a seat while its layout changes: the seat is kept, or the request is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from movies.models import Showtime, Studio
from seating.layouts.publishing import publish_layout
from seating.models import SeatStatus
from tests.concurrency.deadlocks import deadlocks
from tests.concurrency.racers import Racers, ready_to_race
from tests.concurrency.rearranging import NewLayout, Tap, act
from tests.factories import make_showtime, make_studio

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

ROUNDS = 12
GRID = "A  rrrr\nB  rr"  # A4 comes, B3 goes


@pytest.fixture(scope="module")
def pair(django_db_setup: None, django_db_blocker: object) -> Iterator[Racers]:
    with ready_to_race(2) as racers:
        yield racers


def scheduled() -> tuple[Studio, Showtime]:
    studio = make_studio()
    return studio, make_showtime(studio, layout=publish_layout(studio, "A  rrr\nB  rrr"))


def held(showtime: Showtime) -> list[str]:
    rows = showtime.seats.filter(status=SeatStatus.HELD).select_related("seat")
    return [row.seat.label for row in rows]


@pytest.mark.parametrize("label", ["A1", "B3"], ids=["a seat that stays", "a seat that goes"])
def test_seat_taken_at_the_same_moment_never_loses_its_place(pair: Racers, label: str) -> None:
    before, seen = deadlocks(), Counter[tuple[str, str]]()
    for _round in range(ROUNDS):
        studio, showtime = scheduled()
        seat = showtime.seats.get(seat__row=label[0], seat__number=int(label[1])).seat_id

        tapped, published = pair.race(
            act, list[Tap | NewLayout]([Tap(showtime.pk, seat), NewLayout(studio.pk, GRID)])
        )

        seen[tapped, published] += 1
        labels = {row.seat.label for row in showtime.seats.select_related("seat")}
        old, new = {"A1", "A2", "A3", "B1", "B2", "B3"}, {"A1", "A2", "A3", "A4", "B1", "B2"}
        assert (labels, held(showtime)) == (
            new if published == "done" else old,
            [label] if tapped == "done" else [],
        )
        assert set(showtime.seats.values_list("seat__layout__version", flat=True)) == {
            studio.layouts.count()
        }

    assert deadlocks() == before
    # A request meets the change's lock (taken), or comes after it (unknown); the change is refused
    # only for a seat that it would remove.
    ends = {("done", "done"), ("seat_taken", "done"), ("seat_unknown", "done")}
    gone = (ends - {("done", "done")}) | {("done", "seats_stranded")}
    assert set(seen) <= (ends if label == "A1" else gone)
