"""Check-in: a ticket admits once, to its own showtime, at its own cinema."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, QuerySet

from accounts.models import User
from bookings.errors import (
    BookingNotFound,
    OutsideDoorTimes,
    ShowtimeOff,
    TicketNotIssued,
    TicketUnknown,
    TicketUsed,
    TicketVoid,
    WrongCinema,
    WrongShowtime,
)
from bookings.models import EventKind, Ticket
from bookings.models.booking import normalise_code
from bookings.orders import ledger
from bookings.orders.locks import lock_booking
from bookings.tickets.codes import read_code
from core.ratelimit import RateLimit
from movies.models import Cinema, Showtime
from movies.staff.permissions import Permission, cinemas_with, has_permission

DOORS_OPEN_BEFORE = timedelta(minutes=60)
CHECK_INS_BY_USHER = RateLimit("check_in_usher", 240, 60)


@dataclass(frozen=True)
class Door:
    """Where tickets are checked: a whole cinema, or one showtime of it.

    ``cinemas``: where the usher may admit.
    """

    cinemas: QuerySet[Cinema]
    showtime_id: int | None = None


@dataclass(frozen=True)
class Admission:
    """Admitted tickets: one, or several of a booking by its code.

    ``seat``, ``ticket_type`` and ``rule`` (what the usher checks, such as a student card) list the
    different ones. ``ticket_id`` is that of the first.
    """

    ticket_id: int
    booking_code: str
    seat: str
    ticket_type: str
    rule: str
    film: str
    classification: str
    studio: str
    cinema: str
    showtime_id: int
    starts_at: datetime
    time_zone: str
    admitted_at: datetime
    count: int = 1
    already_in: int = 0  # of the same booking, admitted before


@dataclass(frozen=True)
class Attendance:
    """Admitted and expected tickets of a showtime."""

    admitted: int
    expected: int


def door_of(usher: Any, showtime_id: int | None = None) -> Door:
    """The usher's door, without a query. Raises PermissionDenied if they are not staff."""
    if not (isinstance(usher, User) and usher.is_active and usher.is_staff):
        raise PermissionDenied()
    return Door(cinemas_with(usher, Permission.ADMIT), showtime_id)


def admit(*, code: str, usher: Any, at: datetime, showtime_id: int | None = None) -> Admission:
    """Admit the ticket of ``code`` exactly once and record who admitted it.

    A booking's code admits all of its unused tickets, or none of them. A forged code costs one
    signature check and no query. Locks the booking. Raises PermissionDenied, TicketCodeInvalid,
    TicketUnknown, or a subclass of NotAdmitted.
    """
    door = door_of(usher, showtime_id)
    signed = read_code("".join(code.split()))
    if not has_permission(usher, Permission.ADMIT):
        raise PermissionDenied()
    if signed.is_booking:
        return _admit_party(UUID(signed.serial), door, usher, at)
    serial = signed.serial
    booking_id = Ticket.objects.filter(serial=serial).values_list("booking_id", flat=True).first()
    if booking_id is None:
        raise TicketUnknown()
    return _admit_locked(booking_id, serial, door, usher, at)


def is_open(showtime: Showtime, at: datetime) -> bool:
    return showtime.starts_at - DOORS_OPEN_BEFORE <= at < showtime.ends_at


def open_showtimes(cinemas: QuerySet[Cinema], at: datetime) -> QuerySet[Showtime]:
    """Showtimes whose doors are open, by start."""
    return (
        Showtime.objects.live()
        .filter(studio__cinema__in=cinemas, starts_at__lte=at + DOORS_OPEN_BEFORE, ends_at__gt=at)
        .with_places()
        .order_by("starts_at", "studio__name")
    )


def attendance(showtime_ids: list[int]) -> dict[int, Attendance]:
    counted = (
        Ticket.objects.live()
        .filter(booking__showtime__in=showtime_ids)
        .values("booking__showtime")
        .annotate(expected=Count("pk"), admitted=Count("checked_in_at"))
        .values_list("booking__showtime", "admitted", "expected")
        .order_by()
    )
    known = {showtime: Attendance(admitted, expected) for showtime, admitted, expected in counted}
    return {showtime: known.get(showtime, Attendance(0, 0)) for showtime in showtime_ids}


def tickets_to_admit(*, booking_code: str, door: Door) -> list[Ticket]:
    """Live tickets of a booking, used or not, for customers without their QR code.

    Raises BookingNotFound, the same for a wrong code and for another cinema's booking.
    """
    tickets = (
        Ticket.objects.live()
        .filter(
            booking__code=normalise_code(booking_code),
            booking__showtime__studio__cinema__in=door.cinemas,
        )
        .select_related("showtime_seat__seat", "ticket_type", "booking")
        .order_by("pk")
    )
    found = list(tickets)
    if not found:
        raise BookingNotFound()
    return found


