"""Couple seats are held and released as a whole."""

from __future__ import annotations

import pytest

from seating.errors import SeatTaken
from seating.holds import transitions
from seating.layouts.publishing import publish_layout
from tests.factories import make_showtime, make_studio
from tests.seating.test_holds import BUDI, SITI, seat_ids

pytestmark = pytest.mark.django_db


def test_couple_seat_is_taken_and_released_whole() -> None:
    studio = make_studio()
    showtime = make_showtime(studio, layout=publish_layout(studio, "A  rccr"))
    ids = seat_ids(showtime)

    held = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[ids[2]])
    assert [seat.seat_id for seat in held.seats] == [ids[1], ids[2]]

    with pytest.raises(SeatTaken):
        transitions.hold_seats(showtime_id=showtime.pk, visitor=BUDI, seat_ids=[ids[1]])
    changed = transitions.change_seats(
        hold_id=held.hold_id, visitor=SITI, seat_ids=[ids[0], ids[1]]
    )
    assert [seat.seat_id for seat in changed.seats] == ids[:3]
    kept = transitions.release_seats(hold_id=held.hold_id, visitor=SITI, seat_ids=[ids[1]])
    assert kept is not None
    assert [seat.seat_id for seat in kept.seats] == [ids[0]]


def test_couple_seat_is_one_selection_of_the_panel() -> None:
    studio = make_studio()
    showtime = make_showtime(studio, layout=publish_layout(studio, "A  rccccr"))
    ids = seat_ids(showtime)

    held = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=ids)

    assert [
        (selection.label, selection.seat_id, selection.price_rupiah)
        for selection in held.selections
    ] == [
        ("A1", ids[0], 50_000),
        ("A2 + A3", ids[1], 100_000),
        ("A4 + A5", ids[3], 100_000),
        ("A6", ids[5], 50_000),
    ]
