"""Sells with the code of the working directory, which may be of another release.

Run as a program; prints JSON. It uses only names that the previous release has too.
"""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

SEATS_EACH = 2


def fill() -> None:
    """What a dump contains: bookings in every state, and what hangs on them."""
    from datetime import timedelta

    from django.utils import timezone

    from tests import factories

    showtime = factories.make_showtime(rows="ABCD", seats_per_row=10)
    child = factories.make_ticket_type("child", price_percent=70)
    user = factories.make_user(email="siti@example.com")
    for _number in range(3):
        pay(buy(showtime.pk))
        _child_and_adult(showtime.pk, child.code, user)
    late = factories.make_booking(seats=1)
    factories.make_refund(factories.capture(late.payments.get()))
    factories.make_voucher()
    buy(showtime.pk)
    factories.make_hold(showtime, 2)
    factories.make_showtime(starts_at=timezone.now() + timedelta(days=2))
    factories.make_manager(showtime.studio.cinema)


def _child_and_adult(showtime_id: int, child: str, user: Any) -> None:
    from tests.bookings.fixtures import order_of

    held, visitor = _hold(showtime_id)
    types = dict(zip((seat.seat_id for seat in held.seats), ("adult", child), strict=True))
    booking = order_of(held, visitor=visitor, user=user, ticket_types=types)
    pay(booking.code)


def _hold(showtime_id: int) -> tuple[Any, str]:
    from movies.models import Showtime
    from tests.bookings.fixtures import hold_of

    showtime = Showtime.objects.get(pk=showtime_id)
    free = showtime.seats.filter(status="available").order_by("seat_id")
    seats = list(free.values_list("seat_id", flat=True)[:SEATS_EACH])
    visitor = f"web:{uuid.uuid4()}"
    return hold_of(showtime, seats, visitor), visitor


def open_showtime() -> int:
    """The id of a new showtime of a film and a cinema in the dump."""
    from movies.models import Showtime
    from tests.factories import make_showtime, make_studio

    known = Showtime.objects.select_related("movie", "studio__cinema").earliest("pk")
    studio = make_studio(known.studio.cinema, name="New")
    return make_showtime(studio, movie=known.movie, rows="ABCD", seats_per_row=10).pk


def buy(showtime_id: int | str) -> str:
    """The code of a new pending booking with a payment."""
    from tests.bookings.fixtures import order_of
    from tests.factories import make_payment

    held, visitor = _hold(int(showtime_id))
    booking = order_of(held, visitor=visitor)
    make_payment(booking)
    return booking.code


def pay(code: str) -> str:
    """Settles the booking's payment as succeeded; returns the booking's status."""
    from bookings.models import Booking
    from tests.bookings.fixtures import settle_as
    from tests.factories import make_payment

    booking = Booking.objects.get(code=code)
    settle_as(booking.payments.first() or make_payment(booking))
    booking.refresh_from_db()
    return str(booking.status)


def look() -> dict[str, Any]:
    """What must be the same after an upgrade: rows, money, tickets."""
    from django.db.models import Sum

    from bookings.models import Booking, BookingEvent, Payment, Refund, Ticket
    from notifications.models import Message
    from seating.models import ShowtimeSeat

    models = (Booking, BookingEvent, Payment, Refund, Ticket, Message, ShowtimeSeat)
    return {
        "rows": {model.__name__: model.objects.count() for model in models},
        "bookings": sorted(Booking.objects.values_list("code", "status", "total_rupiah")),
        "ledger_rupiah": BookingEvent.objects.aggregate(sum=Sum("amount_rupiah"))["sum"],
        "tax_rupiah": Booking.objects.aggregate(sum=Sum("tax_rupiah"))["sum"],
        "tickets": sorted(Ticket.objects.values_list("serial", "price_rupiah")),
        "sold": ShowtimeSeat.objects.filter(status="sold").count(),
    }


COMMANDS = {"fill": fill, "open_showtime": open_showtime, "buy": buy, "pay": pay, "look": look}

if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(COMMANDS[sys.argv[1]](*sys.argv[2:])))  # type: ignore[operator]  # differ
