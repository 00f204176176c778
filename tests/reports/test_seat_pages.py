"""Staff pages of a showtime: seat plan, timeline and seat actions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from bookings.models import Booking
from bookings.refunds import cancellation
from movies.models import Role, Showtime
from reports.dashboard.seats import seat_plan
from reports.dashboard.seats.timeline import timeline_of
from reports.models import SeatDeed
from seating.holds import transitions
from seating.models import Hold, HoldEnd, ShowtimeSeat
from tests import factories
from tests.clients import signed_in

pytestmark = pytest.mark.django_db


def page(showtime: Showtime, seat: ShowtimeSeat | None = None) -> str:
    address = reverse("reports:showtime", args=[showtime.pk])
    return f"{address}?seat={seat.seat_id}" if seat else address


def run_action(client: Client, seat: ShowtimeSeat, action: str) -> list[str]:
    address = reverse("reports:seat_change", args=[seat.showtime_id, seat.seat_id, action])
    answer: Any = client.post(address, follow=True)
    return [str(message) for message in answer.context["messages"]]


def status_of(seat: ShowtimeSeat) -> str:
    return ShowtimeSeat.objects.get(pk=seat.pk).status


@pytest.fixture
def sold() -> Booking:
    return factories.make_confirmed_booking(seats=2, contact_name="Siti Rahma")


def seat_of(booking: Booking) -> ShowtimeSeat:
    return booking.tickets.order_by("pk")[0].showtime_seat


def test_seat_plan_shows_status_booking_and_buyer(sold: Booking) -> None:
    showtime = sold.showtime
    pending = factories.make_booking(showtime, 1, contact_name="Budi")
    loose = factories.make_hold(showtime, 1)

    shown = seat_plan.seat_plan_of(showtime.pk, with_people=True)

    assert shown is not None
    seats = [one for one in shown.seats if one.status != "available"]
    taken = sorted((one.status, one.booking_code, one.buyer) for one in seats)
    assert taken == sorted(
        [
            ("held", "", ""),
            ("held", pending.code, "Budi"),
            ("sold", sold.code, "Siti Rahma"),
            ("sold", sold.code, "Siti Rahma"),
        ]
    )
    assert shown.counts == {
        "available": len(shown.seats) - 4,
        "held": 2,
        "sold": 2,
        "blocked": 0,
    }
    assert loose.showtime_id == showtime.pk


def test_expired_hold_is_shown_as_available(sold: Booking) -> None:
    hold = factories.make_hold(sold.showtime, 1)
    past = timezone.now() - timedelta(seconds=1)
    Hold.objects.filter(pk=hold.pk).update(created_at=past - timedelta(minutes=5), expires_at=past)
    hold.seats.update(held_until=past)

    shown = seat_plan.seat_plan_of(sold.showtime_id, with_people=True)

    assert shown is not None
    assert shown.counts["held"] == 0


@pytest.mark.parametrize(("role", "sees"), [(Role.MANAGER, True), (Role.AUDITOR, False)])
def test_buyer_names_need_permission(sold: Booking, role: Role, sees: bool) -> None:
    client = signed_in(factories.make_staff(role, sold.showtime.studio.cinema))

    shown = client.get(page(sold.showtime, seat_of(sold))).content.decode()

    assert ("Siti Rahma" in shown, sold.code in shown) == (sees, True)
    assert ("Take it out of sale" in shown) is False  # it is sold


def test_showtime_of_another_cinema_is_not_found(sold: Booking) -> None:
    client = signed_in(factories.make_manager(factories.make_cinema()))
    seat = seat_of(sold)
    addresses = [
        page(sold.showtime),
        reverse("reports:seats", args=[sold.showtime_id]),
        reverse("reports:seat", args=[sold.showtime_id, seat.seat_id]),
    ]

    assert [client.get(address).status_code for address in addresses] == [404] * 3
    change = reverse("reports:seat_change", args=[sold.showtime_id, seat.seat_id, "block"])
    assert client.post(change).status_code == 404


def test_query_count_does_not_grow_with_bookings(sold: Booking) -> None:
    client = signed_in(factories.make_manager(sold.showtime.studio.cinema))
    address = reverse("reports:seats", args=[sold.showtime_id])
    counts = []
    for _round in range(3):
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
        for _index in range(3):
            factories.make_confirmed_booking(sold.showtime, 1)
    with CaptureQueriesContext(connection) as queries:
        seat_plan.seat_plan_of(sold.showtime_id, with_people=True)

    assert (counts[1:], len(queries)) == ([counts[1]] * 2, seat_plan.QUERIES)


def test_timeline_of_a_seat_sold_twice(sold: Booking) -> None:
    seat = seat_of(sold)
    at = timezone.now()
    cancellation.cancel_booking(booking_id=sold.pk, actor="test", at=at)
    client = signed_in(factories.make_manager(sold.showtime.studio.cinema, name="The Manager"))
    run_action(client, seat, "block")
    run_action(client, seat, "unblock")
    seat.refresh_from_db()
    second = factories.make_booking(sold.showtime, [seat], at=timezone.now())

    timeline = timeline_of(ShowtimeSeat.objects.get(pk=seat.pk), with_people=False)

    assert [(one.what, one.who, one.buyer) for one in timeline] == [
        ("Booking made", sold.code, ""),
        ("Sold, ticket issued", sold.code, ""),
        ("Ticket voided: open again", sold.code, ""),
        ("Taken out of sale by staff", "The Manager", ""),
        ("Put on sale again by staff", "The Manager", ""),
        ("Held, not ordered yet or unpaid", "", ""),
        ("Booking made", second.code, ""),
    ]


def test_held_seat_is_released_with_its_hold() -> None:
    hold = factories.make_hold(factories.make_showtime(), 2)
    first, second = hold.seats.order_by("pk")
    client = signed_in(factories.make_manager(hold.showtime.studio.cinema))

    assert run_action(client, first, "release") == ["Released by staff"]
    assert (status_of(first), status_of(second)) == ("available", "available")
    hold.refresh_from_db()
    assert hold.end == "released"
    assert run_action(client, first, "release") == ["Nobody holds this seat any more."]
    assert SeatDeed.objects.count() == 1


def test_seat_that_is_being_paid_is_not_released() -> None:
    booking = factories.make_booking()
    client = signed_in(factories.make_manager(booking.showtime.studio.cinema))
    seat = seat_of(booking)

    timeline_texts = run_action(client, seat, "release")

    assert timeline_texts == ["A booking for this seat is being paid. Wait until its time is over."]
    assert (status_of(seat), SeatDeed.objects.count()) == ("held", 0)


def test_sold_seat_is_neither_blocked_nor_opened(sold: Booking) -> None:
    client = signed_in(factories.make_manager(sold.showtime.studio.cinema))
    timeline_texts = [run_action(client, seat_of(sold), action) for action in ("block", "unblock")]

    assert timeline_texts == [["This seat was changed meanwhile. Please look again."]] * 2
    assert (status_of(seat_of(sold)), SeatDeed.objects.count()) == ("sold", 0)


def test_auditor_cannot_change_seats(sold: Booking) -> None:
    client = signed_in(factories.make_staff(Role.AUDITOR, sold.showtime.studio.cinema))
    free = factories.free_seats(sold.showtime, 1)[0]
    address = reverse("reports:seat_change", args=[free.showtime_id, free.seat_id, "block"])

    assert (client.post(address).status_code, status_of(free)) == (403, "available")
    assert "Take it out of sale" not in client.get(page(sold.showtime, free)).content.decode()


def timeline_texts(seat: ShowtimeSeat) -> list[str]:
    row = ShowtimeSeat.objects.get(pk=seat.pk)
    with translation.override("en"):
        return [one.what for one in timeline_of(row, with_people=True)]


def test_timeline_shows_a_released_hold() -> None:
    hold = factories.make_hold(factories.make_showtime(), 2)
    first, second = hold.seats.order_by("pk")

    transitions.release_seats(hold_id=hold.pk, visitor=hold.visitor, seat_ids=[first.seat_id])

    assert timeline_texts(first) == ["Held", "No longer held: open again"]
    assert timeline_texts(second) == ["Held, not ordered yet or unpaid"]


@pytest.mark.parametrize("is_swept", [True, False], ids=["swept", "taken by the next"])
def test_timeline_shows_an_expired_hold(is_swept: bool) -> None:
    at = timezone.now() - timedelta(minutes=9)
    hold = factories.make_hold(factories.make_showtime(), 1, at=at)
    seat = hold.seats.get()
    if is_swept:
        assert transitions.sweep_expired_holds() == 1
    else:
        transitions.hold_seats(
            showtime_id=hold.showtime_id, visitor="web:next", seat_ids=[seat.seat_id]
        )

    scope = ["Held", "The hold’s time was over: open again"]
    assert timeline_texts(seat) == [
        *scope,
        *([] if is_swept else ["Held, not ordered yet or unpaid"]),
    ]


def test_timeline_omits_holds_that_became_bookings(sold: Booking) -> None:
    pending = factories.make_booking(sold.showtime, 1)
    [waiting] = [ticket.showtime_seat for ticket in pending.tickets.all()]
    assert pending.hold is not None
    transitions.end_hold(transitions.lock_hold(pending.hold.pk), HoldEnd.RELEASED)

    assert [timeline_texts(waiting), timeline_texts(seat_of(sold))] == [
        ["Booking made"],
        ["Booking made", "Sold, ticket issued"],
    ]