@transaction.atomic
def _admit_locked(
    booking_id: UUID, serial: str, door: Door, usher: User, at: datetime
) -> Admission:
    booking = lock_booking(booking_id)
    ticket = Ticket.objects.select_related(
        "showtime_seat__seat", "ticket_type", "booking__showtime__movie",
        "booking__showtime__studio__cinema",
    ).get(serial=serial)  # fmt: skip
    for check in _CHECKS:
        check(ticket, door, at)
    # The booking's lock suffices; the condition guards against a missing lock.
    unused = Ticket.objects.live().filter(pk=ticket.pk, checked_in_at__isnull=True)
    if unused.update(checked_in_at=at, checked_in_by=usher) != 1:
        raise TicketUsed(seat=ticket.showtime_seat.seat.label, time_zone=_time_zone(ticket))
    ledger.record(booking, EventKind.CHECKED_IN, at, actor=f"staff:{usher.pk}", ticket=ticket.pk)
    return _admission(ticket, at)


@transaction.atomic
def _admit_party(booking_id: UUID, door: Door, usher: User, at: datetime) -> Admission:
    """Admit all unused tickets of the booking; the first check that fails refuses them all."""
    try:
        booking = lock_booking(booking_id)
    except BookingNotFound:
        raise TicketUnknown() from None
    tickets = list(
        Ticket.objects.select_related(
            "showtime_seat__seat", "ticket_type", "booking__showtime__movie",
            "booking__showtime__studio__cinema",
        ).filter(booking=booking).order_by("pk")
    )  # fmt: skip
    live = [ticket for ticket in tickets if ticket.is_live()] or tickets[:1]
    unused = [ticket for ticket in live if ticket.checked_in_at is None] or live[:1]
    for ticket in unused:
        for check in _CHECKS:
            check(ticket, door, at)
    ids = [ticket.pk for ticket in unused]
    admitted = Ticket.objects.live().filter(pk__in=ids, checked_in_at__isnull=True)
    if admitted.update(checked_in_at=at, checked_in_by=usher) != len(ids):
        raise TicketUsed(seat=unused[0].showtime_seat.seat.label, time_zone=_time_zone(unused[0]))
    for pk in ids:
        ledger.record(booking, EventKind.CHECKED_IN, at, actor=f"staff:{usher.pk}", ticket=pk)
    each = [_admission(ticket, at) for ticket in unused]
    return replace(
        each[0],
        seat=_listed(one.seat for one in each),
        ticket_type=_listed(one.ticket_type for one in each),
        rule=_listed(one.rule for one in each),
        count=len(each),
        already_in=len(live) - len(each),
    )


def _listed(texts: Iterable[str]) -> str:
    """Distinct texts in order of appearance."""
    return ", ".join(dict.fromkeys(text for text in texts if text))


def _admission(ticket: Ticket, at: datetime) -> Admission:
    showtime = ticket.booking.showtime
    return Admission(
        ticket_id=ticket.pk,
        booking_code=ticket.booking.code,
        seat=ticket.showtime_seat.seat.label,
        ticket_type=ticket.ticket_type.name,
        rule=ticket.ticket_type.rule,
        film=showtime.movie.title,
        classification=showtime.movie.classification,
        studio=showtime.studio.name,
        cinema=showtime.studio.cinema.name,
        showtime_id=showtime.pk,
        starts_at=showtime.starts_at,
        time_zone=showtime.studio.cinema.time_zone,
        admitted_at=at,
    )


def _is_at_this_cinema(ticket: Ticket, door: Door, at: datetime) -> None:
    cinema = ticket.booking.showtime.studio.cinema
    if not door.cinemas.filter(pk=cinema.pk).exists():
        raise WrongCinema(cinema=cinema.name)


def _is_valid(ticket: Ticket, door: Door, at: datetime) -> None:
    facts = {"seat": ticket.showtime_seat.seat.label, "time_zone": _time_zone(ticket)}
    if ticket.issued_at is None:
        raise TicketNotIssued(**facts)
    if ticket.voided_at is not None:
        raise TicketVoid(voided_at=ticket.voided_at, **facts)
    if ticket.checked_in_at is not None:
        raise TicketUsed(checked_in_at=ticket.checked_in_at, **facts)


def _is_for_this_showtime(ticket: Ticket, door: Door, at: datetime) -> None:
    if door.showtime_id not in (None, ticket.booking.showtime_id):
        raise WrongShowtime(**_show(ticket))


def _doors_are_open(ticket: Ticket, door: Door, at: datetime) -> None:
    showtime = ticket.booking.showtime
    if showtime.cancelled_at is not None:
        raise ShowtimeOff(**_show(ticket))
    if not is_open(showtime, at):
        opens_at = showtime.starts_at - DOORS_OPEN_BEFORE
        raise OutsideDoorTimes(doors_open_at=opens_at, ends_at=showtime.ends_at, **_show(ticket))


def _show(ticket: Ticket) -> dict[str, Any]:
    showtime = ticket.booking.showtime
    return {
        "film": showtime.movie.title,
        "studio": showtime.studio.name,
        "starts_at": showtime.starts_at,
        "time_zone": _time_zone(ticket),
    }


def _time_zone(ticket: Ticket) -> str:
    return ticket.booking.showtime.studio.cinema.time_zone


# In this order: faults of the ticket before those of the door.
_CHECKS: tuple[Callable[[Ticket, Door, datetime], None], ...] = (
    _is_at_this_cinema,
    _is_valid,
    _is_for_this_showtime,
    _doors_are_open,
)
