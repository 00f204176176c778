"""The ledger of a booking in words: what happened, when, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from bookings.models import Booking, BookingEvent, EventKind, RefundReason
from bookings.orders import ledger
from core.templatetags.money import rupiah

STAFF = "staff:"
FIELDS = {
    "contact_name": gettext_lazy("name"),
    "contact_email": gettext_lazy("email"),
    "contact_phone": gettext_lazy("mobile phone"),
}


@dataclass(frozen=True)
class Line:
    at: datetime
    what: str
    by: str
    amount_rupiah: int
    detail: str
    origin: str  # request or task, for the owner


def lines_of(booking: Booking) -> list[Line]:
    """All events in order, in two queries; times in the active time zone."""
    events = list(booking.events.all())
    people = _names(events)
    seats = {ticket.pk: ticket.showtime_seat.seat.label for ticket in booking.tickets.all()}
    return [
        Line(
            event.at,
            str(EventKind(event.kind).label),
            _actor(event.actor, people),
            event.amount_rupiah,
            _detail(event, seats),
            event.origin,
        )
        for event in events
    ]


def _names(events: Sequence[BookingEvent]) -> dict[str, str]:
    ids = {
        number
        for event in events
        if event.actor.startswith(STAFF) and (number := event.actor.removeprefix(STAFF)).isdecimal()
    }
    return {f"{STAFF}{user.pk}": str(user) for user in User.objects.filter(pk__in=ids)}


def _actor(actor: str, people: dict[str, str]) -> str:
    """Never an internal id: staff by name, else the buyer, Layar or the payment provider."""
    if actor.startswith(STAFF):
        return people.get(actor, _("staff"))
    if actor in ("", ledger.SYSTEM):
        return _("Layar, by itself")
    return actor if actor in settings.PAYMENT_PROVIDERS else _("the buyer")


def _detail(event: BookingEvent, seats: dict[int, str]) -> str:
    facts = event.facts
    parts = [
        ", ".join(facts.get("seats", [])),
        seats.get(facts.get("ticket"), ""),
        ", ".join(str(FIELDS.get(name, name)) for name in facts.get("fields", [])),
        ", ".join(f"{old} → {new}" for old, new in facts.get("seat_changes", [])),
        _move(facts),
        rupiah(facts["due_rupiah"]) if "due_rupiah" in facts else "",
        _reason(facts),
        facts.get("note", ""),
    ]
    return " · ".join(part for part in parts if part)


def _move(facts: dict[str, Any]) -> str:
    """Time and studio before and after; the older events name only the time."""
    before, after = facts.get("before"), facts.get("after")
    return f"{_place(before)} → {_place(after)}" if before and after else ""


def _place(place: dict[str, Any]) -> str:
    starts_at = parse_datetime(place.get("starts_at", ""))
    when = date_format(timezone.localtime(starts_at), "SHORT_DATETIME_FORMAT") if starts_at else ""
    return ", ".join(part for part in (place.get("studio", ""), when) if part)


def _reason(facts: dict[str, Any]) -> str:
    reason = facts.get("cause") or facts.get("reason")
    return str(RefundReason(reason).label) if reason in RefundReason.values else ""
