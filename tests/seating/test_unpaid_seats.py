"""Unpaid seats count by the time they were held, however the hold ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from core.ratelimit import RateLimit, hit_all
from movies.models import Showtime
from seating.errors import TooManyHeld
from seating.holds import abuse, quotas, sales, transitions
from seating.holds.abuse import Holder
from seating.holds.limits import SEATS_BY_VISITOR
from seating.holds.types import HeldSeats
from seating.models import HoldEnd, Seat
from tests.api.test_seats import APP, hold
from tests.bookings.fixtures import pass_time
from tests.factories import make_booking, make_showtime
from tests.seating.test_giving_back import left
from tests.seating.test_hoarding import few, refusal_of
from tests.seating.test_holds import seat_ids

pytestmark = pytest.mark.django_db(transaction=True)

VISITOR = "app:one"
SOMEWHERE = "203.0.113.77"


def take(
    showtime: Showtime, *seats: int, visitor: str = VISITOR, network: str = SOMEWHERE
) -> HeldSeats:
    return quotas.hold_within_quota(
        Holder(network, visitor),
        showtime.pk,
        seats,
        lambda: transitions.hold_seats(showtime_id=showtime.pk, visitor=visitor, seat_ids=seats),
        counted=[],
    )


SLOW_TEST_SECONDS = 15


@pytest.fixture
def no_refill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpaid seat-seconds are counted as usual, but hardly refill during the test."""
    for name in ("UNPAID_BY_VISITOR", "UNPAID_BY_NETWORK"):
        whole: RateLimit = getattr(quotas, name)
        slow = RateLimit(f"{whole.name}_slow", whole.amount, whole.per_seconds * 1_000)
        monkeypatch.setattr(quotas, name, slow)


def used(limit: str, actor: str) -> int:
    """Units that the actor has used of the limit that ``quotas`` counts now."""
    counted: RateLimit = getattr(quotas, limit)
    [result] = hit_all([(counted, actor, 0)])
    return counted.amount - result.remaining


def release(held: HeldSeats) -> None:
    transitions.release_hold(hold_id=held.hold_id, visitor=VISITOR)


def release_each(held: HeldSeats) -> None:
    for seat in held.seats:
        transitions.release_seats(hold_id=held.hold_id, visitor=VISITOR, seat_ids=[seat.seat_id])


def expire(held: HeldSeats) -> None:
    pass_time(200)  # 100 have passed
    transitions.sweep_expired_holds()


def expire_and_lose_to_the_next(held: HeldSeats) -> None:
    """Another visitor takes the seats before the sweep: the hold ends without seats."""
    pass_time(201)
    transitions.hold_seats(
        showtime_id=held.showtime_id,
        visitor="app:next",
        seat_ids=[seat.seat_id for seat in held.seats],
    )
    transitions.sweep_expired_holds()


@pytest.mark.usefixtures("no_refill")
@pytest.mark.parametrize(
    ("end", "kept_seconds"),
    [(release, 100), (release_each, 100), (expire, 300), (expire_and_lose_to_the_next, 300)],
)
def test_seats_count_by_how_long_they_were_kept(
    end: Callable[[HeldSeats], None], kept_seconds: int
) -> None:
    showtime = make_showtime()
    held = take(showtime, *seat_ids(showtime)[:2])
    pass_time(100)

    end(held)

    for limit, actor in (
        ("UNPAID_BY_VISITOR", VISITOR),
        ("UNPAID_BY_NETWORK", f"203.0.113.0/24 {showtime.pk}"),
    ):
        assert used(limit, actor) == pytest.approx(2 * kept_seconds, abs=2 * SLOW_TEST_SECONDS)


def test_sold_seats_do_not_count() -> None:
    booking = make_booking()
    assert booking.hold is not None
    abuse.remember(Holder(SOMEWHERE, booking.hold.visitor))
    seats = list(booking.tickets.values_list("showtime_seat_id", flat=True))

    with transaction.atomic():
        assert sales.sell_seats(showtime_seat_ids=seats, hold_id=booking.hold_id, sale=booking.pk)

    assert used("UNPAID_BY_VISITOR", booking.hold.visitor) == 0


def test_hold_that_the_chain_ends_does_not_count() -> None:
    showtime = make_showtime()
    held = take(showtime, *seat_ids(showtime)[:2])
    pass_time(100)

    with transaction.atomic():
        transitions.end_hold(transitions.lock_hold(held.hold_id), HoldEnd.RELEASED, by_chain=True)

    assert used("UNPAID_BY_VISITOR", VISITOR) == 0


