"""Moving a booking's tickets to other free seats, of their showtime or of another one.

Prices stay as they were paid. To another showtime of the same cinema go all valid tickets of the
booking together, before either showtime begins. Within a showtime single tickets can be moved
until it is over, admitted ones too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.errors import CoupleSeatsTogether
from bookings.errors.staff import SeatsNotFitting, TicketsNotMovable
from bookings.models import Booking, BookingEvent, BookingNote, EventKind, Ticket
from bookings.orders import ledger
from bookings.orders.locks import lock_booking
from bookings.signals import tickets_moved
from movies.models import Showtime
from seating.holds import sales
from seating.models import TAKEABLE, SeatCategory, ShowtimeSeat


@transaction.atomic
def move_tickets(
    *,
    booking_id: UUID,
    showtime_id: int,
    ticket_ids: Sequence[int],
    seat_ids: Sequence[int],
    reason: str,
    by: User,
    at: datetime,
) -> BookingEvent:
    """Move tickets to the seats, both in the order of the hall, and send the buyer the new ones.

    Locks the booking, then all seats by showtime and id. Raises BookingNotFound,
    TicketsNotMovable, SeatsNotFitting, CoupleSeatsTogether.
    """
    booking = lock_booking(booking_id)
    before = Showtime.objects.with_places().get(pk=booking.showtime_id)
    after = Showtime.objects.with_places().filter(pk=showtime_id).first()
    tickets = _tickets(booking, ticket_ids)
    if after is None or not _may_move(booking, tickets, before, after, at):
        raise TicketsNotMovable()
    wanted = _wanted_seats(booking, after, tickets, seat_ids)
    changes = _exchange(booking, tickets, wanted)
    facts = _change_showtime(booking, before, after)
    BookingNote.objects.create(booking=booking, text=reason, written_by=by, written_at=at)
    event = ledger.record(
        booking,
        EventKind.TICKETS_MOVED,
        at,
        actor=f"staff:{by.pk}",
        seat_changes=changes,
        **facts,
    )
    tickets_moved.send(Booking, booking=booking, event=event)
    return event


def _exchange(
    booking: Booking, tickets: Sequence[Ticket], wanted: Sequence[ShowtimeSeat]
) -> list[list[str]]:
    """Give each ticket its new seat; returns the labels before and after."""
    is_done = sales.exchange_sold(
        old_ids=[ticket.showtime_seat_id for ticket in tickets],
        new_ids=[seat.pk for seat in wanted],
        sale=booking.pk,
    )
    if not is_done:
        raise SeatsNotFitting(_("One of these seats is not free any more. Choose others."))
    changes = []
    for ticket, seat in zip(tickets, wanted, strict=True):
        changes.append([ticket.showtime_seat.seat.label, seat.seat.label])
        Ticket.objects.filter(pk=ticket.pk).update(showtime_seat=seat)
    return changes


def may_move(booking: Booking, at: datetime) -> bool:
    return (
        booking.is_paid and booking.showtime.cancelled_at is None and at < booking.showtime.ends_at
    )


def free_seats(showtime: Showtime) -> list[ShowtimeSeat]:
    """The seats that tickets may be moved to, in the order of the hall."""
    free = ShowtimeSeat.objects.filter(TAKEABLE, showtime=showtime).select_related("seat")
    return list(free.order_by("seat__line", "seat__column"))


def _tickets(booking: Booking, ticket_ids: Sequence[int]) -> list[Ticket]:
    """The chosen valid tickets, in the order of the hall. Halves of a couple seat only together."""
    live = booking.tickets.live().select_related("showtime_seat__seat", "ticket_type")
    ordered = list(live.order_by("showtime_seat__seat__line", "showtime_seat__seat__column"))
    chosen = [ticket for ticket in ordered if ticket.pk in set(ticket_ids)]
    if not chosen or len(chosen) != len(ticket_ids):
        raise SeatsNotFitting(_("Choose the tickets to move."))
    left = {
        ticket.showtime_seat.seat_id: ticket.showtime_seat.seat.label
        for ticket in ordered
        if ticket not in chosen
    }
    for ticket in chosen:
        seat = ticket.showtime_seat.seat
        if seat.category == SeatCategory.COUPLE and seat.partner_id in left:
            raise CoupleSeatsTogether(seats=sorted([seat.label, left[seat.partner_id]]))
    return chosen


def _may_move(
    booking: Booking, tickets: Sequence[Ticket], before: Showtime, after: Showtime, at: datetime
) -> bool:
    if not may_move(booking, at) or after.cancelled_at is not None:
        return False
    if after.pk == before.pk:
        return True
    return (
        after.studio.cinema_id == before.studio.cinema_id
        and min(before.starts_at, after.starts_at) > at
        and len(tickets) == booking.tickets.live().count()
        and all(ticket.checked_in_at is None for ticket in tickets)
        and all(ticket.ticket_type.is_sold_for(after.movie) for ticket in tickets)
    )


def _wanted_seats(
    booking: Booking, showtime: Showtime, tickets: Sequence[Ticket], seat_ids: Sequence[int]
) -> list[ShowtimeSeat]:
    wanted = list(
        ShowtimeSeat.objects.filter(showtime=showtime, seat__in=seat_ids)
        .select_related("seat")
        .order_by("seat__line", "seat__column")
    )
    if len(wanted) != len(tickets) or len(seat_ids) != len(tickets):
        raise SeatsNotFitting()
    chosen = {seat.seat_id for seat in wanted}
    for seat in wanted:
        if seat.seat.category == SeatCategory.COUPLE and seat.seat.partner_id not in chosen:
            raise SeatsNotFitting(_("A couple seat is given to two tickets, never to one."))
    if booking.tickets.filter(showtime_seat__in=wanted).exists():
        # A constraint allows a booking one ticket for each seat, cancelled ones included.
        raise SeatsNotFitting(_("This booking has or had a ticket for one of these seats."))
    return wanted


def _change_showtime(booking: Booking, before: Showtime, after: Showtime) -> Mapping[str, Any]:
    """Facts of the ledger event; nothing within a showtime."""
    if after.pk == before.pk:
        return {}
    booking.showtime = after
    booking.save(update_fields=["showtime"])
    return {"before": _location(before), "after": _location(after)}


def _location(showtime: Showtime) -> dict[str, Any]:
    return {
        "starts_at": showtime.starts_at,
        "film_ends_at": showtime.film_ends_at,
        "studio": showtime.studio.name,
    }
