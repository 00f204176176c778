"""The choice of seats, the gap rule, couples and companions against brute force on small halls.

Brute force tries every set of seats with an independent implementation of the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from seating.best_seats import companions
from seating.best_seats.choice import Step, best_choices, nearest_equivalent
from seating.best_seats.gaps import NEAR_SOLD_OUT_PERCENT, gap_advice, new_single_seats
from seating.best_seats.hall import Hall, HallSeat
from seating.best_seats.party import Availability, Party
from tests.seating.best_seats.halls import hall

SEATS_MAX = 14
EXAMPLES = 150
PRICES = [50_000, 80_000]
PLENTY_OF_MINUTES = 1_000
Seats = tuple[HallSeat, ...]

row = st.lists(
    st.sampled_from(["r", "r", "r", "p", "cc", "w", "a", "_"]), min_size=1, max_size=6
).filter(lambda cells: set(cells) != {"_"})


@st.composite
def halls(draw: st.DrawFn) -> Hall:
    rows = draw(st.lists(row, min_size=1, max_size=3))
    lines = [f"{letter}  {''.join(cells)}" for letter, cells in zip("ABC", rows, strict=False)]
    built = hall("\n".join(lines))
    return Hall(built.seats[:SEATS_MAX] if _is_whole(built.seats[:SEATS_MAX]) else built.seats[:2])


def _is_whole(seats: Sequence[HallSeat]) -> bool:
    ids = {seat.id for seat in seats}
    return all(seat.other_half_id in ids for seat in seats if seat.category == "couple")


@st.composite
def showtimes(draw: st.DrawFn) -> Availability:
    built = draw(halls().filter(lambda built: _is_whole(built.seats)))
    free = {seat.id for seat in built.seats if draw(st.integers(0, 3))}
    prices = {seat.id: draw(st.sampled_from(PRICES)) for seat in built.seats}
    return Availability(built, frozenset(free), prices)


@st.composite
def parties(draw: st.DrawFn) -> Party:
    size = draw(st.integers(1, 4))
    wheelchairs = draw(st.sampled_from([0, 0, 0, 1]))
    return Party(
        size=size,
        wheelchairs=wheelchairs if size - wheelchairs <= 3 else 0,
        category=draw(st.sampled_from(["", "", "", "regular", "couple"])),
        price_max_rupiah=draw(st.sampled_from([None, None, 60_000])),
        is_step_free=draw(st.sampled_from([False, False, True])),
        is_apart=draw(st.booleans()),
    )


def may_sit(availability: Availability, party: Party, seats: Seats) -> bool:
    spaces = {seat.line for seat in availability.hall.seats if seat.category == "wheelchair"}
    return (
        {seat.id for seat in seats} <= availability.free
        and _is_whole(seats)
        and sum(seat.category == "wheelchair" for seat in seats) == party.wheelchairs
        and (party.wheelchairs > 0 or all(seat.category != "companion" for seat in seats))
        and all(
            party.category in ("", seat.category)
            for seat in seats
            if seat.category not in ("wheelchair", "companion")
        )
        and all(
            party.price_max_rupiah is None or availability.prices[seat.id] <= party.price_max_rupiah
            for seat in seats
        )
        and (not party.is_step_free or all(seat.line in spaces for seat in seats))
    )


def beside(one: HallSeat, other: HallSeat) -> bool:
    return one.line == other.line and abs(one.column - other.column) == 1


def singles(availability: Availability, without: Seats) -> set[int]:
    pool = [
        seat
        for seat in availability.hall.seats
        if seat.id in availability.free
        and seat.category not in ("wheelchair", "companion")
        and seat not in without
    ]
    return {seat.id for seat in pool if not any(beside(seat, other) for other in pool)}


def is_adjacent(seats: Seats) -> bool:
    return all(beside(one, other) for one, other in pairwise(seats))


def is_next_in_row(hall: Hall, seats: Seats) -> bool:
    in_row = [seat for seat in hall.seats if seat.line == seats[0].line]
    at = in_row.index(seats[0])
    return tuple(in_row[at : at + len(seats)]) == seats


def in_two_rows(seats: Seats) -> bool:
    lines = sorted({seat.line for seat in seats})
    if len(lines) != 2 or lines[1] - lines[0] != 1:
        return False
    one, other = (tuple(seat for seat in seats if seat.line == line) for line in lines)
    smallest = 1 if len(seats) == 3 else 2
    return (
        min(len(one), len(other)) >= smallest
        and is_adjacent(one)
        and is_adjacent(other)
        and _is_whole(one)
        and _is_whole(other)
        and one[0].column <= other[-1].column
        and other[0].column <= one[-1].column
    )


def rank(hall: Hall, seats: Seats) -> tuple[bool, int, int, int]:
    """One category, then near the focal point, then far from the screen, then left."""
    lines = 4 * (seats[0].line - hall.focal.line)
    columns = seats[0].column + seats[-1].column - hall.focal.double_column
    return (
        len({seat.category for seat in seats}) > 1,
        lines**2 + columns**2,
        -seats[0].line,
        seats[0].column,
    )


def brute_force(availability: Availability, party: Party) -> tuple[Step | None, list[Seats]]:
    """The first step that has any seats, and all of its seats, the best first."""
    built = availability.hall
    allowed = [
        seats
        for seats in combinations(built.seats, party.size)
        if may_sit(availability, party, seats)
    ]
    adjacent = [seats for seats in allowed if is_adjacent(seats)]
    before = singles(availability, ())
    quiet = [seats for seats in adjacent if not singles(availability, seats) - before]
    in_row = [seats for seats in allowed if is_next_in_row(built, seats)]
    two_rows = [seats for seats in allowed if party.size > 2 and in_two_rows(seats)]
    for step, found in (
        (Step.TOGETHER, quiet),
        (Step.LEAVES_SINGLE, adjacent),
        (Step.ACROSS_AISLE, in_row),
    ):
        if found:
            return step, sorted(found, key=lambda seats: rank(built, seats))
    return (Step.TWO_ROWS if two_rows else None), two_rows


@given(showtimes(), parties())
@settings(max_examples=EXAMPLES, deadline=None)
def test_best_choice_is_the_one_that_brute_force_finds(
    availability: Availability, party: Party
) -> None:
    step, expected = brute_force(availability, party)

    found = best_choices(availability, party, 100)

    if step is None:
        assert not found or (party.is_apart and found[0].step is Step.APART)
        return
    assert {choice.step for choice in found} == {step}
    if step is Step.TWO_ROWS:
        assert {choice.seats for choice in found} <= set(expected)
    else:
        assert [choice.seats for choice in found] == expected


@given(showtimes(), parties())
@settings(max_examples=EXAMPLES, deadline=None)
def test_seats_apart_are_allowed_and_found_whenever_there_are_any(
    availability: Availability, party: Party
) -> None:
    if party.wheelchairs or not party.is_apart:
        return
    couples_only_fit_whole = any(seat.category == "couple" for seat in availability.hall.seats)

    found = best_choices(availability, party, 1)

    for choice in found:
        assert may_sit(availability, party, choice.seats)
        assert len(choice.seats) == party.size
    if not couples_only_fit_whole:
        every = combinations(availability.hall.seats, party.size)
        assert bool(found) == any(may_sit(availability, party, seats) for seats in every)


@given(showtimes(), st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_gap_rule_offers_the_nearest_choice_that_leaves_no_single_seat(
    availability: Availability, data: st.DataObject
) -> None:
    built = availability.hall
    takeable = [seat for seat in built.seats if seat.id in availability.free and seat.is_ordinary]
    if not takeable:
        return
    mine = tuple(
        data.draw(st.lists(st.sampled_from(takeable), min_size=1, max_size=3, unique=True))
    )
    if not _is_whole(mine):
        return
    ids = {seat.id for seat in mine}
    others = Availability(built, availability.free - ids, availability.prices)
    before, after = singles(availability, ()), singles(availability, mine)
    kinds = sorted((seat.category, availability.prices[seat.id]) for seat in mine)
    better = [
        seats
        for seats in combinations(built.seats, len(mine))
        if {seat.id for seat in seats} <= availability.free
        and is_adjacent(seats)
        and _is_whole(seats)
        and not singles(availability, seats) - before
        and sorted((seat.category, availability.prices[seat.id]) for seat in seats) == kinds
        and min(abs(seats[0].line - seat.line) for seat in mine) <= 1
    ]
    free_after = [seat for seat in takeable if seat not in mine]
    is_near_sold_out = 100 * len(free_after) <= NEAR_SOLD_OUT_PERCENT * len(built.seats)

    advice = gap_advice(others, ids, minutes_left=PLENTY_OF_MINUTES)

    if not after - before or not better or is_near_sold_out:
        assert advice is None
        return
    assert advice is not None
    assert {seat.id for seat in advice.left} == after - before
    assert advice.instead in better
    assert gap_advice(others, ids, minutes_left=60) is None


@given(showtimes(), st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_new_single_seats_are_those_that_brute_force_finds(
    availability: Availability, data: st.DataObject
) -> None:
    pool = availability.ordinary_free()
    taken = data.draw(st.sets(st.sampled_from(sorted(pool)))) if pool else set()
    seats = tuple(availability.hall.by_id[seat] for seat in taken)

    found = new_single_seats(availability.hall, pool, taken)

    assert found == singles(availability, seats) - singles(availability, ())


@given(showtimes(), st.integers(1, 3), st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_equivalent_block_is_one_that_brute_force_finds(
    availability: Availability, size: int, data: st.DataObject
) -> None:
    built = availability.hall
    at = data.draw(st.integers(0, max(0, len(built.seats) - size)))
    wanted = tuple(built.seats[at : at + size])
    kinds = sorted((seat.category, availability.prices[seat.id]) for seat in wanted)
    expected = {
        seats
        for seats in combinations(built.seats, len(wanted))
        if {seat.id for seat in seats} <= availability.free
        and is_adjacent(seats)
        and _is_whole(seats)
        and sorted((seat.category, availability.prices[seat.id]) for seat in seats) == kinds
    }

    found = nearest_equivalent(availability, wanted, 100)

    assert {choice.seats for choice in found} == expected


@given(halls(), st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_companion_places_are_alone_without_a_wheelchair_space_of_their_row(
    built: Hall, data: st.DataObject
) -> None:
    seats = tuple(data.draw(st.lists(st.sampled_from(list(built.seats)), unique=True)))

    lone = companions.alone(seats)

    for line in {seat.line for seat in built.seats}:
        of_row = [seat.category for seat in seats if seat.line == line]
        places, spaces = of_row.count("companion"), of_row.count("wheelchair")
        assert sum(seat.line == line for seat in lone) == max(0, places - 3 * spaces)
