"""Fixtures of waitlists: a sold-out showtime, parties that wait, and the log in plain words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from bookings.models import Booking, WaitlistEntry, WaitlistEvent, WaitlistOffer
from bookings.refunds.cancellation import cancel_booking
from bookings.waitlist import joining
from bookings.waitlist.joining import Joiner
from bookings.waitlist.matching import SeatRequest
from movies.models import Showtime
from seating.layouts.publishing import publish_layout
from tests.bookings.fixtures import pass_time
from tests.factories import make_confirmed_booking, make_showtime, make_studio

GRID = "A  rrrrrr"


def sold_out(grid: str = GRID, **other: Any) -> tuple[Showtime, list[Booking]]:
    """A showtime whose every seat is sold, with one booking for each."""
    studio = make_studio()
    showtime = make_showtime(studio, layout=publish_layout(studio, grid), **other)
    every = showtime.seats.select_related("seat").order_by("seat_id")
    sold = [make_confirmed_booking(showtime, [seat]) for seat in every]
    return showtime, sold


def cancel(*bookings: Booking) -> None:
    for booking in bookings:
        cancel_booking(booking_id=booking.pk, seat_ids=None, actor="test", at=timezone.now())


def wait(
    showtime: Showtime, name: str, size: int = 2, *, at: datetime | None = None, **wanted: Any
) -> WaitlistEntry:
    """A confirmed entry of ``name``."""
    at = at or timezone.now()
    entry = join(showtime, name, size, at=at, **wanted)
    return joining.confirm(entry_id=entry.pk, at=at)


def join(
    showtime: Showtime, name: str, size: int = 2, *, at: datetime | None = None, **wanted: Any
) -> WaitlistEntry:
    joiner = Joiner(f"{name}@example.test", "+6281234567890", "en", f"web:{name}")
    return joining.join(
        showtime_id=showtime.pk,
        wanted=SeatRequest(size, **wanted),
        joiner=joiner,
        at=at or timezone.now(),
    )


def name_of(entry: WaitlistEntry) -> str:
    return entry.email.partition("@")[0]


def offers() -> list[tuple[str, str, str]]:
    """(name, seats, how it ended) of every offer, in their order."""
    made = WaitlistOffer.objects.select_related("entry").order_by("offered_at", "pk")
    return [(name_of(each.entry), each.labels, each.end) for each in made]


def log() -> list[str]:
    rows = WaitlistEvent.objects.select_related("entry").order_by("pk")
    return [f"{name_of(row.entry)} {row.kind} {row.detail}".strip() for row in rows]


def later(seconds: int) -> None:
    """Let holds, orders and offers become older."""
    pass_time(seconds)
    elapsed = timedelta(seconds=seconds)
    WaitlistOffer.objects.update(
        offered_at=F("offered_at") - elapsed, expires_at=F("expires_at") - elapsed
    )