def test_couple_seats_requested_by_half_count_as_two() -> None:
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = seat_ids(showtime)
    for seat, partner in ((first, second), (second, first)):
        Seat.objects.filter(pk=seat).update(category="couple", partner=partner)

    held = take(showtime, first)

    assert (len(held.seats), held.taken) == (2, 2)
    assert left(SEATS_BY_VISITOR, VISITOR) == SEATS_BY_VISITOR.amount - 2


def test_seat_that_is_held_already_is_not_charged_again() -> None:
    showtime = make_showtime()
    first, second = seat_ids(showtime)[:2]
    take(showtime, first)

    held = take(showtime, first, second)

    assert held.taken == 1
    assert left(SEATS_BY_VISITOR, VISITOR) == SEATS_BY_VISITOR.amount - 2


def test_visitor_who_released_every_hold_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: releasing just before the expiry was a way to keep seats for ever."""
    few(monkeypatch, "UNPAID_BY_VISITOR", 900)
    showtime = make_showtime(rows="ABCD", seats_per_row=4)
    seats = iter(seat_ids(showtime))

    def keep() -> None:
        held = take(showtime, next(seats), next(seats))
        pass_time(299)
        transitions.release_hold(hold_id=held.hold_id, visitor=VISITOR)

    keep()
    keep()
    with pytest.raises(TooManyHeld):
        keep()


def test_anonymous_holds_count_for_their_network(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "UNPAID_BY_NETWORK", 500)
    showtime = make_showtime()
    one, two, three = seat_ids(showtime)[:3]
    for seat in (one, two):
        assert refusal_of(hold(showtime, [seat])) == (201, "")
        pass_time(301)
        assert transitions.sweep_expired_holds() == 1

    assert refusal_of(hold(showtime, [three])) == (429, "too_many_held")
    assert refusal_of(hold(showtime, [three], APP)) == (429, "too_many_held")
    other = make_showtime()
    assert refusal_of(hold(other, seat_ids(other)[:1])) == (201, "")  # counted for each showtime


def test_ipv6_prefix_is_no_bundle_of_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "UNPAID_BY_PREFIX", 500)
    few(monkeypatch, "SEATS_BY_PREFIX", 3)
    showtime = make_showtime()
    seats = iter(seat_ids(showtime))
    for number in range(2):
        network = f"2001:db8:7:{number}::/64"
        take(showtime, next(seats), visitor=f"app:{number}", network=network)
        pass_time(301)
        transitions.sweep_expired_holds()

    with pytest.raises(TooManyHeld):
        take(showtime, next(seats), visitor="app:3", network="2001:db8:7:ff::/64")
    take(showtime, next(seats), visitor="app:3", network="2001:db8:8::/64")
    with pytest.raises(TooManyHeld):
        take(make_showtime(), 1, 2, visitor="app:4", network="2001:db8:7:aa::/64")


def test_seat_released_twice_cools_down_for_the_visitor() -> None:
    showtime = make_showtime()
    one, two = seat_ids(showtime)[:2]
    for _turn in range(2):
        take(showtime, one)
        pass_time(301)
        transitions.sweep_expired_holds()

    with pytest.raises(TooManyHeld):
        take(showtime, one)
    take(showtime, two)
    take(showtime, one, visitor="app:other")


def test_seat_released_three_times_cools_down_for_the_network() -> None:
    showtime = make_showtime()
    [one, *_others] = seat_ids(showtime)
    for number in range(3):
        take(showtime, one, visitor=f"app:{number}")
        pass_time(301)
        transitions.sweep_expired_holds()

    with pytest.raises(TooManyHeld):
        take(showtime, one, visitor="app:4")
    take(showtime, one, visitor="app:4", network="198.51.100.7")


def test_seat_tried_for_a_moment_does_not_cool_down() -> None:
    showtime = make_showtime()
    [one, *_others] = seat_ids(showtime)
    for _turn in range(5):
        take(showtime, one)
        transitions.release_hold(
            hold_id=transitions.hold_seats(
                showtime_id=showtime.pk, visitor=VISITOR, seat_ids=[one]
            ).hold_id,
            visitor=VISITOR,
        )

    take(showtime, one)


def test_500_buyers_behind_one_address_are_let_in() -> None:
    """All at the same moment, three seats each; a fifth of them release the seats unpaid."""
    showtime = make_showtime(rows="ABCDEFGHIJKLMNOPQRSTUVWXYZ", seats_per_row=60)
    ids = seat_ids(showtime)
    refused = []
    for number in range(500):
        seats = ids[3 * number : 3 * number + 3]
        try:
            held = take(showtime, *seats, visitor=f"app:{number}")
        except TooManyHeld:
            refused.append(number)
            continue
        if number % 5 == 0:
            quotas.record_let_go(
                visitor=f"app:{number}",
                showtime_id=held.showtime_id,
                seat_ids=seats,
                kept_seconds=300,
                at=held.server_time,
                is_unpaid=True,
            )

    assert refused == []
