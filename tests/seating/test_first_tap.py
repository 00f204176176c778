"""What the short answer to a late tap may say by itself, and what it leaves to the steps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from seating.errors import SeatTaken
from seating.holds import fast_path, transitions
from tests.factories import make_showtime
from tests.seating.test_holds import pass_time, seat_ids

pytestmark = pytest.mark.django_db

SITI, BUDI = "web:siti", "web:budi"


def lost(showtime: Any, visitor: str, *seats: int) -> list[int]:
    return fast_path.definitely_taken(showtime.pk, visitor, seats)


def take(showtime: Any, visitor: str, *seats: int) -> None:
    transitions.hold_seats(showtime_id=showtime.pk, visitor=visitor, seat_ids=seats)


def test_seat_of_somebody_else_is_plainly_lost() -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, second, third = seat_ids(showtime)
    take(showtime, SITI, first)
    showtime.seats.filter(seat_id=third).update(status="blocked")

    assert lost(showtime, BUDI, second, first) == [first]
    assert sorted(lost(showtime, BUDI, *seat_ids(showtime))) == [first, third]


def test_seat_past_its_time_is_not_lost() -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    [seat] = seat_ids(showtime)
    take(showtime, SITI, seat)
    pass_time(301)

    assert lost(showtime, BUDI, seat) == []


def test_visitor_with_a_hold_is_left_to_the_steps() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    take(showtime, SITI, first)
    take(showtime, BUDI, second)

    assert lost(showtime, SITI, first, second) == []


def test_foreign_seat_and_closed_sale_are_left_to_the_steps() -> None:
    showtime, other = (make_showtime(rows="A", seats_per_row=1) for _each in range(2))
    [seat], [foreign] = seat_ids(showtime), seat_ids(other)
    take(showtime, SITI, seat)

    assert lost(showtime, BUDI, seat, foreign) == []
    showtime.sale_closes_at = timezone.now() - timedelta(seconds=1)
    showtime.save(update_fields=["sale_closes_at"])
    assert lost(showtime, BUDI, seat) == []


def test_late_tap_is_two_statements_and_names_the_seat(
    django_assert_num_queries: Any,
) -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, second, _third = seat_ids(showtime)
    take(showtime, SITI, first)
    with pytest.raises(SeatTaken):  # the plan is at hand from here on
        take(showtime, BUDI, first)

    with django_assert_num_queries(4), pytest.raises(SeatTaken) as refused:
        take(showtime, BUDI, first, second)  # in a test: with a savepoint around the first

    assert refused.value.facts == {
        "seats": [{"id": first, "label": "A1"}],
        "nearest": [{"id": second, "label": "A2"}],
    }
