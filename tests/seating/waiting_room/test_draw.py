"""The draw: by the seed that was committed to, verifiable, and fixed afterwards."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import ProgrammingError, transaction
from hypothesis import given
from hypothesis import strategies as st

from seating.models import WaitingPlace, WaitingRoom
from seating.models.waiting_room import commitment_of
from seating.waiting_room import draw
from seating.waiting_room.draw import Verdict
from tests.seating.waiting_room.fixtures import (
    before_opening,
    make_room,
    reach_opening,
    tick,
    waiting,
)

SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)
NUMBERS = st.lists(st.uuids(), unique=True, max_size=40)


@given(SEEDS, NUMBERS)
def test_drawn_order_verifies(seed: str, numbers: list[UUID]) -> None:
    order = draw.drawn_order(seed, numbers)

    verdict = draw.verify(commitment=commitment_of(seed), seed=seed, numbers=order)

    assert (verdict, sorted(order)) == (Verdict(True, None), sorted(numbers))


@given(SEEDS, st.lists(st.uuids(), unique=True, min_size=2, max_size=40), st.data())
def test_two_exchanged_places_do_not_verify(
    seed: str, numbers: list[UUID], data: st.DataObject
) -> None:
    order = draw.drawn_order(seed, numbers)
    first = data.draw(st.integers(0, len(order) - 2))
    second = data.draw(st.integers(first + 1, len(order) - 1))
    order[first], order[second] = order[second], order[first]

    verdict = draw.verify(commitment=commitment_of(seed), seed=seed, numbers=order)

    assert verdict == Verdict(True, first + 1)


@given(SEEDS, SEEDS, NUMBERS)
def test_another_seed_does_not_verify(seed: str, other: str, numbers: list[UUID]) -> None:
    verdict = draw.verify(
        commitment=commitment_of(other), seed=seed, numbers=draw.drawn_order(seed, numbers)
    )

    assert verdict.commitment_fits == (seed == other)


@pytest.mark.django_db
def test_draw_orders_who_came_before_the_opening_and_appends_the_others() -> None:
    room = before_opening(inside_max=1)
    early = waiting(room, [f"web:{number}" for number in range(20)])
    assert tick(room) == 0
    assert not WaitingPlace.objects.filter(rank__isnull=False).exists()

    reach_opening(room)
    late = waiting(room, ["web:late-1", "web:late-2"])
    tick(room)

    room.refresh_from_db()
    by_rank = list(WaitingPlace.objects.order_by("rank").values_list("number", flat=True))
    expected = draw.drawn_order(room.seed, [place.number for place in early])
    assert by_rank == [*expected, *(place.number for place in late)]
    assert (room.drawn_count, room.last_rank, room.public_seed) == (20, 22, room.seed)
    verdict = draw.verify(
        commitment=room.commitment, seed=room.seed, numbers=list(draw.drawn_numbers(room))
    )
    assert verdict == Verdict(True, None)


@pytest.mark.django_db
def test_seed_is_secret_until_the_draw() -> None:
    room = before_opening()

    assert (room.public_seed, room.commitment) == ("", commitment_of(room.seed))


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["seed", "commitment"])
def test_seed_cannot_be_changed(column: str) -> None:
    room = make_room()

    with pytest.raises(ProgrammingError), transaction.atomic():
        WaitingRoom.objects.filter(pk=room.pk).update(**{column: "0" * 64})


@pytest.mark.django_db
def test_rank_cannot_be_changed() -> None:
    room = make_room()
    waiting(room, ["web:1"])
    tick(room)

    with pytest.raises(ProgrammingError), transaction.atomic():
        WaitingPlace.objects.update(rank=7)
