"""Moving a showtime to another studio keeps every sold and held seat."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.models import BookingEvent
from bookings.orders.checkout import abandon_booking
from bookings.settlement.expiry import expire_overdue_bookings
from movies.models import Showtime
from seating.layouts.relocation import SeatsStranded
from tests.bookings.fixtures import (
    BUDI,
    hold_of,
    order_of,
    outcome,
    pass_time,
    seat_statuses,
    settle_as,
)
from tests.bookings.moving_fixtures import (
    AT,
    WHOLE,
    house,
    labels_of,
    move,
    notified,
    seats_of,
    violations,
)
from tests.factories import (
    make_booking,
    make_confirmed_booking,
)

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("consistent_books")
def test_move_matches_sold_and_held_seats_by_label_and_keeps_prices() -> None:
    scene = house("A  rrrr\nB  rrrr", "A  rrrrrr\nB  rrrrrr\nC  rr")
    paid = make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "A2", "B3"))
    held = hold_of(scene.showtime, [seats_of(scene.showtime, "B4")[0].seat_id], BUDI)

    plan = move(scene.showtime, studio_id=scene.other.pk)

    assert (plan.seat_changes, plan.stranded) == ((), ())
    showtime = Showtime.objects.get(pk=scene.showtime.pk)
    assert showtime.studio == scene.other
    assert labels_of(paid) == ["A2", "B3"]
    assert sorted(seat_statuses(showtime)) == ["available"] * 11 + ["held"] + ["sold"] * 2
    assert {row.seat.layout.studio for row in showtime.seats.all()} == {scene.other}
    # The visitor of the hold pays for the same seat in the other studio.
    booking = order_of(hold_of(showtime, [seats_of(showtime, "B4")[0].seat_id], BUDI), visitor=BUDI)
    assert (booking.hold_id, labels_of(booking)) == (held.hold_id, ["B4"])
    assert violations() == set()


@pytest.mark.usefixtures("consistent_books")
def test_move_of_a_seat_without_counterpart_assigns_the_nearest_and_notifies_its_owner() -> None:
    scene = house("A  rrrr\nB  rrcc", "A  rrrr\nC  ccrr")
    alone = make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "B2"))
    pair = make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "B3", "B4"))

    plan = move(scene.showtime, studio_id=scene.other.pk)

    assert plan.seat_changes == (("B2", "C3"), ("B3", "C2"), ("B4", "C1"))
    assert (labels_of(alone), labels_of(pair)) == (["C3"], ["C2", "C1"])
    changes = BookingEvent.objects.filter(kind="showtime_moved").order_by("pk")
    assert {event.booking_id: event.facts["seat_changes"] for event in changes} == {
        alone.pk: [["B2", "C3"]],
        pair.pk: [["B3", "C2"], ["B4", "C1"]],
    }
    assert violations() == set()


@pytest.mark.usefixtures("consistent_books")
def test_stranded_seats_are_named_and_nothing_moves() -> None:
    scene = house("A  rrrp\nB  rrrr", "A  rr")
    paid = make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "A4", "B3"))
    make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "A1", "A2"))

    with pytest.raises(SeatsStranded) as refused:
        move(scene.showtime, studio_id=scene.other.pk)

    assert refused.value.facts == {"seats": ["A4", "B3"]}
    scene.showtime.refresh_from_db()
    assert scene.showtime.starts_at == AT + timedelta(days=1)
    assert (labels_of(paid), notified(paid)) == (["A4", "B3"], [])


@pytest.mark.usefixtures("consistent_books")
def test_move_keeps_seats_of_old_bookings_and_refunds_late_payments() -> None:
    scene = house("A  rrrr", "A  rr")
    waiting = make_booking(scene.showtime, seats_of(scene.showtime, "A4"))
    pass_time(400)
    expire_overdue_bookings(timezone.now())

    move(scene.showtime, studio_id=scene.other.pk)
    settle_as(waiting.payments.get())

    end = outcome(waiting)
    assert (end.status, end.refunds) == ("expired", ((WHOLE, "late", "due"),))
    assert labels_of(waiting) == ["A4"]
    assert seat_statuses(scene.showtime) == ["available"] * 2
    assert violations() == set()


@pytest.mark.usefixtures("consistent_books")
def test_there_and_back_again() -> None:
    scene = house("A  rrrr", "A  rrr")
    paid = make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "A1"))
    old = make_booking(scene.showtime, seats_of(scene.showtime, "A4"))
    abandon_booking(booking_id=old.pk, at=timezone.now())

    move(scene.showtime, studio_id=scene.other.pk)
    move(scene.showtime, studio_id=scene.showtime.studio_id)

    assert (labels_of(paid), labels_of(old)) == (["A1"], ["A4"])
    assert seat_statuses(scene.showtime) == ["sold"] + ["available"] * 3
    assert len(notified(paid)) == 4
    assert violations() == set()


def test_move_assigns_no_blocked_seats() -> None:
    scene = house("A  rrr", "A  rrr")
    there = scene.other.layouts.get()
    there.seats.filter(number=2).update(is_blocked=True)
    paid = make_confirmed_booking(scene.showtime, seats_of(scene.showtime, "A2"))

    plan = move(scene.showtime, studio_id=scene.other.pk)

    assert (plan.seat_changes, labels_of(paid)) == ((("A2", "A1"),), ["A1"])
    assert sorted(seat_statuses(scene.showtime)) == ["available", "blocked", "sold"]
