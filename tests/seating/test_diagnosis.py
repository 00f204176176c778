"""Diagnosis of failed holds by one read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from movies.errors import ShowtimeClosed
from seating.errors import SeatTaken, SeatUnknown
from seating.holds import statements, transitions
from seating.holds.diagnosis import Diagnosis, SeatsChanged, diagnose, refusal
from seating.models import Seat
from tests.factories import make_showtime
from tests.seating.test_holds import pass_time, seat_ids

pytestmark = pytest.mark.django_db

SITI, BUDI = "web:siti", "web:budi"


def take(showtime: Any, visitor: str, *seats: int) -> None:
    transitions.hold_seats(showtime_id=showtime.pk, visitor=visitor, seat_ids=seats)


def test_seats_of_another_visitor_and_blocked_seats_are_not_takeable() -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, second, third = seat_ids(showtime)
    take(showtime, SITI, first)
    showtime.seats.filter(seat_id=third).update(status="blocked")

    found = diagnose(showtime.pk, BUDI, [third, second, first])

    assert found == Diagnosis(
        exists=True, is_on_sale=True, is_takeable={first: False, second: True, third: False}
    )
    obstacle = refusal(showtime.pk, [third, second, first], found)
    assert isinstance(obstacle, SeatTaken)
    assert [seat["id"] for seat in obstacle.facts["seats"]] == [first, third]


def test_seat_past_its_time_and_own_seat_are_takeable() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    take(showtime, SITI, first)
    pass_time(301)
    take(showtime, BUDI, second)

    found = diagnose(showtime.pk, BUDI, [first, second])

    assert (found.has_hold, found.is_takeable) == (True, {first: True, second: True})
    assert isinstance(refusal(showtime.pk, [first, second], found), SeatsChanged)


def test_diagnosis_reports_unknown_seats_and_closed_sale_before_taken_seats() -> None:
    showtime, other = (make_showtime(rows="A", seats_per_row=1) for _each in range(2))
    [seat], [foreign] = seat_ids(showtime), seat_ids(other)
    take(showtime, SITI, seat)

    unknown = refusal(showtime.pk, [seat, foreign], diagnose(showtime.pk, BUDI, [seat, foreign]))
    showtime.sale_closes_at = timezone.now() - timedelta(seconds=1)
    showtime.save(update_fields=["sale_closes_at"])
    closed = refusal(showtime.pk, [seat], diagnose(showtime.pk, BUDI, [seat]))

    assert isinstance(unknown, SeatUnknown)
    assert unknown.facts == {"seats": [foreign]}
    assert isinstance(closed, ShowtimeClosed)


def test_couple_seat_wanted_by_half_names_its_other_half() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    for seat, partner in ((first, second), (second, first)):
        Seat.objects.filter(pk=seat).update(category="couple", partner=partner)

    assert diagnose(showtime.pk, BUDI, [first]).other_halves == (second,)
    assert statements.start_hold(showtime.pk, BUDI, [first]) is None


def test_late_tap_is_two_statements_and_names_the_seat(
    django_assert_num_queries: Any,
) -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, second, _third = seat_ids(showtime)
    take(showtime, SITI, first)
    with pytest.raises(SeatTaken):  # caches the map
        take(showtime, BUDI, first)

    with django_assert_num_queries(4), pytest.raises(SeatTaken) as refused:
        take(showtime, BUDI, first, second)  # the first in a savepoint, as this is a transaction

    assert refused.value.facts == {
        "seats": [{"id": first, "label": "A1"}],
        "nearest": [{"id": second, "label": "A2"}],
    }
