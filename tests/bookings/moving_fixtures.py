"""Fixtures for moving a showtime between the two studios of a cinema."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from bookings.models import Booking
from bookings.showtimes.moving import MovePlan, move_showtime
from movies.models import Showtime, Studio
from notifications.models import Message
from reports.monitoring.invariants import check_invariants
from seating.layouts.publishing import publish_layout
from seating.models import ShowtimeSeat
from tests.factories import (
    make_showtime,
    make_studio,
    make_user,
)

AT = timezone.now()
LATER = AT + timedelta(days=1, hours=3)
MEAN_TERMS = [{"hours_before": 48, "refund_percent": 50, "is_fee_refunded": False}]
WHOLE = 53_000


@dataclass
class House:
    """A cinema with two studios; the showtime is in the first."""

    showtime: Showtime
    other: Studio


def house(grid: str = "A  rrrrr\nB  rrrrr", there: str = "A  rrrrr\nB  rrrrr") -> House:
    studio = make_studio()
    other = make_studio(studio.cinema)
    layout = publish_layout(studio, grid)
    publish_layout(other, there)
    return House(make_showtime(studio, layout=layout, starts_at=AT + timedelta(days=1)), other)


def move(showtime: Showtime, starts_at: datetime = LATER, **other: Any) -> MovePlan:
    asked: dict[str, Any] = {
        "by": make_user(is_staff=True),
        "note": "Projector",
        "at": timezone.now(),
    } | other
    return move_showtime(showtime_id=showtime.pk, starts_at=starts_at, **asked)


def seats_of(showtime: Showtime, *labels: str) -> list[ShowtimeSeat]:
    rows = {row.seat.label: row for row in showtime.seats.select_related("seat")}
    return [rows[label] for label in labels]


def labels_of(booking: Booking) -> list[str]:
    tickets = booking.tickets.select_related("showtime_seat__seat").order_by("pk")
    return [ticket.showtime_seat.seat.label for ticket in tickets]


def violations() -> set[str]:
    # The builders of orders write no messages.
    return {each.invariant.name for each in check_invariants()} - {"confirmation_without_message"}


def notified(booking: Booking) -> list[tuple[str, str]]:
    rows = Message.objects.filter(booking=booking).order_by("kind", "channel")
    return list(rows.values_list("kind", "channel"))


CHANGED = [("showtime_changed", "email"), ("showtime_changed", "sms")]
