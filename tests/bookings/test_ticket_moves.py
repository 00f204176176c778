"""Staff move tickets to other seats, of their showtime or of another one of the film."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.errors.staff import TicketsNotMovable
from bookings.models import Booking, Ticket
from bookings.tickets.moving import move_tickets
from movies.models import Showtime
from notifications.models import Message
from seating.models import Seat, SeatCategory, ShowtimeSeat
from tests.clients import signed_in
from tests.factories import (
    make_cinema,
    make_confirmed_booking,
    make_hold,
    make_manager,
    make_showtime,
    make_studio,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("consistent_books")]

REASON = "Seat A1 is broken"


@pytest.fixture
def booking(db: None) -> Booking:
    return make_confirmed_booking()  # A1 and A2 of ten seats


@pytest.fixture
def manager(booking: Booking) -> User:
    return make_manager(booking.showtime.studio.cinema)


@pytest.fixture
def later(booking: Booking) -> Showtime:
    """The same film in another studio of the cinema."""
    return make_showtime(
        make_studio(booking.showtime.studio.cinema),
        movie=booking.showtime.movie,
        starts_at=booking.showtime.starts_at + timedelta(hours=4),
    )


def seat(showtime: Showtime, label: str) -> int:
    found = ShowtimeSeat.objects.get(
        showtime=showtime, seat__row=label[0], seat__number=int(label[1:])
    )
    return found.seat_id


def labels(booking: Booking) -> list[str]:
    live = booking.tickets.live().select_related("showtime_seat__seat").order_by("pk")
    return [ticket.showtime_seat.seat.label for ticket in live]


def tickets(booking: Booking) -> list[int]:
    return list(booking.tickets.order_by("pk").values_list("pk", flat=True))


def move(
    user: User, booking: Booking, wanted: list[int], target: Showtime | None = None, **fields: Any
) -> int:
    query = {"showtime": target.pk} if target else {}
    page = reverse("admin:bookings_booking_move_to_seats", args=[booking.pk], query=query)
    form = {"tickets": tickets(booking), "seats": wanted, "reason": REASON} | fields
    return signed_in(user).post(page, form).status_code


def statuses(showtime: Showtime, *names: str) -> list[str]:
    return [
        ShowtimeSeat.objects.get(showtime=showtime, seat=seat(showtime, name)).status
        for name in names
    ]


def test_tickets_go_to_free_seats_of_the_same_showtime(booking: Booking, manager: User) -> None:
    showtime, serials = booking.showtime, set(booking.tickets.values_list("serial", flat=True))

    status = move(manager, booking, [seat(showtime, "B4"), seat(showtime, "B3")])

    event = booking.events.get(kind="tickets_moved")
    assert (status, labels(booking)) == (302, ["B3", "B4"])
    assert statuses(showtime, "A1", "A2", "B3", "B4") == [
        "available", "available", "sold", "sold",
    ]  # fmt: skip
    assert event.facts == {"seat_changes": [["A1", "B3"], ["A2", "B4"]]}
    assert set(booking.tickets.values_list("serial", flat=True)) == serials
    assert booking.notes.get().text == REASON
    assert list(Message.objects.filter(event=event).values_list("kind", flat=True)) == [
        "tickets_resent", "tickets_resent",
    ]  # fmt: skip


def test_all_tickets_go_to_another_showtime(
    booking: Booking, manager: User, later: Showtime
) -> None:
    before = booking.showtime

    status = move(manager, booking, [seat(later, "A1"), seat(later, "A2")], later)

    booking.refresh_from_db()
    event = booking.events.get(kind="tickets_moved")
    assert (status, booking.showtime_id, labels(booking)) == (302, later.pk, ["A1", "A2"])
    assert statuses(before, "A1", "A2") == ["available", "available"]
    assert (event.facts["before"]["studio"], event.facts["after"]["studio"]) == (
        before.studio.name,
        later.studio.name,
    )


def test_admitted_ticket_changes_its_seat_and_never_its_showtime(
    booking: Booking, manager: User, later: Showtime
) -> None:
    first = tickets(booking)[0]
    Ticket.objects.filter(pk=first).update(checked_in_at=timezone.now())

    refused = move(manager, booking, [seat(later, "A1"), seat(later, "A2")], later)
    done = move(manager, booking, [seat(booking.showtime, "B5")], tickets=[first])

    assert (refused, done, labels(booking)) == (200, 302, ["B5", "A2"])


def test_taken_seats_and_wrong_numbers_change_nothing(booking: Booking, manager: User) -> None:
    showtime = booking.showtime
    b1 = ShowtimeSeat.objects.get(showtime=showtime, seat=seat(showtime, "B1"))
    make_hold(showtime, [b1])
    wanted = {
        "held": [seat(showtime, "B1"), seat(showtime, "B2")],
        "own": [seat(showtime, "A1"), seat(showtime, "B2")],
        "too few": [seat(showtime, "B2")],
        "too many": [seat(showtime, f"B{n}") for n in (2, 3, 4)],
        "none": [],
    }

    answers = {name: move(manager, booking, seats) for name, seats in wanted.items()}

    assert answers == dict.fromkeys(wanted, 200)
    assert labels(booking) == ["A1", "A2"]


def test_couple_seats_are_left_and_taken_together(booking: Booking, manager: User) -> None:
    showtime = booking.showtime
    for one, other in (("A1", "A2"), ("B1", "B2")):
        pair = [seat(showtime, one), seat(showtime, other)]
        for own, partner in (pair, pair[::-1]):
            Seat.objects.filter(pk=own).update(category=SeatCategory.COUPLE, partner=partner)
    first = tickets(booking)[:1]

    half_left = move(manager, booking, [seat(showtime, "B3")], tickets=first)
    half_taken = move(manager, booking, [seat(showtime, "B2"), seat(showtime, "B3")])
    whole = move(manager, booking, [seat(showtime, "B1"), seat(showtime, "B2")])

    assert (half_left, half_taken, whole) == (200, 200, 302)
    assert labels(booking) == ["B1", "B2"]


def test_another_cinema_and_a_started_show_are_refused(booking: Booking, manager: User) -> None:
    elsewhere = make_showtime(make_studio(make_cinema()), movie=booking.showtime.movie)
    common = {
        "booking_id": booking.pk,
        "ticket_ids": tickets(booking),
        "seat_ids": [seat(elsewhere, "A1"), seat(elsewhere, "A2")],
        "reason": REASON,
        "by": manager,
    }

    with pytest.raises(TicketsNotMovable):
        move_tickets(showtime_id=elsewhere.pk, at=timezone.now(), **common)  # type: ignore[arg-type]
    with pytest.raises(TicketsNotMovable):
        move_tickets(
            showtime_id=booking.showtime_id,
            at=booking.showtime.ends_at,
            **common,  # type: ignore[arg-type]
        )
    assert move(manager, booking, [], elsewhere) == 404
