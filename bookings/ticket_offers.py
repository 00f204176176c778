"""Ticket types as they are offered at the checkout."""

from __future__ import annotations

from collections.abc import Sequence

from bookings.models import TicketType
from bookings.orders.pricing import ticket_price_rupiah
from core.templatetags.money import rupiah


def offered_types() -> list[TicketType]:
    return list(TicketType.objects.filter(is_offered=True))


def type_choices(types: Sequence[TicketType], seat_price_rupiah: int) -> list[tuple[str, str]]:
    """``Adult · Rp45.000``: what each type costs on this very seat."""
    return [
        (
            kind.code,
            f"{kind.name} · {rupiah(ticket_price_rupiah(seat_price_rupiah, kind.price_percent))}",
        )
        for kind in types
    ]
