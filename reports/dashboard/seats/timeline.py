"""Timeline of one seat of a showtime, assembled from existing rows.

Sources: bookings, tickets, check-ins, showtime moves, staff actions and holds that
lapsed unsold (``SeatLapse``). Holds that became a booking appear with the booking.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from bookings.models import BookingEvent, EventKind, Ticket
from reports.models import SeatDeed
from seating.lapses import SeatLapse
from seating.models import ShowtimeSeat

ORDERS_MAX = 200
LAPSES_MAX = 200


@dataclass(frozen=True)
class TimelineEntry:
    """``who`` is a booking code or a staff name; ``buyer`` needs permission to see people."""

    at: datetime
    what: str
    who: str = ""
    buyer: str = ""
    booking_id: Any = None


def timeline_of(seat: ShowtimeSeat, *, with_people: bool) -> list[TimelineEntry]:
    """Entries in chronological order."""
    entries = [*_of_orders(seat, with_people=with_people), *_of_staff(seat), *_of_lapses(seat)]
    if seat.hold is not None:
        held = TimelineEntry(seat.hold.created_at, _("Held, not ordered yet or unpaid"))
        entries.insert(0, held)
    return sorted(entries, key=lambda one: one.at)


def _of_orders(seat: ShowtimeSeat, *, with_people: bool) -> Iterator[TimelineEntry]:
    tickets = list(
        Ticket.objects.filter(showtime_seat=seat)
        .select_related("booking", "checked_in_by")
        .order_by("-booking__created_at")[:ORDERS_MAX]
    )
    moves = BookingEvent.objects.filter(
        booking__in=[ticket.booking_id for ticket in tickets], kind=EventKind.SHOWTIME_MOVED
    ).select_related("booking")
    for ticket in tickets:
        booking = ticket.booking
        order: dict[str, Any] = {
            "who": booking.code,
            "buyer": booking.contact_name if with_people else "",
            "booking_id": booking.pk,
        }
        for at, what in _time_filter(ticket):
            if at is not None:
                yield TimelineEntry(at, what, **order)
        if ticket.checked_in_at is not None:
            by = ticket.checked_in_by.name if ticket.checked_in_by else ""
            yield TimelineEntry(ticket.checked_in_at, _("Admitted at the door"), by)
    for move in moves:
        yield TimelineEntry(
            move.at, _("Showtime moved"), move.booking.code, booking_id=move.booking_id
        )


def _time_filter(ticket: Ticket) -> list[tuple[datetime | None, str]]:
    booking = ticket.booking
    return [
        (booking.created_at, _("Booking made")),
        (booking.expired_at, _("The booking’s time was over: open again")),
        (booking.failed_at, _("The payment failed: open again")),
        (ticket.issued_at, _("Sold, ticket issued")),
        (ticket.voided_at, _("Ticket voided: open again")),
    ]


def _of_staff(seat: ShowtimeSeat) -> Iterator[TimelineEntry]:
    deeds = SeatDeed.objects.filter(showtime=seat.showtime_id, seat=seat.seat_id)
    for deed in deeds.select_related("by"):
        yield TimelineEntry(deed.at, deed.get_deed_display(), deed.by.name)


def _of_lapses(seat: ShowtimeSeat) -> Iterator[TimelineEntry]:
    """The newest lapsed holds, except those that became a booking."""
    ordered = Ticket.objects.filter(showtime_seat=seat, booking__hold__isnull=False)
    lapses = SeatLapse.objects.filter(showtime=seat.showtime_id, seat=seat.seat_id)
    unsold = lapses.exclude(hold__in=ordered.values("booking__hold"))
    for lapse in unsold.select_related("hold").order_by("-let_go_at")[:LAPSES_MAX]:
        yield TimelineEntry(lapse.hold.created_at, _("Held"))
        if lapse.let_go_at < lapse.held_until:
            yield TimelineEntry(lapse.let_go_at, _("No longer held: open again"))
        else:
            yield TimelineEntry(lapse.held_until, _("The hold’s time was over: open again"))
