"""What the office's page of one booking shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from bookings.models import Booking, Payment, Ticket
from bookings.office import history
from bookings.refunds.goodwill import refundable_rupiah
from bookings.tickets import moving
from bookings.tickets.resend import has_tickets_to_send
from seating.seatmap.drawing import Plan, plan_of

PLACE = 32  # side of a drawn seat


@dataclass(frozen=True)
class Section:
    """A part of the page that an app above this one adds: a template and its context."""

    template: str
    context: Callable[[HttpRequest, Booking], dict[str, Any]]


SECTIONS: list[Section] = []


@dataclass(frozen=True)
class DrawnPlace:
    """A seat of the small plan. ``state``: of this booking's ticket; empty for other seats."""

    x: int
    y: int
    label: str
    state: str


def facts_of(
    request: HttpRequest, booking: Booking, *, sees_people: bool, at: datetime
) -> dict[str, Any]:
    """``booking``: with details. Amounts are those of its rows, nothing is computed again."""
    tickets = sorted(booking.tickets.all(), key=lambda one: one.showtime_seat.seat_id)
    plan = plan_of(tickets[0].showtime_seat.seat.layout_id) if tickets else None
    return {
        "booking": booking,
        "showtime": booking.showtime,
        "zone": booking.showtime.studio.cinema.zone,
        "sees_people": sees_people,
        "tickets": [(ticket, _state(ticket)) for ticket in tickets],
        "plan": plan,
        "places": _places(plan, tickets) if plan else [],
        "payments": _payments(booking),
        "history": history.lines_of(booking),
        "notes": booking.notes.select_related("written_by") if sees_people else [],
        "may_send": has_tickets_to_send(booking, at),
        "may_move": moving.may_move(booking, at),
        "left_rupiah": refundable_rupiah(booking),
        "sections": [(section.template, section.context(request, booking)) for section in SECTIONS],
    }


def _state(ticket: Ticket) -> str:
    if ticket.voided_at is not None:
        return "void"
    if ticket.checked_in_at is not None:
        return "admitted"
    return "valid" if ticket.issued_at is not None else "unpaid"


def _places(plan: Plan, tickets: list[Ticket]) -> list[DrawnPlace]:
    """Every seat of the hall; those of the booking last, so that they are drawn on top."""
    own = {
        ticket.showtime_seat.seat_id: (ticket.showtime_seat.seat.label, _state(ticket))
        for ticket in tickets
    }
    drawn = [
        DrawnPlace(place.x - PLACE // 2, place.y - PLACE // 2, *own.get(seat_id, ("", "")))
        for seat_id, place in plan.places.items()
    ]
    return sorted(drawn, key=lambda one: bool(one.label))


def _payments(booking: Booking) -> list[Payment]:
    return list(booking.payments.prefetch_related("refunds").order_by("created_at"))
