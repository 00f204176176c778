"""Choice of the best seats: each step and each rule, on small halls."""

from __future__ import annotations

import pytest

from seating.best_seats.choice import Step, best_choices, nearest_equivalent
from seating.best_seats.party import Availability, Party, PartyInvalid, TooManyCompanions
from tests.seating.best_seats.halls import available, labels

THREE_ROWS = "A  rrrrrr\nB  rrrrrr\nC  rrrrrr\nD  rrrrrr"


def best(availability: Availability, party: Party) -> tuple[list[str], str]:
    choices = best_choices(availability, party, 1)
    return (labels(choices[0].seats), choices[0].step) if choices else ([], "")


def test_party_sits_together_near_the_focal_point() -> None:
    assert best(available(THREE_ROWS), Party(2)) == (["C3", "C4"], Step.TOGETHER)
    assert best(available(THREE_ROWS, "C3"), Party(4)) == (["D1", "D2", "D3", "D4"], "together")


def test_focal_point_of_the_layout_counts() -> None:
    assert best(available(THREE_ROWS + "\n@focal A 1"), Party(2)) == (["A1", "A2"], Step.TOGETHER)


def test_block_that_leaves_a_single_seat_comes_after_all_that_leave_none() -> None:
    # B2 to B4 would leave B1 and B5 alone.
    assert best(available("A  rrr\nB  rrrrr\nC  rrr\n@focal B 3"), Party(3)) == (
        ["B1", "B2", "B3"],
        Step.TOGETHER,
    )
    assert best(available("A  rrrr"), Party(3)) == (["A1", "A2", "A3"], Step.LEAVES_SINGLE)


def test_party_crosses_an_aisle_before_it_is_split() -> None:
    assert best(available("A  rr_rr\nB  rr_rr"), Party(3)) == (
        ["A1", "A2", "A3"],
        Step.ACROSS_AISLE,
    )


def test_large_party_gets_two_rows_one_behind_the_other() -> None:
    assert best(available("A  rrr\nB  rrr"), Party(5)) == (
        ["A1", "A2", "A3", "B1", "B2"],
        Step.TWO_ROWS,
    )
    assert best(available("A  rr__\nB  __rr"), Party(4)) == ([], "")


def test_pair_is_never_split_unasked() -> None:
    free = available("A  rrr\nB  rrr", "A2", "B2")
    assert best(free, Party(2)) == ([], "")
    assert best(free, Party(2, is_apart=True)) == (["A1", "A3"], Step.APART)


def test_couple_seats_are_taken_whole() -> None:
    assert best(available("A  rrccrr"), Party(2)) == (["A3", "A4"], Step.TOGETHER)
    assert best(available("A  cc_cc"), Party(1)) == ([], "")
    assert best(available("A  cc_cc"), Party(3)) == ([], "")
    assert best(available("A  rccr"), Party(3)) == (["A1", "A2", "A3"], Step.LEAVES_SINGLE)


def test_wheelchair_spaces_and_companion_places_are_never_given_unasked() -> None:
    free = available("A  waar", are_companions_released=True)
    assert best(free, Party(1)) == (["A4"], Step.TOGETHER)
    assert best(free, Party(2)) == ([], "")
    assert best(free, Party(2, category="companion")) == (["A2", "A3"], Step.TOGETHER)
    assert best(available("A  waar"), Party(2, category="companion")) == ([], "")


def test_wheelchair_allows_up_to_three_companions() -> None:
    assert best(available("A  waaarr"), Party(4, wheelchairs=1))[0] == ["A1", "A2", "A3", "A4"]
    assert best(available("A  ww_aa"), Party(3, wheelchairs=1))[0] == ["A2", "A3", "A4"]
    with pytest.raises(TooManyCompanions):
        Party(5, wheelchairs=1).check(8)


@pytest.mark.parametrize("party", [Party(0), Party(9), Party(2, wheelchairs=3)])
def test_impossible_party_is_refused(party: Party) -> None:
    with pytest.raises(PartyInvalid):
        party.check(8)


def test_filters_for_price_category_and_step_free_access() -> None:
    free = available("A  warr\nB  rrrr\nC  pppp")
    dear = Availability(
        free.hall,
        free.free,
        {seat.id: 90_000 if seat.row == "B" else 50_000 for seat in free.hall.seats},
    )
    assert best(dear, Party(2))[0] == ["B1", "B2"]
    assert best(dear, Party(2, price_max_rupiah=60_000))[0] == ["C1", "C2"]
    assert best(dear, Party(2, category="regular", price_max_rupiah=60_000))[0] == ["A3", "A4"]
    assert best(dear, Party(2, is_step_free=True))[0] == ["A3", "A4"]
    # A layout names the rows that are level with the entrance, wheelchair spaces or not.
    named = available("A  rrrr\nB  rrrr\nC  rrrr\n@step-free A C")
    assert best(named, Party(2))[0] == ["B1", "B2"]
    assert best(named, Party(2, is_step_free=True))[0] == ["C1", "C2"]


def test_equivalent_block_has_the_whole_party_and_not_only_what_was_lost() -> None:
    free = available("A  rrrrrr\nB  rrrrrr\nC  pppppp", "B1", "B3")
    wanted = [seat for seat in free.hall.seats if seat.label in ("B1", "B2", "B3")]

    found = nearest_equivalent(free, wanted, 2)

    assert [labels(choice.seats) for choice in found] == [["A1", "A2", "A3"], ["B4", "B5", "B6"]]
