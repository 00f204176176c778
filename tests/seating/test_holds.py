"""Holding, changing, releasing and expiring, one visitor at a time. Races: tests/concurrency."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from core.errors import NotFound
from movies.errors import ShowtimeClosed
from movies.models import Showtime
from seating.errors import (
    HoldExpired,
    HoldNotFound,
    HoldSealed,
    SeatRepeated,
    SeatsMissing,
    SeatTaken,
    SeatUnknown,
    TooManySeats,
)
from seating.holds import transitions
from seating.models import Hold, SeatStatus, ShowtimeSeat
from tests.factories import make_showtime

pytestmark = pytest.mark.django_db

SITI, BUDI = "web:siti", "web:budi"
PRICE = 50_000


def seat_ids(showtime: Showtime) -> list[int]:
    return list(showtime.seats.order_by("seat_id").values_list("seat_id", flat=True))


def states(showtime: Showtime) -> list[tuple[str, uuid.UUID | None, int]]:
    """(status, hold, version) of every seat, by seat."""
    return list(showtime.seats.order_by("seat_id").values_list("status", "hold_id", "version"))


def pass_time(seconds: float) -> None:
    """Make every hold older, as if ``seconds`` had passed for the database."""
    elapsed = timedelta(seconds=seconds)
    Hold.objects.update(created_at=F("created_at") - elapsed, expires_at=F("expires_at") - elapsed)
    ShowtimeSeat.objects.filter(status=SeatStatus.HELD).update(held_until=F("held_until") - elapsed)


def test_hold_takes_free_seats_for_five_minutes() -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, second, third = seat_ids(showtime)

    held = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[second, first])

    assert [(seat.seat_id, seat.label, seat.price_rupiah) for seat in held.seats] == [
        (first, "A1", PRICE),
        (second, "A2", PRICE),
    ]
    assert (held.seats_rupiah, held.total_rupiah) == (2 * PRICE, 2 * (PRICE + 3_000))
    assert held.expires_at - held.server_time == timedelta(seconds=300)
    assert held.is_sealed is False
    assert states(showtime) == [
        ("held", held.hold_id, 1),
        ("held", held.hold_id, 1),
        ("available", None, 0),
    ]
    assert third not in {seat.seat_id for seat in held.seats}


def test_adding_a_seat_never_resets_the_clock() -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, second, _third = seat_ids(showtime)
    begun = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[first])
    pass_time(100)

    grown = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[second])

    assert grown.hold_id == begun.hold_id
    assert grown.expires_at == begun.expires_at - timedelta(seconds=100)
    assert [seat.seat_id for seat in grown.seats] == [first, second]


def test_taking_own_seat_again_changes_nothing() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, _second = seat_ids(showtime)
    once = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[first])

    twice = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[first])

    assert (twice.hold_id, twice.seats) == (once.hold_id, once.seats)
    assert states(showtime) == [("held", once.hold_id, 1), ("available", None, 0)]


def test_hold_of_taken_seat_names_it_and_the_nearest() -> None:
    showtime = make_showtime(rows="AB", seats_per_row=3)
    ids = seat_ids(showtime)
    transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[ids[1]])
    before = states(showtime)

    with pytest.raises(SeatTaken) as refused:
        transitions.hold_seats(showtime_id=showtime.pk, visitor=BUDI, seat_ids=[ids[1], ids[2]])

    assert refused.value.facts == {
        "seats": [{"id": ids[1], "label": "A2"}],
        "nearest": [{"id": ids[0], "label": "A1"}],
    }
    assert states(showtime) == before


def test_expired_hold_is_free_to_the_next_taker_without_a_sweep() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    old = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[first, second])
    pass_time(301)

    taken = transitions.hold_seats(showtime_id=showtime.pk, visitor=BUDI, seat_ids=[first])

    assert states(showtime) == [("held", taken.hold_id, 2), ("held", old.hold_id, 1)]
    assert transitions.current_hold(showtime_id=showtime.pk, visitor=SITI) is None
    with pytest.raises(HoldExpired):
        transitions.get_hold(hold_id=old.hold_id, visitor=SITI)


def test_own_expired_hold_is_replaced_by_a_new_one() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    old = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[first])
    pass_time(301)

    new = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[second])

    assert new.hold_id != old.hold_id
    assert [seat.seat_id for seat in new.seats] == [second]
    assert states(showtime) == [("available", None, 2), ("held", new.hold_id, 1)]


def test_sweep_releases_expired_seats_and_keeps_live_ones() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[first])
    pass_time(301)
    live = transitions.hold_seats(showtime_id=showtime.pk, visitor=BUDI, seat_ids=[second])

    assert transitions.sweep_expired_holds() == 1

    assert states(showtime) == [("available", None, 2), ("held", live.hold_id, 1)]
    assert list(Hold.objects.order_by("created_at").values_list("visitor", "end")) == [
        (SITI, "expired"),
        (BUDI, ""),
    ]
    assert transitions.sweep_expired_holds() == 0


def test_release_some_then_all_seats() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    held = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[first, second])

    kept = transitions.release_seats(hold_id=held.hold_id, visitor=SITI, seat_ids=[first])
    assert kept is not None
    assert [seat.seat_id for seat in kept.seats] == [second]
    assert transitions.release_seats(hold_id=held.hold_id, visitor=SITI, seat_ids=[second]) is None

    assert states(showtime) == [("available", None, 2), ("available", None, 2)]
    assert Hold.objects.get().end == "released"


def test_release_hold_opens_every_seat() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    held = transitions.hold_seats(
        showtime_id=showtime.pk, visitor=SITI, seat_ids=seat_ids(showtime)
    )

    transitions.release_hold(hold_id=held.hold_id, visitor=SITI)

    assert states(showtime) == [("available", None, 2), ("available", None, 2)]


def test_change_seats_makes_the_hold_exactly_these() -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, second, third = seat_ids(showtime)
    held = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[first, second])

    changed = transitions.change_seats(hold_id=held.hold_id, visitor=SITI, seat_ids=[second, third])

    assert [seat.seat_id for seat in changed.seats] == [second, third]
    assert changed.expires_at == held.expires_at
    assert states(showtime) == [
        ("available", None, 2),
        ("held", held.hold_id, 1),
        ("held", held.hold_id, 1),
    ]


def test_change_seats_to_a_taken_one_keeps_the_hold_as_it_was() -> None:
    showtime = make_showtime(rows="A", seats_per_row=3)
    first, second, third = seat_ids(showtime)
    held = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[first, second])
    transitions.hold_seats(showtime_id=showtime.pk, visitor=BUDI, seat_ids=[third])
    before = states(showtime)

    with pytest.raises(SeatTaken):
        transitions.change_seats(hold_id=held.hold_id, visitor=SITI, seat_ids=[third])

    assert states(showtime) == before


def test_sealed_hold_refuses_every_change() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    held = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[first])
    sealed = transitions.seal_hold(hold_id=held.hold_id, visitor=SITI)
    assert sealed.is_sealed is True
    before = states(showtime)

    with pytest.raises(HoldSealed):
        transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[second])
    with pytest.raises(HoldSealed):
        transitions.change_seats(hold_id=held.hold_id, visitor=SITI, seat_ids=[second])
    with pytest.raises(HoldSealed):
        transitions.release_seats(hold_id=held.hold_id, visitor=SITI, seat_ids=[first])
    with pytest.raises(HoldSealed):
        transitions.release_hold(hold_id=held.hold_id, visitor=SITI)

    assert states(showtime) == before


def test_another_visitor_cannot_see_or_touch_a_hold() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    held = transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=[first])
    before = states(showtime)

    with pytest.raises(HoldNotFound):
        transitions.get_hold(hold_id=held.hold_id, visitor=BUDI)
    with pytest.raises(HoldNotFound):
        transitions.change_seats(hold_id=held.hold_id, visitor=BUDI, seat_ids=[second])
    with pytest.raises(HoldNotFound):
        transitions.release_seats(hold_id=held.hold_id, visitor=BUDI, seat_ids=[first])
    with pytest.raises(HoldNotFound):
        transitions.release_hold(hold_id=held.hold_id, visitor=BUDI)
    with pytest.raises(HoldNotFound):
        transitions.seal_hold(hold_id=held.hold_id, visitor=BUDI)

    assert states(showtime) == before


def test_wrong_requests_are_named_and_change_nothing() -> None:
    showtime, other = make_showtime(rows="A", seats_per_row=9), make_showtime()
    ids, foreign = seat_ids(showtime), seat_ids(other)[0]
    before = states(showtime)

    def take(seats: list[int], showtime_id: int = showtime.pk) -> None:
        transitions.hold_seats(showtime_id=showtime_id, visitor=SITI, seat_ids=seats)

    with pytest.raises(SeatsMissing):
        take([])
    with pytest.raises(SeatRepeated):
        take([ids[0], ids[0]])
    with pytest.raises(TooManySeats):
        take(ids)
    with pytest.raises(SeatUnknown) as unknown:
        take([ids[0], foreign])
    assert unknown.value.facts == {"seats": [foreign]}
    with pytest.raises(NotFound):
        take([ids[0]], showtime_id=0)
    take(ids[:8])
    with pytest.raises(TooManySeats):
        take(ids[8:])

    assert [state[0] for state in before] == ["available"] * 9
    assert [state[0] for state in states(showtime)] == ["held"] * 8 + ["available"]


@pytest.mark.parametrize(
    "closed",
    [
        {"cancelled_at": timezone.now()},
        {"sale_closes_at": timezone.now() - timedelta(minutes=1)},
        {"sale_opens_at": timezone.now() + timedelta(hours=1)},
    ],
    ids=["cancelled", "begun", "not yet on sale"],
)
def test_closed_showtime_sells_nothing(closed: dict[str, datetime]) -> None:
    showtime = make_showtime(rows="A", seats_per_row=1)
    Showtime.objects.filter(pk=showtime.pk).update(**closed)

    with pytest.raises(ShowtimeClosed):
        transitions.hold_seats(showtime_id=showtime.pk, visitor=SITI, seat_ids=seat_ids(showtime))

    assert states(showtime) == [("available", None, 0)]
