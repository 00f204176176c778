"""The nearest free seats of a lost one."""

from __future__ import annotations

import pytest

from seating.models import SeatCategory
from seating.seatmap import state
from tests.factories import (
    make_layout,
    make_showtime,
    make_studio,
)
from tests.seating.test_seatmap import seat_ids

pytestmark = pytest.mark.django_db


def labels(places: list[state.LayoutSeat]) -> list[str]:
    return [f"{place['row']}{place['number']}" for place in places]


def test_nearest_free_prefers_the_same_row() -> None:
    showtime = make_showtime(rows="AB", seats_per_row=5)
    by_label = {str(seat.seat): seat.seat_id for seat in showtime.seats.select_related("seat")}

    # B3 is one row away, which counts as three seats.
    assert labels(state.nearest_free(showtime.pk, [by_label["A3"]])) == ["A2"]
    assert labels(state.nearest_free(showtime.pk, [by_label["A1"], by_label["A2"]])) == [
        "A3",
        "A4",
    ]


def test_nearest_free_prefers_the_category_before_other_seats() -> None:
    studio = make_studio()
    layout = make_layout(studio, rows="A", seats_per_row=4)
    layout.seats.filter(number=2).update(category=SeatCategory.WHEELCHAIR)
    showtime = make_showtime(studio, layout=layout)
    first, second, third, fourth = seat_ids(showtime)

    assert labels(state.nearest_free(showtime.pk, [first])) == ["A3"]
    showtime.seats.filter(seat_id__in=[third, fourth]).update(status="blocked")
    state.invalidate(showtime.pk)
    assert labels(state.nearest_free(showtime.pk, [first])) == ["A2"]
    showtime.seats.filter(seat_id=second).update(status="blocked")
    state.invalidate(showtime.pk)
    assert state.nearest_free(showtime.pk, [first]) == []
