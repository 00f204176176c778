"""A booking's code admits all guests of the party who have not entered yet, or nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from bookings.errors import (
    OutsideDoorTimes,
    TicketCodeInvalid,
    TicketNotIssued,
    TicketUnknown,
    TicketUsed,
    TicketVoid,
    WrongCinema,
)
from bookings.models import Booking
from bookings.orders.access_tokens import access_token
from bookings.orders.checkout import Contact
from bookings.orders.contacts import correct_contact
from bookings.tickets.checkin import admit
from bookings.tickets.codes import party_code, qr_image, ticket_code, verify_code
from movies.models import Role
from tests.factories import (
    make_booking,
    make_cinema,
    make_confirmed_booking,
    make_showtime,
    make_staff,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(db: None) -> Booking:
    at = timezone.now()
    showtime = make_showtime(at=at, starts_at=at + timedelta(minutes=20))
    return make_confirmed_booking(showtime, 3, at=at)


@pytest.fixture
def usher(booking: Booking) -> User:
    return make_staff(Role.USHER, booking.showtime.studio.cinema)


def admitted(booking: Booking) -> int:
    return booking.tickets.filter(checked_in_at__isnull=False).count()


def test_code_of_the_booking_admits_the_whole_party_once(booking: Booking, usher: User) -> None:
    at = timezone.now()
    code = party_code(booking)

    entered = admit(code=code.upper(), usher=usher, at=at)

    assert (entered.count, entered.already_in, entered.ticket_type) == (3, 0, "Dewasa")
    assert entered.seat.split(", ") == [
        ticket.showtime_seat.seat.label for ticket in booking.tickets.order_by("pk")
    ]
    assert booking.events.filter(kind="checked_in").count() == 3
    with pytest.raises(TicketUsed):
        admit(code=code, usher=usher, at=at)
    with pytest.raises(TicketUsed):
        admit(code=ticket_code(booking.tickets.all()[0]), usher=usher, at=at)


def test_codes_from_before_a_corrected_address_admit(booking: Booking, usher: User) -> None:
    at = timezone.now()
    party, [first, *_others] = party_code(booking), booking.tickets.order_by("pk")
    former = access_token(booking)

    corrected = correct_contact(
        booking_id=booking.pk,
        contact=Contact("Siti", "siti.r@example.org", ""),
        actor="test",
        at=at,
    )
    alone = admit(code=ticket_code(first), usher=usher, at=at)
    others = admit(code=party, usher=usher, at=at)

    assert access_token(corrected) != former
    assert (alone.count, others.count, others.already_in) == (1, 2, 1)


def test_admitted_guests_and_void_tickets_are_left_out(booking: Booking, usher: User) -> None:
    at = timezone.now()
    first, second, _third = booking.tickets.order_by("pk")
    admit(code=ticket_code(first), usher=usher, at=at)
    booking.tickets.filter(pk=second.pk).update(voided_at=at)

    entered = admit(code=party_code(booking), usher=usher, at=at)

    assert (entered.count, entered.already_in) == (1, 1)


def test_refused_party_admits_nobody(booking: Booking, usher: User) -> None:
    at = timezone.now()
    code = party_code(booking)
    elsewhere = make_staff(Role.USHER, make_cinema())
    attempts: list[tuple[type[Exception], dict[str, Any]]] = [
        (WrongCinema, {"usher": elsewhere, "at": at}),
        (OutsideDoorTimes, {"usher": usher, "at": at - timedelta(hours=3)}),
        (OutsideDoorTimes, {"usher": usher, "at": at + timedelta(hours=9)}),
    ]
    for error, arguments in attempts:
        with pytest.raises(error):
            admit(code=code, **arguments)
    booking.tickets.update(voided_at=at)
    with pytest.raises(TicketVoid):
        admit(code=code, usher=usher, at=at)
    assert admitted(booking) == 0


def test_unpaid_unknown_and_forged_codes_are_refused(booking: Booking, usher: User) -> None:
    at = timezone.now()
    unpaid = make_booking(booking.showtime, 1, at=at)
    unknown = Booking()
    code = party_code(booking)
    middle = len(code) // 2  # every bit counts there, unlike in the last characters
    forged = code[:middle] + ("A" if code[middle] != "A" else "B") + code[middle + 1 :]
    ticket = booking.tickets.all()[0]
    swapped = "LYB1" + ticket_code(ticket)[4:]

    for refused, error in [
        (party_code(unpaid), TicketNotIssued),
        (party_code(unknown), TicketUnknown),
        (forged, TicketCodeInvalid),
        (swapped, TicketCodeInvalid),
    ]:
        with pytest.raises(error):
            admit(code=refused, usher=usher, at=at)
    with pytest.raises(TicketCodeInvalid):
        verify_code(code)


def test_door_and_page_show_the_party(booking: Booking, usher: User) -> None:
    buyer = Client(headers={"Accept-Language": "en"})
    buyer.get(f"/en/b/{booking.code}/{access_token(booking)}/")
    page = buyer.get(f"/en/bookings/{booking.code}/").content.decode()
    door = Client(headers={"Accept-Language": "en"})
    door.force_login(usher, "django.contrib.auth.backends.ModelBackend")

    answer = door.post("/en/office/check-in/", {"code": party_code(booking)})

    assert "One code for all 3 of you" in page
    assert qr_image(party_code(booking)) in page
    assert (answer.status_code, "Let 3 people in" in answer.content.decode()) == (201, True)
