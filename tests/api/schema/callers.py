"""Callers of the API in several roles, with their own rows and those of another customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, Ticket
from bookings.orders.access_tokens import access_token
from bookings.tickets.codes import ticket_code
from movies.catalogue.catalogue import new_generation
from movies.models import Cinema, Showtime
from seating.api.visitors import app_visitor
from seating.models import Hold, ShowtimeSeat
from tests.clients import app_headers
from tests.factories import (
    free_seats,
    make_booking,
    make_cinema,
    make_confirmed_booking,
    make_hold,
    make_manager,
    make_showtime,
    make_studio,
    make_ticket_type,
    make_user,
)

ROLES = ("guest", "customer", "staff")
SECRET = "an-apps-secret-of-its-own"
LONG_SECONDS = 24 * 60 * 60


@dataclass
class Victim:
    """A customer whose ids every caller knows and whose data no caller may see."""

    booking: Booking
    pending: Booking
    hold: Hold
    secrets: list[str]

    @property
    def bookings(self) -> list[Booking]:
        return [self.booking, self.pending]

    def state(self) -> list[Any]:
        """Every row that a caller could have changed."""
        bookings = Booking.objects.filter(pk__in=[self.booking.pk, self.pending.pk])
        showtime = self.hold.showtime_id
        return [
            list(bookings.order_by("pk").values()),
            list(Ticket.objects.filter(booking__in=bookings).order_by("pk").values()),
            list(Hold.objects.filter(pk=self.hold.pk).values()),
            list(
                ShowtimeSeat.objects.filter(showtime=showtime, hold=self.hold)
                .order_by("pk")
                .values()
            ),
        ]


def make_victim() -> Victim:
    person = make_user(email="canary@mail.example", name="Kenari Rahasia", phone="+628999000111")
    fields: dict[str, Any] = {
        "user": person,
        "contact_name": "Kenari Penerima",
        "contact_email": "canary-contact@mail.example",
        "contact_phone": "+628999000222",
    }
    showtime = make_showtime()
    booking = make_confirmed_booking(showtime, 2, **fields)
    # Longer than the test takes on a busy machine: an expired seat may be taken by anybody.
    unpaid = make_hold(showtime, 1, seconds=LONG_SECONDS)
    pending = make_booking(showtime, hold=unpaid, **fields)
    hold = make_hold(showtime, 1, visitor=f"user:{person.pk}", seconds=LONG_SECONDS)
    tickets = booking.tickets.select_related("showtime_seat__seat", "ticket_type", "booking")
    secrets = [
        "canary", "Kenari", "8999000", access_token(booking), access_token(pending),
        *(ticket.serial for ticket in tickets), *(ticket_code(ticket) for ticket in tickets),
    ]  # fmt: skip
    return Victim(booking, pending, hold, secrets)


@dataclass(frozen=True)
class Scene:
    """Related rows: a booking, its hold and its showtime. Their owner determines the response."""

    showtime: Showtime
    hold_id: str
    booking: Booking | None = None
    is_own: bool = True

    @property
    def seat_ids(self) -> list[int]:
        """Seat ids of a booking or hold, and some free ones."""
        own = list(Hold.objects.get(pk=self.hold_id).seats.values_list("seat_id", flat=True))
        return own or [seat.seat_id for seat in free_seats(self.showtime, 2)]

    @property
    def ticket(self) -> str:
        tickets = self.booking.tickets if self.booking else Ticket.objects
        ticket = tickets.select_related("showtime_seat__seat", "ticket_type", "booking").first()
        return ticket_code(ticket) if ticket else "nothing"


@dataclass
class Caller:
    """A role with its own rows, and ids of other rows that it knows."""

    role: str
    victim: Victim
    cinema: Cinema
    user: User | None = None
    headers: dict[str, str] = field(default_factory=dict)
    scenes: list[Scene] = field(default_factory=list)

    @property
    def visitor(self) -> str:
        return app_visitor(SECRET) if self.user is None else f"user:{self.user.pk}"

    def stock_up(self) -> None:
        """Create new rows, because the last operation may have used up the previous ones."""
        at = timezone.now()
        # Staff stand at an open door; a customer has time to cancel.
        starts_at = at + timedelta(minutes=30) if self.role == "staff" else at + timedelta(days=3)
        showtime = make_showtime(make_studio(self.cinema), rows="ABCDEF", starts_at=starts_at)
        pending = make_booking(showtime, 2, user=self.user, visitor=self.visitor)
        sold = make_confirmed_booking(showtime, 2, user=self.user, visitor=self.visitor)
        hold = make_hold(make_showtime(rows="AB"), 2, visitor=self.visitor)
        victim = self.victim
        self.scenes = [
            Scene(showtime, str(pending.hold_id), pending),
            Scene(showtime, str(sold.hold_id), sold),
            Scene(hold.showtime, str(hold.pk)),
            *(Scene(b.showtime, str(victim.hold.pk), b, False) for b in victim.bookings),
        ]
        if self.user is not None:
            self.headers |= app_headers(self.user, with_second_factor=True)
        new_generation()  # nothing here is ever committed


def make_caller(role: str) -> Caller:
    make_ticket_type()
    caller = Caller(role, make_victim(), make_cinema())
    if role == "customer":
        caller.user = make_user()
    elif role == "staff":
        caller.user = make_manager(caller.cinema)
    caller.stock_up()
    return caller
