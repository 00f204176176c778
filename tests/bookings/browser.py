"""A customer's browser without scripts: holding seats and filling in the checkout."""

from __future__ import annotations

from typing import Any

from django.test import Client

from bookings.models import Booking
from movies.models import Showtime
from seating.holds.visitors import COOKIE, VISITOR_PREFIX
from tests.factories import make_ticket_type

JSON = "application/json"


def visitor_of(client: Client) -> str:
    return VISITOR_PREFIX + client.cookies[COOKIE].value.split(":")[0]


def checkout_url(showtime: Showtime) -> str:
    return f"/en/showtimes/{showtime.pk}/checkout/"


def take(client: Client, showtime: Showtime, count: int = 2) -> list[int]:
    """Hold the first ``count`` free seats of the showtime in this browser."""
    make_ticket_type()
    free = showtime.seats.filter(status="available").order_by("seat_id")
    ids = list(free.values_list("seat_id", flat=True)[:count])
    response = client.post(
        f"/en/showtimes/{showtime.pk}/hold/",
        {"seats": ids},
        content_type=JSON,
        headers={"Accept": JSON},
    )
    assert response.status_code == 201, response.content
    return ids


def entries(seat_ids: list[int], **changes: Any) -> dict[str, Any]:
    """Valid entries of the checkout form."""
    return {
        "name": "Siti Rahma",
        "email": "siti@example.com",
        "phone": "0812 3456 7890",
        "voucher": "",
        "provider": "sandbox",
        "action": "pay",
        **{f"seat_{seat_id}": "adult" for seat_id in seat_ids},
    } | changes


def send(client: Client, showtime: Showtime, seat_ids: list[int], **changes: Any) -> Any:
    return client.post(checkout_url(showtime), entries(seat_ids, **changes))


def booking_url(booking: Booking, tail: str = "") -> str:
    return f"/en/bookings/{booking.code}/{tail}"
