"""Holding the best seats: the statement, a hold that exists, refusals, companion places."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from movies.errors import ShowtimeClosed
from movies.models import Showtime
from seating.best_seats.party import Party, TooManyCompanions
from seating.errors import CompanionReserved, HoldSealed, NoSuitableSeats, SeatTaken
from seating.holds import best, best_statement, transitions
from seating.holds.best import BestSeats
from seating.layouts.publishing import publish_layout
from seating.models import Hold
from tests.factories import make_showtime, make_studio
from tests.seating.test_holds import BUDI, SITI, pass_time, states

pytestmark = pytest.mark.django_db

GRID = "A  warrrr\nB  rrrrrr\nC  rrrrrr"


def scheduled(grid: str = GRID) -> Showtime:
    studio = make_studio()
    return make_showtime(studio, layout=publish_layout(studio, grid))


def labels(found: BestSeats) -> list[str]:
    return [seat.label for seat in found.held.seats]


def ids(showtime: Showtime, *wanted: str) -> list[int]:
    by_label = {str(row.seat): row.seat_id for row in showtime.seats.select_related("seat")}
    return [by_label[label] for label in wanted]


def hold_best(showtime: Showtime, party: Party, visitor: str = SITI) -> BestSeats:
    return best.hold_best(showtime_id=showtime.pk, visitor=visitor, party=party)


def test_best_seats_are_held_for_the_whole_party() -> None:
    showtime = scheduled()

    found = hold_best(showtime, Party(2))

    assert (labels(found), found.step, found.held.taken) == (["B3", "B4"], "together", 2)
    hold = Hold.objects.get()
    assert (hold.pk, hold.visitor) == (found.held.hold_id, SITI)
    assert [status for status, *_rest in states(showtime)].count("held") == 2


def test_best_seats_need_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    showtime = scheduled()
    hold_best(showtime, Party(2), BUDI)

    with django_assert_num_queries(3):  # the test's savepoint, the statement, release
        hold_best(showtime, Party(2))


def test_second_wish_replaces_the_seats_and_not_the_clock() -> None:
    showtime = scheduled()
    first = hold_best(showtime, Party(2)).held
    pass_time(60)

    second = hold_best(showtime, Party(3)).held

    assert (second.hold_id, second.expires_at, len(second.seats)) == (
        first.hold_id,
        first.expires_at - timedelta(seconds=60),
        3,
    )
    assert [status for status, *_rest in states(showtime)].count("held") == 3


def test_hold_past_its_time_is_replaced_by_a_new_one() -> None:
    showtime = scheduled()
    first = hold_best(showtime, Party(2)).held
    pass_time(301)

    second = hold_best(showtime, Party(2)).held

    assert second.hold_id != first.hold_id
    assert Hold.objects.get(pk=first.hold_id).end == "expired"


def test_choice_begins_anew_a_limited_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    showtime = scheduled()
    first = hold_best(showtime, Party(2)).held
    pass_time(301)
    monkeypatch.setattr(best, "BEST_ROUNDS_MAX", 1)

    with pytest.raises(SeatTaken) as refused:
        hold_best(showtime, Party(2))

    assert refused.value.facts == {"seats": [], "nearest": []}
    assert [(each.pk, each.end) for each in Hold.objects.all()] == [(first.hold_id, "expired")]


def test_expired_seats_of_others_are_free_to_the_best_seats() -> None:
    showtime = scheduled("A  rr")
    hold_best(showtime, Party(2), BUDI)
    pass_time(301)

    assert labels(hold_best(showtime, Party(2))) == ["A1", "A2"]


def test_sealed_hold_refuses_other_seats() -> None:
    showtime = scheduled()
    held = hold_best(showtime, Party(2)).held
    Hold.objects.filter(pk=held.hold_id).update(sealed_at=timezone.now())

    with pytest.raises(HoldSealed):
        hold_best(showtime, Party(3))


def test_closed_showtime_holds_nothing() -> None:
    showtime = scheduled()
    Showtime.objects.filter(pk=showtime.pk).update(cancelled_at=timezone.now())

    with pytest.raises(ShowtimeClosed):
        hold_best(showtime, Party(2))
    assert not Hold.objects.exists()


def test_refusal_names_the_largest_group_that_is_free() -> None:
    showtime = scheduled("A  rr_____r\n\nB  rr")

    with pytest.raises(NoSuitableSeats) as refused:
        hold_best(showtime, Party(5))

    assert refused.value.facts == {"largest": 3, "can_sit_apart": True}


def test_wheelchair_and_companion_are_held_together() -> None:
    showtime = scheduled()

    assert labels(hold_best(showtime, Party(2, wheelchairs=1))) == ["A1", "A2"]
    with pytest.raises(TooManyCompanions):
        hold_best(showtime, Party(5, wheelchairs=1))


def test_seats_that_cool_down_are_passed_over() -> None:
    showtime = scheduled()
    without = frozenset(ids(showtime, "B3"))

    found = best.hold_best(showtime_id=showtime.pk, visitor=SITI, party=Party(2), without=without)

    assert "B3" not in labels(found)


def test_statement_holds_the_first_block_that_is_free() -> None:
    showtime = scheduled()
    blocks = [ids(showtime, "B1", "B2"), ids(showtime, "B3", "B4"), ids(showtime, "B5", "B6")]
    transitions.hold_seats(showtime_id=showtime.pk, visitor=BUDI, seat_ids=blocks[0][1:])

    attempt = best_statement.start_best_hold(showtime.pk, SITI, blocks)
    second = best_statement.start_best_hold(showtime.pk, "web:ani", blocks[:2])

    assert attempt.held is not None
    assert (attempt.rank, [seat.label for seat in attempt.held.seats]) == (1, ["B3", "B4"])
    assert second == best_statement.BestAttempt(None, None)


def test_companion_place_alone_is_refused_until_it_is_released() -> None:
    showtime = scheduled()
    [space, companion, ordinary] = ids(showtime, "A1", "A2", "A3")
    with pytest.raises(CompanionReserved) as refused:
        transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[companion])
    assert refused.value.facts == {"seats": [{"id": companion, "label": "A2"}]}

    both = transitions.hold_seats(
        showtime_id=showtime.pk, visitor=SITI, seat_ids=[space, companion]
    )
    assert [seat.label for seat in both.seats] == ["A1", "A2"]
    with pytest.raises(CompanionReserved):
        transitions.change_seats(hold_id=both.hold_id, visitor=SITI, seat_ids=[companion, ordinary])
    assert transitions.release_seats(hold_id=both.hold_id, visitor=SITI, seat_ids=[space]) is None

    soon = timezone.now() + timedelta(minutes=20)
    Showtime.objects.filter(pk=showtime.pk).update(starts_at=soon)
    alone = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[companion])
    assert [seat.label for seat in alone.seats] == ["A2"]


def test_companion_place_is_released_when_the_rest_is_sold() -> None:
    showtime = scheduled("A  war")
    [companion] = ids(showtime, "A2")
    showtime.seats.filter(seat__number=3).update(status="blocked")

    held = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[companion])

    assert [seat.label for seat in held.seats] == ["A2"]


def test_added_companion_place_needs_its_wheelchair_space() -> None:
    showtime = scheduled()
    [space, companion, ordinary] = ids(showtime, "A1", "A2", "A3")
    transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[ordinary])

    with pytest.raises(CompanionReserved):
        transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[companion])
    transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[space])
    held = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[companion])

    assert [seat.label for seat in held.seats] == ["A1", "A2", "A3"]
